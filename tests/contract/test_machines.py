"""Machines that share a store: each job is launched by one, and only what it launched is given up by it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from robotfabrik.dispatch import procrastinate
from robotfabrik.dispatch.launch import Child
from robotfabrik.dispatch.machine import Machine, Offer
from robotfabrik.model.records import JobFilter
from robotfabrik.store import open_store
from robotfabrik.store.carrying import TASK
from tests.contract.test_pending_jobs import known, running, waiting
from tests.contract.test_store import eventually

JOB = "job-w"


@dataclass
class Launches:
    """Processes in place of jobs; they wait until they are killed."""

    folder: Path
    children: list[Child] = field(default_factory=list)

    def __call__(self, bot: str, job: str, *_: Path) -> Child:
        command = [sys.executable, "-c", "input()"]
        self.children.append(Child(job, subprocess.Popen(command, stdin=subprocess.PIPE)))
        return self.children[-1]

    def machine(self, store: Any) -> Machine:
        return Machine(store, Offer(jobs=2), self.folder, lambda _: self.folder, lambda *_: None)

    def running(self, store: Any, taken: bool) -> tuple[Thread, Child]:
        """A machine that has launched the job."""
        before = len(self.children)
        thread = Thread(target=self.machine(store).run, args=(JOB, taken), daemon=True)
        thread.start()
        eventually(lambda: len(self.children) > before or None)
        return thread, self.children[-1]


@pytest.fixture
def launches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launches]:
    launches = Launches(tmp_path)
    monkeypatch.setattr("robotfabrik.dispatch.machine.launch", launches)
    yield launches
    for child in launches.children:
        child.kill()
        assert child.process.stdin is not None
        child.process.stdin.close()


def followers(store: Any) -> list[str]:
    return [one.status for one in store.jobs(JobFilter()) if one.job.restart_of == JOB]


def test_who_was_slower_leaves_the_job_to_who_runs_it(store: Any, launches: Launches) -> None:
    store.enqueue(waiting(JOB))
    first, winner = launches.running(store, taken=True)
    second, loser = launches.running(store, taken=True)
    store.start_job(running(JOB, f"{socket.gethostname()}:{winner.process.pid}:1.00"))
    loser.kill()
    second.join()
    assert (known(store, JOB).status, followers(store)) == ("running", [])
    winner.kill()
    first.join()
    assert (known(store, JOB).status, followers(store)) == ("abandoned", ["pending"])


def test_who_is_told_of_what_another_launches_launches_nothing(backend: Any, launches: Launches) -> None:
    store = backend.open()
    store.enqueue(waiting(JOB))
    launches.running(store, taken=False)
    launches.machine(store).run(JOB)
    assert len(launches.children) == 1
    assert store.take_pending(("default",), (), 60) is None
    backend.pass_time(61)  # it never started
    launches.running(store, taken=False)
    assert len(launches.children) == 2


def test_what_a_machine_has_taken_is_not_launched_by_who_is_told_of_it(
    store: Any, launches: Launches
) -> None:
    store.enqueue(waiting(JOB))
    assert store.take_pending(("default",), (), 60) is not None
    launches.machine(store).run(JOB)
    assert launches.children == []
    launches.running(store, taken=True)


def test_a_job_is_given_up_only_where_it_runs(store: Any) -> None:
    store.enqueue(waiting(JOB))
    store.start_job(running(JOB, "a_host:12:1.00"))
    for other in ("a_host:1:", "axhost:12:", "another:12:"):
        assert store.give_up(0.0, JOB, other) == []
    (told,) = store.give_up(0.0, JOB, "a_host:12:")
    assert told.job == JOB


def test_a_machine_begins_anew_when_the_server_was_away(
    postgresql_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(procrastinate, "RECONCILE", 0.1)
    monkeypatch.setattr(procrastinate, "AGAIN", 0.1)
    url, said, ran = postgresql_server(), list[str](), list[str]()
    with open_store(url) as store, psycopg.connect(url, autocommit=True) as other:

        def told(level: str, line: str) -> None:
            said.append(f"{level}: {line}")

        def question(statement: str) -> int:
            row = other.execute(statement).fetchone()  # type: ignore[call-overload,unused-ignore]
            assert row is not None
            return int(row[0])

        machine = Machine(store, Offer(), tmp_path, lambda _: tmp_path, told)
        monkeypatch.setattr(machine, "run", ran.append)
        carrier = procrastinate.Carrier(machine, store, url, TASK, silence=60.0, grace=0.0)

        async def outage() -> None:
            working = asyncio.ensure_future(carrier.run())
            listening = "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'"
            while not question(listening):
                await asyncio.sleep(0.05)
            # As a server that restarts: every connection ends, and new ones are refused for a moment.
            other.execute("UPDATE pg_database SET datallowconn = false WHERE datname = current_database()")
            question(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            while not said:
                await asyncio.sleep(0.05)
            other.execute("UPDATE pg_database SET datallowconn = true WHERE datname = current_database()")
            while "info: jobs can be taken again" not in said or not question(listening):
                await asyncio.sleep(0.05)
            store.enqueue(waiting(JOB))
            while not ran:
                await asyncio.sleep(0.05)
            carrier._stopping.set()
            await working

        asyncio.run(asyncio.wait_for(outage(), 120))
    assert set(ran) == {JOB}
    warnings = [line for line in said if line.startswith("warning: no job can be taken")]
    assert len(warnings) == 1
