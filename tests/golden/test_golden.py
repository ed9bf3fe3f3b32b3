"""Every file in `err/`, `definitions/` and `checks/` is answered with exactly what the `.out` beside it says.

A file in `checks/` bears the name of the rule that it is about: what is wrong there, and beside it what is
nearly the same and right. A folder of that name holds what is checked together with it.

ROBOTFABRIK_UPDATE_GOLDEN=1 writes the `.out` files anew; read what changed before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from robotfabrik.model.errors import Diagnostic
from robotfabrik.parsing import nodes
from robotfabrik.parsing.diagnostics import Collector, in_order, render
from robotfabrik.parsing.loader import Loader

HERE = Path(__file__).parent
SLIPS = sorted((HERE / "err").glob("*.yaml"))
DEFINITIONS = sorted((HERE / "definitions").rglob("*.yaml"))
CHECKED = sorted((HERE / "checks").glob("*.yaml"))
RIGHT = {
    "definitions/objects/portal.yaml",
    "definitions/objects/register.yaml",
    "definitions/small.yaml",
}
UPDATE = os.environ.get("ROBOTFABRIK_UPDATE_GOLDEN") == "1"


def diagnose_text(path: Path) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with the file at `path` as YAML."""
    found = Collector()
    source = nodes.load(path, found.report, path.relative_to(HERE).as_posix())
    if source is not None:
        nodes.read(source, found.report)
    return found.diagnostics


def diagnose(path: Path) -> tuple[Diagnostic, ...]:
    """Everything that `robotfabrik check` says of a definition."""
    found = Collector()
    Loader(found.report).any(path.relative_to(HERE))
    return found.diagnostics


def diagnose_together(path: Path) -> tuple[Diagnostic, ...]:
    """What `robotfabrik check` says of a file and those of its folder, given together."""
    found = Collector()
    loader = Loader(found.report)
    for file in (path, *sorted(path.with_suffix("").glob("*.yaml"))):
        loader.any(file.relative_to(HERE))
    loader.finish()
    return found.diagnostics


def compare(path: Path, shown: str) -> None:
    expected = path.with_suffix(".out")
    if UPDATE:
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SLIPS, ids=lambda path: path.stem)
def test_what_is_said_of_a_slip(path: Path) -> None:
    compare(path, render(diagnose_text(path)))


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_what_is_said_of_a_definition(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    shown = render(diagnose(path))
    if path.relative_to(HERE).as_posix() in RIGHT:
        assert shown == ""
    else:
        compare(path, shown)


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: path.stem)
def test_what_a_rule_finds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    found = diagnose_together(path)
    rules = {diagnostic.rule for diagnostic in found}
    assert path.stem in rules
    assert len(rules) == 1 or path.stem == "ignore", "a file is about its own rule"
    compare(path, render(found))


def test_twenty_different_slips_give_twenty_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    diagnostics = diagnose(HERE / "definitions" / "twenty.yaml")
    found = in_order(found for found in diagnostics if found.severity == "error")
    assert len(found) == 23
    assert len({diagnostic.span.line for diagnostic in found}) == len(found)


def test_every_output_has_its_file() -> None:
    outputs = {path.with_suffix(".yaml") for path in HERE.rglob("*.out")}
    inputs = (*SLIPS, *DEFINITIONS, *CHECKED)
    assert outputs == {path for path in inputs if path.relative_to(HERE).as_posix() not in RIGHT}
