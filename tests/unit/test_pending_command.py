"""`robotfabrik jobs start` and the processes that run what it queues."""

# ruff: noqa: F401, F811

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from robotfabrik.cli.pending import pending
from robotfabrik.dispatch.launch import LAUNCHER_VARIABLE, OUTPUT, launch, tell_orphaned
from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.model.records import ItemFilter, JobFilter, JobRecord
from robotfabrik.wiring import Project, end_process
from tests.unit.test_queue_commands import DAY, SLOW, command, opened, until
from tests.unit.test_run_command import VARIABLE, project

EVERY = JobFilter()


def queued(command: Any, *words: str) -> str:
    code, text, errors = command("jobs", "start", *words, "--date", DAY, "--json")
    assert code == 0, errors
    return str(json.loads(text)["job"])


def known(job: str) -> JobRecord:
    with opened() as store:
        record = store.job(job)
    assert record is not None
    return record


def test_a_job_is_queued_shown_and_run_as_its_row_says(command: Any) -> None:
    job = queued(command, "small", "--limit", "1", "--set", "closed=nej", "--by", "Anna")
    assert "pending" in command("jobs", "show", job)[1]
    shown = json.loads(command("jobs", "--status", "pending", "--json")[1])["jobs"]
    assert [(one["job"], one["pool"], one["started"]) for one in shown] == [(job, "default", None)]
    assert "still waits" in command("jobs", "restart", job)[2]
    code, text, _ = command("run", "small", "--job", job, "--json")
    result = json.loads(text)
    assert (code, result["job"], result["date"], result["checked"]) == (0, job, DAY, 1)
    record = known(job)
    assert (record.status, record.job.started_by, record.job.configuration["closed"]) == (
        "successful", "Anna", False,
    )  # fmt: skip
    code, _, errors = command("run", "small", "--job", job)
    assert (code, "does not wait any more" in errors) == (2, True)
    code, text, _ = command("jobs", "restart", job, "--json", "--by", "Bo")
    again = known(json.loads(text)["job"])
    assert (again.job.restart_of, again.job.started_by, again.queued_at) == (job, "Bo", None)


def test_a_person_stops_a_job_that_waits(command: Any) -> None:
    for action in ("stop", "kill"):
        job = queued(command, "small")
        assert command("jobs", action, job)[1] == f"{job} waits no more\n"
        assert known(job).status == "stopped"
        assert command("run", "small", "--job", job)[0] == 2


def test_what_cannot_start_has_faulted(
    command: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = queued(command, "web")
    monkeypatch.delenv(VARIABLE)
    code, _, errors = command("run", "web", "--job", job)
    assert (code, VARIABLE in errors, known(job).status) == (2, True, "faulted")
    assert "no job 'nope'" in command("run", "web", "--job", "nope")[2]
    assert "no job" in command("run", "small", "--job", job)[2]


def test_what_could_not_run_is_not_queued(command: Any, project: Path) -> None:
    assert command("jobs", "start", "nope")[0] == 2
    assert command("jobs", "start", "small", "--set", "nope=1")[0] == 2
    assert command("jobs", "start", "small", "--url", "nope=http://x")[0] == 2
    there = Project(project)
    with pytest.raises(UsageError, match="no arguments of `robotfabrik run`"):
        pending(there, "small", ["--headed"])
    (project / "pdd" / "small.yaml").write_text("pdd: 1\nid: small\n", encoding="utf-8")
    with pytest.raises(DefinitionError):
        pending(there, "small", trigger="nightly")


@pytest.fixture
def slow(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot whose items wait for the file `go`."""
    (project / "pdd" / "slow.yaml").write_text(SLOW, encoding="utf-8")
    bot = (project / "bots" / "small.yaml").read_text(encoding="utf-8").replace("small", "slow")
    (project / "bots" / "slow.yaml").write_text(bot, encoding="utf-8")
    path = str(Path(sys.modules["robotfabrik"].__file__ or "").parents[1])
    monkeypatch.setenv("PYTHONPATH", path)
    return project


def folder(project: Path) -> Path:
    made = project / ".robotfabrik" / "runs"
    made.mkdir(parents=True, exist_ok=True)
    return made


def in_work(job: str) -> bool:
    with opened() as store:
        found = store.find_items(ItemFilter(process="slow", status="in_progress"))
    return [item.claimed_by for item in found] == [job]


def statuses() -> list[str]:
    with opened() as store:
        return sorted(item.status for item in store.find_items(ItemFilter(process="slow")))


def test_a_launched_job_ends_after_its_item_and_another_takes_it_up(
    command: Any,
    slow: Path,
) -> None:
    job = queued(command, "slow")
    child = launch("slow", job, slow, folder(slow))
    try:
        until(lambda: in_work(job))
        child.stop()
        time.sleep(0.2)
        assert child.exit_code is None
        (slow / "go").touch()
        child.process.wait(60)
    finally:
        child.kill()
    with opened() as store:
        (next,) = [record for record in store.jobs(EVERY) if record.job.restart_of == job]
    assert (known(job).status, next.status, next.restarts) == ("interrupted", "pending", 0)
    assert statuses() == ["new", "new", "successful"]
    assert next.job.arguments == known(job).job.arguments
    assert "interrupted" in (folder(slow) / OUTPUT).read_text(encoding="utf-8")


def test_a_killed_child_is_dead_with_all_that_it_started(command: Any, slow: Path) -> None:
    job = queued(command, "slow")
    child = launch("slow", job, slow, folder(slow))
    until(lambda: in_work(job))
    child.kill()
    child.kill()
    assert child.exit_code
    assert known(job).status == "running"  # nobody could tell
    end_process(known(job))


LAUNCHER = """
import sys, time
from pathlib import Path
from robotfabrik.dispatch.launch import launch
child = launch(sys.argv[1], sys.argv[2], Path.cwd(), Path(sys.argv[3]))
print(child.process.pid, flush=True)
time.sleep(600)
"""


def test_a_child_whose_launcher_was_killed_hands_its_job_over(command: Any, slow: Path) -> None:
    job = queued(command, "slow")
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, "slow", job, str(folder(slow))], stdout=subprocess.PIPE, text=True
    )
    assert launcher.stdout is not None
    child = psutil.Process(int(launcher.stdout.readline()))
    try:
        until(lambda: in_work(job))
        launcher.kill()
        launcher.wait()
        child.wait(60)
    finally:
        launcher.kill()
        launcher.stdout.close()
        if child.is_running():
            child.kill()
    with opened() as store:
        (next,) = [record for record in store.jobs(EVERY) if record.job.restart_of == job]
    assert (known(job).status, next.status, statuses()) == ("interrupted", "pending", ["new"] * 3)


async def test_nobody_is_orphaned_whose_launcher_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.delenv(LAUNCHER_VARIABLE, raising=False)
    await tell_orphaned(lambda: told.append("nobody launched it"))
    me = psutil.Process()
    for text in (f"{me.pid}:{me.create_time() - 100:.2f}", f"{2**22 + 1}:1.00", "nonsense"):
        monkeypatch.setenv(LAUNCHER_VARIABLE, text)
        await tell_orphaned(lambda: told.append("gone"))
    assert told == ["gone"] * 3
    monkeypatch.setenv(LAUNCHER_VARIABLE, f"{me.pid}:{me.create_time():.2f}")
    watching = asyncio.ensure_future(tell_orphaned(lambda: told.append("wrong")))
    await asyncio.sleep(0.1)
    assert not watching.done()
    watching.cancel()
