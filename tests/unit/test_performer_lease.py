"""A job whose row is not its own any more, or whose machine stops: it ends, and another goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.engine import performer as engine
from robotfabrik.model.errors import JobTaken, SystemException
from robotfabrik.model.process import Process
from robotfabrik.model.records import JobFilter
from robotfabrik.model.work import Job, PendingJob
from robotfabrik.store import MemoryStore
from tests.support.engine import (
    QUEUE,
    Application,
    Gate,
    Gated,
    QuickStore,
    Watch,
    add,
    define,
    new_job,
    perform,
    performer,
    stored,
)

DELAY = "- delay: 1h"


def queued(store: MemoryStore, process: Process) -> Job:
    """A job that waits."""
    job = new_job(process)
    store.enqueue(PendingJob(job.id, job.bot, job.space, job.date, job.period, ("--limit=3",)))
    return job


async def begun(store: MemoryStore, process: Process, **more: Any) -> tuple[Any, asyncio.Task[Any], Job]:
    """A robot that works on the only item."""
    job = queued(store, process)
    robot = performer(process, Application(), more.pop("over", store), job=job, **more)
    running = asyncio.create_task(robot.run())
    while stored(store, process)["1"].status != "in_progress":
        await asyncio.sleep(0.001)
    return robot, running, job


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    monkeypatch.setattr(engine, "BEAT", 0.01)
    return define(tmp_path, DELAY, **QUEUE)


@pytest.fixture
def store(process: Process) -> QuickStore:
    store = QuickStore()
    add(store, process, "1")
    return store


def follower(store: MemoryStore, job: Job) -> str | None:
    found = [record for record in store.jobs(JobFilter()) if record.job.restart_of == job.id]
    return found[0].status if found else None


def status(store: MemoryStore, job: Job) -> str:
    record = store.job(job.id)
    assert record is not None
    return record.status


async def test_who_does_not_get_the_job_does_nothing(process: Process, store: QuickStore) -> None:
    job = queued(store, process)
    store.start_job(replace(job, owner="another"))
    with pytest.raises(JobTaken):
        await perform(process, Application(), store, job=job)
    record = store.job(job.id)
    assert record is not None
    assert (record.status, record.job.owner) == ("running", "another")
    assert stored(store, process)["1"].status == "new"


async def test_a_job_that_was_given_to_others_ends_and_says_nothing(
    process: Process, store: QuickStore
) -> None:
    watch = Watch()
    _, running, job = await begun(store, process, watch=watch)
    (told,) = store.give_up(0.0, job.id)
    outcome = await asyncio.wait_for(running, 30)
    assert outcome.status == "interrupted"
    assert status(store, job) == "abandoned"
    assert told.successor
    assert stored(store, process)["1"].status == "new"
    assert any("the job's lease was lost" in message for _, message in watch.logs)


async def test_a_job_that_cannot_be_heard_of_ends_before_others_begin(
    process: Process, store: QuickStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LEASE", 0.2)

    class Away(Gate):
        def store(self, what: str) -> None:
            if what == "before beat":
                raise SystemException("the store failed")

    _, running, job = await begun(store, process, over=Gated(store, Away()))
    outcome = await asyncio.wait_for(running, 30)
    assert (outcome.status, status(store, job)) == ("interrupted", "running")
    assert stored(store, process)["1"].status == "new"


async def test_a_store_that_is_away_for_a_moment_ends_no_job(
    process: Process, store: QuickStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[str] = []

    class Away(Gate):
        def store(self, what: str) -> None:
            if what == "before beat" and len(beats) < 3:
                beats.append("failed")
                raise SystemException("the store failed")
            if what == "after beat":
                beats.append("heard")

    robot, running, job = await begun(store, process, over=Gated(store, Away()))
    while beats[-1:] != ["heard"]:
        await asyncio.sleep(0.001)
    assert not running.done()
    running.cancel()
    await asyncio.wait_for(running, 30)
    assert (robot.outcome.status, status(store, job)) == ("interrupted", "interrupted")
    assert follower(store, job) is None


@pytest.mark.parametrize(
    ("wanted", "expected"), [("", "pending"), ("stop", None), ("kill", None)], ids=["nobody", "stop", "kill"]
)
async def test_a_machine_that_stops_hands_over_what_no_person_wanted_to_end(
    process: Process, store: QuickStore, wanted: Any, expected: str | None
) -> None:
    robot, running, job = await begun(store, process)
    robot.hand_over()
    if wanted:
        store.want(job.id, wanted, "Eva")
        await until(lambda: not robot._handed_over)
    if wanted != "kill":  # that ends what is under way by itself
        running.cancel()
    await asyncio.wait_for(running, 30)
    assert (status(store, job), follower(store, job)) == ("interrupted", expected)


async def until(question: Callable[[], bool]) -> None:
    while not question():
        await asyncio.sleep(0.001)


async def test_a_process_without_a_queue_is_gone_on_with_and_not_begun_again(
    tmp_path: Path, store: QuickStore
) -> None:
    process = define(tmp_path, "- log_message: hej")
    first = await perform(process, Application(), store, job=(job := new_job(process)))
    again = await perform(process, Application(), store, job=replace(new_job(process), first=job.id))
    other = await perform(process, Application(), store, job=new_job(process))
    assert [outcome.summary.checked for outcome in (first, again, other)] == [1, 0, 1]
    assert again.summary.already_done == 1
