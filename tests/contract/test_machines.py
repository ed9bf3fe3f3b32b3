"""Machines that share a store: each job is launched by one, and only what it launched is given up by it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from robotfabrik.dispatch.launch import Child
from robotfabrik.dispatch.machine import Machine, Offer
from robotfabrik.model.records import JobFilter
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
