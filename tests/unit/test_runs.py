"""A run's folder, its terminal and its observer."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.model.errors import SystemException
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Call, ForEach
from robotfabrik.model.result import EffectResult, ItemResult, Summary
from robotfabrik.model.source import Source, Span
from robotfabrik.model.work import Item
from robotfabrik.runs.folder import RunFolder, write_private
from robotfabrik.runs.logs import close_logs, configure_logs
from robotfabrik.runs.observer import RunObserver
from robotfabrik.runs.retention import clean_evidence, clean_runs
from robotfabrik.runs.terminal import Terminal, duration, summary_line

HERE = Span(Source("pdd/test.yaml", ""), 12, 5)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / ".robotfabrik" / "runs", "J1")


@pytest.fixture(autouse=True)
def no_handlers_left() -> Any:
    yield
    close_logs()


# --- the folder


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_the_owner_may_read_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        made = RunFolder.create(tmp_path / "a" / "runs", "J1")
        lines = made.step_lines(7)
        lines.write({"step": "process.1"})
        lines.close()
        write_private(made.summary, b"{}")
    finally:
        os.umask(before)
    for path in (tmp_path / "a", made.path, made.items, made.evidence):
        assert mode(path) == 0o700
    for path in (made.summary, made.items / "7.jsonl"):
        assert mode(path) == 0o600


def test_the_folder_has_the_agreed_names(folder: RunFolder) -> None:
    names = (
        folder.report_xlsx, folder.report_html, folder.summary, folder.log_txt, folder.log_jsonl,
        folder.items, folder.evidence,
    )  # fmt: skip
    assert [path.name for path in names] == [
        "report.xlsx", "report.html", "summary.json", "log.txt", "log.jsonl", "items", "evidence",
    ]  # fmt: skip
    assert folder.path.name == "J1"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden"])
def test_a_job_cannot_write_outside_the_runs(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        RunFolder.create(tmp_path, name)


def test_making_a_folder_again_keeps_what_is_there(folder: RunFolder) -> None:
    lines = folder.step_lines(1)
    lines.write({"a": 1})
    lines.close()
    again = RunFolder.create(folder.path.parent, "J1").step_lines(1)
    again.write({"a": 2})
    again.close()
    again.close()
    assert (folder.items / "1.jsonl").read_text() == '{"a":1}\n{"a":2}\n'


def test_step_lines_survive_kill_9(folder: RunFolder) -> None:
    program = (
        "import os, sys; from pathlib import Path; from robotfabrik.runs.folder import RunFolder\n"
        f"lines = RunFolder(Path({str(folder.path)!r})).step_lines(3)\n"
        "for n in range(100): lines.write({'step': n})\n"
        f"os.kill(os.getpid(), {int(signal.SIGKILL)})"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    assert [json.loads(line)["step"] for line in (folder.items / "3.jsonl").open()] == list(range(100))


def test_a_step_line_is_cheap(folder: RunFolder) -> None:
    lines = folder.step_lines(1)
    line = {"step": "process.3.then.1", "activity": "get_text", "name": "Läs", "status": "ok", "ms": 1.25}
    best = min(_seconds(lambda: lines.write(line), 500) for _ in range(5))
    lines.close()
    assert best < 100e-6  # about 5 µs on an idle machine; the limit allows for a busy one


def _seconds(call: Any, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - started) / times


def test_old_evidence_is_deleted_and_nothing_else(folder: RunFolder) -> None:
    old, new, report = folder.evidence / "1-1-a.png", folder.evidence / "2-1-a.png", folder.report_html
    for path in (old, new, report):
        path.write_bytes(b"x")
    for path in (old, report):
        os.utime(path, (time.time() - 31 * 86_400,) * 2)
    assert clean_evidence(folder.path.parent) == 1
    assert not old.exists()
    assert new.exists()
    assert report.exists()


def test_evidence_of_one_bot_may_go_sooner(tmp_path: Path) -> None:
    files = {}
    for bot in ("brev", "brev-2"):
        evidence = RunFolder.create(tmp_path, f"{bot}-2022-11-01-abc123").evidence
        files[bot] = evidence / "1-1-a.png"
        files[bot].write_bytes(b"x")
        os.utime(files[bot], (time.time() - 8 * 86_400,) * 2)
    assert clean_evidence(tmp_path, 7, "brev", dry_run=True) == 1
    assert files["brev"].exists()
    assert clean_evidence(tmp_path, 7, "brev") == 1
    assert [bot for bot, file in files.items() if file.exists()] == ["brev-2"]


def test_of_an_old_run_the_figures_stay(tmp_path: Path) -> None:
    old, new, other = (
        RunFolder.create(tmp_path, f"{bot}-2022-11-0{n}-abc123")
        for n, bot in enumerate(("brev", "brev", "other"), 1)
    )
    for folder in (old, new, other):
        for path in (folder.summary, folder.report_xlsx, folder.log_txt, folder.items / "1.jsonl"):
            path.write_bytes(b"x")
            if folder is not new:
                os.utime(path, (time.time() - 91 * 86_400,) * 2)
    os.utime(new.items / "1.jsonl", (time.time() - 91 * 86_400,) * 2)
    assert clean_runs(tmp_path, 90, "brev", dry_run=True) == 1
    assert old.report_xlsx.exists()
    assert clean_runs(tmp_path, 90, "brev") == 1
    assert [path.name for path in old.path.rglob("*")] == ["summary.json"]
    assert new.log_txt.exists()
    assert other.log_txt.exists()
    assert clean_runs(tmp_path, 90, "brev") == 0


# --- the terminal


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def result(status: str = "successful", noted: bool = False) -> ItemResult:
    effects = (EffectResult("a.b", "written", {}),) if noted else ()
    return ItemResult("1", status, effects=effects)  # type: ignore[arg-type]


def run_terminal(err: io.StringIO, items: int = 40, quiet: bool = False) -> str:
    now = [0.0]
    terminal = Terminal(io.StringIO(), err, quiet=quiet, clock=lambda: now[0])
    terminal.started(items)
    for number in range(items):
        now[0] += 0.25
        terminal.item(result(noted=number % 4 == 0))
    return err.getvalue()


def test_plain_lines_every_tenth() -> None:
    lines = run_terminal(io.StringIO()).splitlines()
    assert len(lines) == 10
    assert lines[0] == "4 of 40, 1 noted, 0 listed, 0 failed"
    assert lines[-1] == "40 of 40, 10 noted, 0 listed, 0 failed"


def test_plain_lines_every_ten_seconds_when_it_is_slow() -> None:
    now, err = [0.0], io.StringIO()
    terminal = Terminal(io.StringIO(), err, clock=lambda: now[0])
    terminal.started(1000)
    for _ in range(6):
        now[0] += 5.0
        terminal.item(result())
    assert [line.split(",")[0] for line in err.getvalue().splitlines()] == [
        "2 of 1000",
        "4 of 1000",
        "6 of 1000",
    ]


def test_the_bar_shows_rate_and_time_left() -> None:
    shown = run_terminal(Tty()).split("\r")
    assert all(part in shown[21] for part in ("20/40", "4.0/s", "5 s left"))
    assert "\n" not in "".join(shown)
    assert all(len(line) < 200 for line in shown)
    assert "40/40" in shown[-1]
    assert "left" not in shown[-1]


def test_a_quiet_terminal_writes_nothing(folder: RunFolder) -> None:
    out, err = io.StringIO(), Tty()
    terminal = Terminal(out, err, quiet=True)
    terminal.started(1)
    terminal.item(result("failed"))
    terminal.say("warning: x")
    terminal.finished(Summary(), folder)
    assert out.getvalue() == err.getvalue() == ""


def test_a_line_is_said_above_the_bar() -> None:
    err = Tty()
    terminal = Terminal(io.StringIO(), err)
    terminal.started(3)
    terminal.say("warning: slow")
    assert "warning: slow\n" in err.getvalue()
    assert err.getvalue().rstrip().endswith("0 failed")


def test_more_items_than_expected_do_no_harm() -> None:
    terminal = Terminal(io.StringIO(), err := Tty())
    terminal.started(1)
    for _ in range(3):
        terminal.item(result())
    assert "[" in err.getvalue()


def test_the_summary_line() -> None:
    summary = Summary(checked=394, noted=40, listed=6, excluded=1, written=40, seconds=112.4)
    assert summary_line(summary) == (
        "394 checked, 40 noted, 6 listed, 0 failed, 0 held, 1 excluded, 0 already done"
        " — 40 written in 1 min 52 s"
    )
    summary = Summary(noted=2, effects=[{"outcome": "rehearsed"}] * 2, seconds=8)
    assert summary_line(summary).endswith("— 0 written (2 in a live run) in 8 s")
    assert " corrected, " in summary_line(summary, taking_back=True)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (59.6, "1 min 0 s"), (112.4, "1 min 52 s"), (3840, "1 h 4 min")]
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_the_end_names_the_reports(folder: RunFolder) -> None:
    out = io.StringIO()
    Terminal(out, io.StringIO()).finished(Summary(), folder, "faulted", "10 system exceptions in a row")
    text = out.getvalue()
    assert str(folder.report_html) in text
    assert str(folder.report_xlsx) in text
    assert "the job was faulted: 10 system exceptions in a row" in text


def test_a_console_that_knows_few_letters_is_written_to_anyway(folder: RunFolder) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Terminal(out, io.StringIO()).finished(Summary(), folder)
    assert b"0 checked" in raw.getvalue()


# --- the observer


def item(number: int, attempt: int = 1) -> Item:
    return Item(number, f"case-{number}/2022-11", "", {"personnummer": "198001022386"}, attempt, {}, "o", 1)


def call(**more: Any) -> Call:
    return Call(span=HERE, activity="get_text", arguments={}, **more)


class Sessions:
    def __init__(self, pictures: Any = None, outlines: Any = None) -> None:
        self._pictures, self._outlines = pictures, outlines

    async def evidence(self) -> Any:
        if isinstance(self._pictures, Exception):
            raise self._pictures
        return self._pictures

    async def outline(self) -> Any:
        if isinstance(self._outlines, Exception):
            raise self._outlines
        return self._outlines


class Worker:
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions
        self.masker = Masker()
        self.masker.add("EB-2018-00065")


def observer(folder: RunFolder, verbose: bool = False) -> RunObserver:
    configure_logs(folder, Masker(), verbose)
    return RunObserver(folder, Terminal(io.StringIO(), io.StringIO(), quiet=True), Masker(), verbose)


def lines(folder: RunFolder, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder.items / f"{name}.jsonl").read_text("utf-8").splitlines()]


def test_a_step_is_one_line_without_values(folder: RunFolder) -> None:
    watching = observer(folder)
    watching.step(item(5), call(index="process.2", name="Läs namnet"), "ok", 0.00125)
    watching.step(item(5, attempt=2), call(), "ElementMissing", 10.0)
    loop = ForEach(span=HERE, index="dispatch.1", values=None, variables=(), steps=())  # type: ignore[arg-type]
    watching.step(None, loop, "ok", 0.5)
    assert lines(folder, "5") == [
        {"step": "process.2", "activity": "get_text", "name": "Läs namnet", "status": "ok", "ms": 1.25},
        {
            "step": "12:5",
            "activity": "get_text",
            "name": None,
            "status": "ElementMissing",
            "ms": 10000.0,
            "attempt": 2,
        },
    ]
    assert lines(folder, "job") == [
        {"step": "dispatch.1", "activity": "for_each", "name": None, "status": "ok", "ms": 500.0}
    ]
    watching.close()
    assert "198001022386" not in "".join(path.read_text() for path in folder.items.iterdir())


def test_files_are_closed_when_items_end_and_never_pile_up(folder: RunFolder) -> None:
    watching = observer(folder)
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for number in range(200):  # none of them ever ends: postponed, retried, lost
        watching.step(item(number), call(), "ok", 0.0)
    if before:
        assert len(os.listdir("/proc/self/fd")) - before < 50
    for number in range(200, 300):
        watching.step(item(number), call(), "ok", 0.0)
        watching.item(ItemResult(f"case-{number}/2022-11", "successful"))
    watching.close()
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before
    assert len(list(folder.items.iterdir())) == 300


def test_evidence_is_kept_private_and_named_after_the_items_number(folder: RunFolder) -> None:
    watching = observer(folder)
    sessions = Sessions(
        {"procapita": b"\x89PNG", "../x": None, "a/b": b"\x89PNG"},
        {"procapita": "Kalle 19800102-2386 EB-2018-00065"},
    )
    for _ in range(2):
        asyncio.run(watching.evidence(item(5), Worker(sessions), SystemException("x")))  # type: ignore[arg-type]
    asyncio.run(watching.evidence(None, Worker(sessions), SystemException("x")))  # type: ignore[arg-type]
    names = sorted(path.name for path in folder.evidence.iterdir())
    assert names == sorted(
        f"{begin}-{rest}"
        for begin in ("5-1", "5-2", "job-1")
        for rest in ("procapita.png", "procapita.txt", "a_b.png")
    )
    assert {mode(path) for path in folder.evidence.iterdir()} == {0o600}
    assert "2386" not in (folder.evidence / "5-1-procapita.txt").read_text()
    assert "evidence: evidence/5-1-procapita.png" in folder.log_txt.read_text()


@pytest.mark.parametrize(
    "sessions",
    [
        object(),
        Sessions(OSError("Anna 198001022386"), OSError()),
        Sessions(None, None),
        Sessions({"a": "no bytes"}, {}),
    ],
)
def test_evidence_that_fails_hides_nothing(folder: RunFolder, sessions: Any) -> None:
    asyncio.run(observer(folder).evidence(item(5), Worker(sessions), SystemException("x")))  # type: ignore[arg-type]
    assert [path.name for path in folder.evidence.iterdir()] == []
    assert "Anna" not in folder.log_txt.read_text()


def test_evidence_that_hangs_is_given_up(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("robotfabrik.runs.observer.EVIDENCE_TIMEOUT", 0.01)

    class Hanging:
        async def evidence(self) -> Any:
            await asyncio.sleep(60)

    asyncio.run(observer(folder).evidence(None, Worker(Hanging()), SystemException("x")))  # type: ignore[arg-type]
    assert "TimeoutError" in folder.log_txt.read_text()


def test_levels_that_nobody_knows_are_information(folder: RunFolder) -> None:
    watching = observer(folder)
    for level in ("info", "warn", "Error", "fatal", "whatever"):
        watching.log(level, "a message with {braces}")
    levels = [json.loads(line)["level"] for line in folder.log_jsonl.read_text().splitlines()]
    assert levels == ["info", "warning", "error", "critical", "info"]


def test_steps_are_logged_only_when_asked(folder: RunFolder) -> None:
    observer(folder).step(item(1), call(index="process.1"), "ok", 0.001)
    assert folder.log_txt.read_text() == ""
    observer(folder, verbose=True).step(item(2), call(index="process.1"), "ok", 0.001)
    assert "process.1 get_text ok 1.0 ms" in folder.log_txt.read_text()
