"""Whatever a file holds, checking it reports and never raises; the commands print no traceback."""

from __future__ import annotations

import json
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
from robotfabrik.parsing.checks.catalogue import CHECKS
from robotfabrik.parsing.diagnostics import Collector, as_github, as_json, render
from robotfabrik.parsing.loader import Loader
from tests.support import schedules

PROJECT = Path(__file__).parents[2]
SHIPPED = ("pdd/folkbokforing.yaml", "pdd/objects/procapita.yaml", "bots/folkbokforing.yaml", "schedule.yaml")
ALERTS = """\
alerts: 1
tell:
  - to: drift
  - {to: enhet-1, causes: [held, breaker], bots: folkbokforing}
limits: {late: 30m, expires: 30d, disk: 1 GB, remind: 8h}
mail: {server: "smtp://post.example.org:587", credential: robot-post, sender: robot@example.org}
summaries:
  - {bot: folkbokforing, to: a@example.org, every: day, link: "https://x.example.org/{job}"}
"""
TEXTS = {file: (PROJECT / file).read_text(encoding="utf-8") for file in SHIPPED}
# The shipped schedule is empty, and no alerts are shipped.
TEXTS |= {"schedule.yaml": schedules.EXAMPLE, "alerts.yaml": ALERTS}
FILES = tuple(TEXTS)
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
QUICK = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(QUICK, max_examples=3000)
PIECES = (
    b"\t", b"  ", b"\n", b"\r", b"- ", b": ", b"#", b"'", b'"', b"|", b"${{", b"}}", b"{", b"[", b"&a ",
    b"*a ", b"!!x ", b"%", b"@", b"\\", b"\x00", b"\xff", b"\xc3", b"\xe2\x80\xa8", b"]",
    b"# robotfabrik: ignore[",
)  # fmt: skip


def check(folder: Path, file: str, data: bytes) -> None:
    """Checks all three files, one of them being `data`, and shows what was found."""
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data if name == file else text.encode())
    collector = Collector()
    loader = Loader(collector.report)
    for name in FILES:
        loader.any(folder / name)
    loader.finish()
    for found in collector.diagnostics:
        assert found.severity == CHECKS[found.rule].severity
        assert min(found.span.line, found.span.column, found.span.length) >= 1
    render(collector.diagnostics)
    as_github(collector.diagnostics)
    json.dumps(as_json(collector.diagnostics))


Mutate = Callable[[bytes, random.Random], bytes]


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


def nodes(data: bytes, chance: random.Random) -> bytes:
    """Values and keys of the tree deleted, replaced, wrapped, renamed or scrambled."""
    tree = yaml.load(data, getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    for _ in range(chance.randint(1, 8)):
        if candidates := places(tree):
            container, key = chance.choice(candidates)
            chance.choice(MUTATIONS)(container, key, chance)
    return bytes(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), "utf-8")


def lines(data: bytes, chance: random.Random) -> bytes:
    """Lines deleted, doubled, moved, indented, joined or taken from another file."""
    found = data.split(b"\n")
    for _ in range(chance.randint(1, 6)):
        at, other = chance.randrange(len(found)), chance.randrange(len(found))
        match chance.randrange(6):
            case 0:
                found = found[:at] + found[at + chance.randint(1, 5) :] or [b""]
            case 1:
                found.insert(other, found[at])
            case 2:
                found[at], found[other] = found[other], found[at]
            case 3:
                found[at] = b" " * chance.randint(0, 8) + found[at].lstrip()
            case 4:
                found[at] += found.pop(other) if len(found) > at + 1 and other != at else b""
            case 5:
                found.insert(at, chance.choice(TEXTS[chance.choice(FILES)].encode().split(b"\n")))
        if not found:
            found = [b""]
    return b"\n".join(found)


def some_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bytes deleted, changed, or put in between."""
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data) + 1)
        piece = chance.choice((*PIECES, bytes([chance.randrange(256)])))
        data = data[:at] + piece + data[at + chance.choice((0, 0, 1, len(piece), 20)) :]
    return data


MUTATORS = (nodes, lines, some_bytes)
each_level = pytest.mark.parametrize("mutate", MUTATORS, ids=lambda mutate: mutate.__name__)


@each_level
@QUICK
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32))
def test_mutated_definitions(
    mutate: Mutate, file: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = mutate(TEXTS[file].encode(), random.Random(seed))
    check(tmp_path_factory.mktemp("mutated"), file, data)


@pytest.mark.acceptance_long
@each_level
@LONG
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32), again=st.integers(1, 4))
def test_definitions_mutated_for_long(
    mutate: Mutate, file: str, seed: int, again: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    data = mutate(TEXTS[file].encode(), chance)
    for _ in range(again):
        data = chance.choice((lines, some_bytes))(data, chance)
    check(tmp_path_factory.mktemp("mutated"), file, data)


@QUICK
@given(file=st.sampled_from(FILES), share=st.floats(0, 1), noise=st.binary(max_size=40))
def test_truncated_files(
    file: str, share: float, noise: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = TEXTS[file].encode()
    at = int(len(data) * share)
    check(tmp_path_factory.mktemp("truncated"), file, data[:at] + noise)


@QUICK
@given(file=st.sampled_from(FILES), data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_at_all(file: str, data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    check(tmp_path_factory.mktemp("anything"), file, data)


@pytest.mark.parametrize(
    "slip", ["", "\x00", "pdd: 1\n", "- a\n- b\n", "pdd: [", "bot: 1\nid: folkbokforing\npdd: x.yaml\n"]
)
def test_the_commands_print_no_traceback(
    slip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pdd/folkbokforing.yaml", "pdd/objects/procapita.yaml", "bots/folkbokforing.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "pdd/folkbokforing.yaml", "bots/folkbokforing.yaml"]) == 0
    assert capsys.readouterr().out == ""
    (tmp_path / "bots" / "folkbokforing.yaml").write_text(slip, encoding="utf-8")
    assert main(["check"]) == 1
    assert main(["run", "folkbokforing"]) == 2
    (tmp_path / "pdd" / "folkbokforing.yaml").write_text(slip, encoding="utf-8")
    assert main(["check"]) == 1
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert "error" in shown.out
