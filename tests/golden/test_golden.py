"""Every `err/*.yaml` is refused with exactly what the `.out` beside it says.

ROBOTFABRIK_UPDATE_GOLDEN=1 writes the `.out` files anew; read what changed before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from robotfabrik.model.errors import Diagnostic
from robotfabrik.parsing import nodes
from robotfabrik.parsing.diagnostics import Collector, render

HERE = Path(__file__).parent
CASES = sorted((HERE / "err").glob("*.yaml"))
UPDATE = os.environ.get("ROBOTFABRIK_UPDATE_GOLDEN") == "1"


def diagnose(path: Path) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with the file at `path`."""
    found = Collector()
    source = nodes.load(path, found.report, path.relative_to(HERE).as_posix())
    if source is not None:
        nodes.read(source, found.report)
    return found.diagnostics


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_said(path: Path) -> None:
    shown = render(diagnose(path))
    expected = path.with_suffix(".out")
    if UPDATE:
        expected.write_text(shown, encoding="utf-8")
    assert shown == expected.read_text(encoding="utf-8")


def test_every_output_has_its_file() -> None:
    outputs = {path.stem for path in (HERE / "err").glob("*.out")}
    assert outputs == {path.stem for path in CASES}
