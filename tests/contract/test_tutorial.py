"""The tutorial, executed: its files are written, its commands run, its outputs compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from robotfabrik.cli.main import main

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"(?:#|<!--) (\S+?)(?:, (at its end|(instead of|before) its line with (\w+:)))?(?: -->)?\n")


def write(text: str) -> None:
    """A block's first line says which file it is, or where in a file it goes."""
    named = FILE.match(text)
    assert named, f"a block that names no file: {text.splitlines()[0]}"
    path, body = Path(named[1]), text[named.end() :]
    if named[2] is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        assert not path.exists(), f"{path} is there already"
        path.write_text(text, encoding="utf-8")
        return
    there = path.read_text(encoding="utf-8")
    if named[2] == "at its end":
        path.write_text(there + body, encoding="utf-8")
        return
    (line,) = [line for line in there.splitlines(keepends=True) if line.strip().startswith(named[4])]
    path.write_text(there.replace(line, body if named[3] == "instead of" else body + line), encoding="utf-8")


def run(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line, comments=True)
    if words[0] == "cd":
        monkeypatch.chdir(words[1])
        return
    expected = re.search(r"# exit (\d)$", line)
    assert words[0] == "robotfabrik"
    assert main(words[1:]) == (int(expected[1]) if expected else 0), line


def shows(output: str, expected: str) -> None:
    """Every expected line stands in the output, in order; … stands for anything."""
    at = 0
    for line in expected.splitlines():
        pattern = re.compile(".*?".join(re.escape(part) for part in line.split("…")))
        found = pattern.search(output, at)
        assert found, f"{line!r} is not in\n{output}"
        at = found.end()


def test_the_tutorial_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("ROBOTFABRIK_HOME", "ROBOTFABRIK_STORE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    kinds, output = [], ""
    for kind, text in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        kinds.append(kind)
        match kind:
            case "sh":
                capsys.readouterr()
                for line in text.splitlines():
                    run(line, monkeypatch)
                output = capsys.readouterr().out
            case "text":
                shows(output, text)
            case "yaml" | "html":
                write(text)
            case _:
                pytest.fail(f"nobody knows how to run {kind}")
    assert {kind: kinds.count(kind) for kind in ("sh", "text", "html")} == {"sh": 8, "text": 6, "html": 2}
