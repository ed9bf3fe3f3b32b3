"""`robotfabrik worker` on the store of one machine: it runs what waits, and loses nothing when it dies."""

# ruff: noqa: F401, F811

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from robotfabrik.cli.main import main
from robotfabrik.dispatch.launch import OUTPUT, Child
from robotfabrik.dispatch.local import Local
from robotfabrik.dispatch.machine import Machine, Offer
from robotfabrik.dispatch.procrastinate import shares
from robotfabrik.model.records import JobFilter, JobRecord
from robotfabrik.model.work import queue_of
from robotfabrik.store import MemoryStore
from tests.contract.test_pending_jobs import waiting
from tests.support.small import children, processes
from tests.unit.test_pending_command import in_work, queued, slow, statuses
from tests.unit.test_queue_commands import command, opened, until
from tests.unit.test_run_command import project


@pytest.fixture
def worker(slow: Path) -> Iterator[Any]:
    """Starts workers of the project; ends what is left of them."""
    with processes("worker") as start:
        yield start


def chain() -> list[JobRecord]:
    """The jobs, the first one first."""
    with opened() as store:
        return sorted(store.jobs(JobFilter()), key=lambda record: record.queued_at or 0.0)


def test_it_runs_what_waits_and_takes_up_what_was_killed(command: Any, slow: Path, worker: Any) -> None:
    first = queued(command, "slow")
    service = worker("--jobs", "2")
    until(lambda: in_work(first))
    small = queued(command, "small", "--limit", "1")
    until(lambda: {job.job.id: job.status for job in chain()}[small] == "successful")
    (child,) = [one for one in children(service) if first in one.cmdline()]
    child.kill()
    next = until(lambda: [job for job in chain() if job.job.restart_of == first])[0]
    (slow / "go").touch()
    until(lambda: {job.job.id: job.status for job in chain()}[next.job.id] == "successful")
    assert [job.status for job in chain() if job.job.bot == "slow"] == ["abandoned", "successful"]
    assert (next.restarts, statuses()) == (1, ["successful"] * 3)
    service.send_signal(signal.SIGTERM)
    said, _ = service.communicate(timeout=60)
    assert service.returncode == 0, said
    assert f"{first} was abandoned; {next.job.id} takes it up" in said


def test_it_stops_after_the_items_under_way(command: Any, slow: Path, worker: Any) -> None:
    first = queued(command, "slow")
    service = worker()
    until(lambda: in_work(first))
    second = queued(command, "slow")
    service.send_signal(signal.SIGTERM)
    output = slow / ".robotfabrik" / "runs" / first / OUTPUT
    until(lambda: "interrupted" in output.read_text(encoding="utf-8"))
    (slow / "go").touch()
    said, _ = service.communicate(timeout=60)
    assert service.returncode == 0, said
    done, waits, next = chain()
    assert (done.job.id, waits.job.id, next.job.restart_of) == (first, second, first)
    assert [job.status for job in (done, waits, next)] == ["interrupted", "pending", "pending"]


def test_pools_and_requirements_are_names(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    assert main(["worker", "--pool", "Procapita Test"]) == 2
    assert "--pool must be a name of small letters" in capsys.readouterr().err
    assert main(["worker", "--has", "a+b"]) == 2


def test_a_job_that_never_starts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(bot: str, job: str, *_: Path) -> Child:
        return Child(job, subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"]))

    monkeypatch.setattr("robotfabrik.dispatch.machine.launch", fails)
    store, said = MemoryStore(), list[str]()
    store.enqueue(waiting())
    machine = Machine(store, Offer(), tmp_path, lambda _: tmp_path, lambda level, line: said.append(level))
    for expected in ("pending", "pending", "faulted", "faulted"):
        machine.run("job-w", taken=True)
        record = store.job("job-w")
        assert record is not None
        assert record.status == expected
    assert said.count("warning") == 3
    assert said[-1] == "error"


def test_a_machine_listens_to_what_it_can_serve() -> None:
    assert shares(Offer()) == [(["default"], 1)]
    assert shares(Offer(("a", "b"), ("x", "desktop"), 3)) == [
        (["a", "b", "a+x", "b+x"], 2), (["a+desktop", "b+desktop", "a+desktop+x", "b+desktop+x"], 1),
    ]  # fmt: skip
    assert shares(Offer(("a",), ("desktop",), 1)) == [(["a", "a+desktop"], 1)]
    assert queue_of("a", ("x", "desktop")) == "a+desktop+x"
    long = [queue_of("a" * 40, (name,)) for name in ("x", "y")]
    assert len(set(long)) == 2
    assert max(map(len, long)) <= 40


def test_a_machine_has_one_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[Child] = []

    def waits(bot: str, job: str, *_: Path) -> Child:
        launched.append(
            Child(job, subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        )
        return launched[-1]

    monkeypatch.setattr("robotfabrik.dispatch.machine.launch", waits)
    store = MemoryStore()
    for name, needed in (("job-1", ("desktop",)), ("job-2", ("desktop",)), ("job-3", ())):
        store.enqueue(waiting(name, requires=needed))
    machine = Machine(store, Offer(has=("desktop",), jobs=3), tmp_path, lambda _: tmp_path, lambda *_: None)
    local = Local(machine, silence=60.0, grace=60.0)
    try:
        for _ in range(3):
            local._turn()
        until(lambda: len(launched) == 2)
        assert {child.job_id for child in launched} == {"job-1", "job-3"}
        launched[[child.job_id for child in launched].index("job-1")].kill()
        until(lambda: local._turn() or len(launched) == 3)
        assert launched[-1].job_id == "job-2"
    finally:
        for child in launched:
            child.kill()
            assert child.process.stdin is not None
            child.process.stdin.close()
