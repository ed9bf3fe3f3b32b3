"""The options of `run` for trying a robot: what they come to, and what goes with what."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from robotfabrik.cli import trying
from robotfabrik.cli.main import main, parser
from robotfabrik.cli.run import load
from robotfabrik.cli.trying import Tried
from robotfabrik.debugger.places import find
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Assign, Bot, Process
from robotfabrik.wiring import Project
from tests.support.engine import QUEUE, REPOSITORY, define

STEPS = "- assign: {a: 1}\n- name: Slutet\n  assign: {b: a}"
BOT = "bot: 1\nid: test\npdd: ../pdd/test.yaml\nmode: live\nenvironment: test\nworkers: 4\n"
APPLICATIONS = 'applications:\n  app: {url: "http://app", credential: robot}\n'


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Bot, Process]:
    """A project with one bot, and the person in it."""
    define(tmp_path / "pdd", STEPS, repository=REPOSITORY, **QUEUE)
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "test.yaml").write_text(BOT + APPLICATIONS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    bot, process, _ = load(Project(tmp_path), "test")
    return bot, process


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)


def given(*options: str) -> argparse.Namespace:
    return parser().parse_args(["run", "test", *options])


def test_without_them_a_run_is_as_it_was(loaded: tuple[Bot, Process]) -> None:
    bot, process = loaded
    assert trying.prepare(given("--workers", "3"), bot, process) == Tried(process, 3)
    assert trying.prepare(given("--slow", "500", "--headed"), bot, process) == Tried(process, None)


@pytest.mark.usefixtures("terminal")
def test_who_pauses_works_alone(loaded: tuple[Bot, Process]) -> None:
    bot, process = loaded
    tried = trying.prepare(given("--step", "--break", "Slutet"), bot, process)
    assert (tried.workers, tried.alone, tried.process) == (1, True, process)
    assert tried.pauses is not None
    assert (tried.pauses.at, tried.pauses.stepping) == ((process.process[1],), True)
    with pytest.raises(UsageError, match="one worker"):
        trying.prepare(given("--step", "--workers", "2"), bot, process)


@pytest.mark.usefixtures("terminal")
def test_step_with_from_begins_at_that_step(loaded: tuple[Bot, Process]) -> None:
    bot, process = loaded
    tried = trying.prepare(given("--step", "--rehearse", "--from", "Slutet"), bot, process)
    assert tried.pauses is not None
    assert (tried.pauses.at, tried.pauses.stepping) == ((process.process[1],), False)


def test_from_needs_no_terminal_but_a_rehearsal(loaded: tuple[Bot, Process]) -> None:
    bot, process = loaded
    tried = trying.prepare(given("--rehearse", "--from", "process.2", "--set-var", "a=1 + 1"), bot, process)
    first, last = tried.process.process
    assert isinstance(first, Assign)
    assert {name: value.evaluate({}) for name, value in first.values.items()} == {"a": 2}
    assert last is find(process, "Slutet", "--from")
    assert (tried.pauses, tried.workers) == (None, 1)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(("options", "message"), [
    (["--step"], "run them in a terminal"),
    (["--break", "process.2"], "run them in a terminal"),
    (["--break", "proces.2"], "--break proces.2: there is no such step. Did you mean 'process.2'?"),
    (["--from", "process.2"], "only with --rehearse"),
    (["--rehearse", "--from", "process.2", "--set-var", "c=1"], "process.2 sets it. Known: a"),
    (["--set-var", "a=1"], "say --from STEP too"),
    (["--rehearse", "--from", "process.2", "--set-var", "a=1 +"], "--set-var:1:3: error:"),
])  # fmt: skip
def test_what_does_not_go_is_said_before_anything_runs(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert main(["run", "test", *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("slow", ["1s", "-5", "100000"])
def test_slow_is_milliseconds(slow: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        given(f"--slow={slow}")
    assert f"'{slow}' is not a number of milliseconds up to 10000" in capsys.readouterr().err
