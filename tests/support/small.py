"""A small project, its bot `small`, and how `robotfabrik` is called in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from robotfabrik.cli.main import main

BOT = "bot: 1\nid: small\npdd: ../pdd/small.yaml\nmode: live\nenvironment: test\napplications: {}\n"
JOURNAL_FIELDS = """\
    text: {label: Text}
    save: {role: button, name: Spara, writes: note}
    saved: {text: Sparad}
    list:
      table: {role: table, name: Anteckningar}
      columns: {id: Id, text: Text}
"""
"""Of a repository's screen `journal`, below the element `new`."""
WRITE_IN_JOURNAL = """\
    do:
      - click: journal.new
      - type_into: {target: journal.text, text: "${{ text }}"}
      - click: journal.save
      - check_app_state: journal.saved
"""
"""Of a repository's workflow `write_note`, below `verify`."""


def pdd(numbers: Sequence[str], sections: str = "", first: str = "") -> str:
    """A PDD that reads an item for each number; lines of its own sections, and of steps before the items."""
    return f"""\
pdd: 1
id: small
name: Provrobot
version: 1.0.0
authority: read
period: month
applications: {{}}
{sections}queue: {{item: {{number: text}}, reference: [item.number, job.period]}}
dispatch:
{first}  - for_each: "{list(numbers)}"
    as: number
    steps: [add_queue_item: {{number: "${{{{ number }}}}"}}]
process:
  - log_message: Ärendet är läst.
"""


def write(root: Path, files: Mapping[str, str]) -> None:
    """Files of a project, by their path in it."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def work_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands work in a project, with nothing of the caller's own."""
    monkeypatch.chdir(root)
    for name in ("HOME", "STORE", "BROWSER", "KEY", "KEY_FILE", "AUDIT_HEADS"):
        monkeypatch.delenv(f"ROBOTFABRIK_{name}", raising=False)


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it printed on standard output and standard error."""
    capsys.readouterr()
    try:
        code = main(words)
    except SystemExit as usage:
        code = int(usage.code or 0)
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return code, shown.out, shown.err


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Everything that it has started, and that they have."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@contextmanager
def processes(command: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command as processes of their own; ends what is left of them."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "robotfabrik.cli.main", command, *options]
        started.append(subprocess.Popen(words, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            family = children(process)
            process.kill()
            process.communicate()
            for one in family:
                one.kill()
