"""Whatever a file holds, checking it reports and never raises; the commands print no traceback."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robotfabrik.cli.main import main
from robotfabrik.parsing.diagnostics import Collector, render
from robotfabrik.parsing.loader import Loader

PROJECT = Path(__file__).parents[2]
FILES = ("pdd/folkbokforing.yaml", "pdd/objects/procapita.yaml", "bots/folkbokforing.yaml")
TEXTS = {file: (PROJECT / file).read_text(encoding="utf-8") for file in FILES}
INSTEAD: tuple[Any, ...] = (
    None,
    "",
    "x",
    "${{",
    "${{ x",
    "${{ }}",
    "a.b.c",
    "=",
    "| a || b |",
    "|",
    "- -",
    "0",
    "-1",
    "\x7f",
    "${{ (1 }}",
    "none",
    "okänd",
    [],
    {},
    ["x"],
    [[]],
    [None],
    {"a": "b"},
    {"": ""},
    {"table": "x"},
    {"when": "x", "text": ["y"]},
    {"do": "x"},
    {"steps": [{"click": {"target": []}}]},
    "x" * 5000,
    "[x for x in x]",
    "9" * 400,
    "../..",
    "\u2028",
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def check(folder: Path, file: str, data: bytes) -> None:
    """Checks all three files, one of them being `data`, and shows what was found."""
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data if name == file else text.encode())
    collector = Collector()
    loader = Loader(collector.report)
    for name in FILES:
        loader.any(folder / name)
    render(collector.diagnostics)


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a tree."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else []
        found += [(node, key) for key in keys]
        waiting += [node[key] for key in keys]
    return found


def delete(container: Any, key: Any, chance: random.Random) -> None:
    del container[key]


def replace(container: Any, key: Any, chance: random.Random) -> None:
    container[key] = chance.choice(INSTEAD)


def wrap(container: Any, key: Any, chance: random.Random) -> None:
    value = container[key]
    container[key] = chance.choice([[value], {"x": value}, {value if isinstance(value, str) else "y": value}])


def rename(container: Any, key: Any, chance: random.Random) -> None:
    if isinstance(container, dict):
        container[chance.choice(["x", "", "table", "do", "steps", "text", "when", "if", "${{ x }}"])] = (
            container.pop(key)
        )


def scramble(container: Any, key: Any, chance: random.Random) -> None:
    value = container[key]
    if isinstance(value, str) and value:
        at = chance.randrange(len(value))
        container[key] = (
            value[:at] + chance.choice("{}[]()|\"'.,:<>=$# \n√å0") + value[at + chance.randrange(2) :]
        )


MUTATIONS: tuple[Callable[[Any, Any, random.Random], None], ...] = (delete, replace, wrap, rename, scramble)


@SLOW
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32), times=st.integers(1, 8))
def test_mutated_definitions(
    file: str, seed: int, times: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    tree = yaml.load(TEXTS[file], getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    for _ in range(times):
        if candidates := places(tree):
            container, key = chance.choice(candidates)
            chance.choice(MUTATIONS)(container, key, chance)
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    check(tmp_path_factory.mktemp("mutated"), file, text.encode())


@SLOW
@given(file=st.sampled_from(FILES), share=st.floats(0, 1), noise=st.binary(max_size=40))
def test_truncated_files(
    file: str, share: float, noise: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = TEXTS[file].encode()
    at = int(len(data) * share)
    check(tmp_path_factory.mktemp("truncated"), file, data[:at] + noise)


@SLOW
@given(file=st.sampled_from(FILES), data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_at_all(file: str, data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    check(tmp_path_factory.mktemp("anything"), file, data)


@pytest.mark.parametrize(
    "slip", ["", "\x00", "pdd: 1\n", "- a\n- b\n", "pdd: [", "bot: 1\nid: folkbokforing\npdd: x.yaml\n"]
)
def test_the_commands_print_no_traceback(
    slip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pdd", "bots"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 0
    assert capsys.readouterr().out == ""
    (tmp_path / "bots" / "folkbokforing.yaml").write_text(slip, encoding="utf-8")
    assert main(["check"]) == 1
    assert main(["run", "folkbokforing"]) == 2
    (tmp_path / "pdd" / "folkbokforing.yaml").write_text(slip, encoding="utf-8")
    assert main(["check"]) == 1
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert "error" in shown.out
