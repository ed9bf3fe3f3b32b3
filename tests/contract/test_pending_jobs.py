"""Jobs that wait for a machine, over every store: each runs once, and none that fell silent is lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from robotfabrik.model.errors import JobTaken, LeaseLost, UsageError
from robotfabrik.model.records import JobFilter, JobRecord
from robotfabrik.model.work import Job, PendingJob
from robotfabrik.store import MemoryStore
from robotfabrik.store.pending import MOST_RESTARTS
from tests.contract.test_store import (
    DAY,
    DONE,
    REHEARSAL,
    SPACE,
    Backend,
    claim,
    in_threads,
    job,
    new,
    only,
)

WORDS = ("--date=2022-11-01", "--limit=3")
SILENCE = 60.0


def waiting(id: str = "job-w", **more: Any) -> PendingJob:
    given: dict[str, Any] = {"arguments": WORDS, "started_by": "Eva", **more}
    return PendingJob(id, "bot", given.pop("space", SPACE), DAY, "2022-11", **given)


def running(id: str, owner: str = "owner") -> Job:
    return replace(job(id), started_by="Eva", owner=owner, arguments=WORDS)


def known(store: Any, id: str) -> JobRecord:
    record = store.job(id)
    assert record is not None
    return record  # type: ignore[no-any-return]


def ran(store: Any, **more: Any) -> str:
    """A queued job that runs."""
    given = waiting(**more)
    store.enqueue(given)
    store.start_job(replace(running(given.id), space=given.space, trigger=given.trigger))
    return given.id


def actions(store: Any, id: str) -> list[str]:
    rows = store.told if isinstance(store, MemoryStore) else store.audit_rows()
    return [row.action for row in rows if row.subject == id]


def test_a_job_waits_and_then_runs_under_its_id(store: Any) -> None:
    given = waiting(pool="office", requires=("desktop",), trigger="nightly", restarts=1, restart_of="job-1")
    assert store.enqueue(given) == "job-w"
    record = known(store, "job-w")
    assert (record.status, record.pending, record.job.owner) == ("pending", given, "")
    assert record.queued_at is not None
    assert [r.job.id for r in store.jobs(JobFilter(status="pending"))] == ["job-w"]
    started = replace(running("job-w"), trigger="nightly", restart_of="job-1")
    store.start_job(started)
    record = known(store, "job-w")
    assert (record.status, record.job, record.pool, record.requires) == (
        "running", started, "office", ("desktop",),
    )  # fmt: skip
    store.end_job("job-w", "successful", {"checked": 3})
    assert known(store, "job-w").status == "successful"
    assert actions(store, "job-w") == ["job.queued", "job.started", "job.ended"]


def test_of_many_that_start_a_job_one_does(backend: Backend, store: Any) -> None:
    store.enqueue(waiting())
    mutex, won, lost = threading.Lock(), list[str](), list[str]()

    def start() -> None:
        mine, owner = backend.open(), threading.current_thread().name
        try:
            mine.start_job(running("job-w", owner))
        except JobTaken:
            with mutex:
                lost.append(owner)
        else:
            with mutex:
                won.append(owner)

    in_threads(6, start)
    assert (len(won), len(lost)) == (1, 5)
    assert known(store, "job-w").job.owner == won[0]


def test_a_machine_takes_what_fits_it_and_nobody_else_does(backend: Backend, store: Any) -> None:
    store.enqueue(waiting("job-d", requires=("desktop",)))
    backend.pass_time(1)
    store.enqueue(waiting("job-p", pool="procapita"))
    backend.pass_time(1)
    store.enqueue(waiting("job-w"))

    def take(*pools: str, has: tuple[str, ...] = ()) -> str | None:
        record = store.take_pending(pools, has, 120)
        return None if record is None else str(record.job.id)

    assert take("other") is None
    assert take("default") == "job-w"  # the first one needs a desktop
    assert take("default") is None
    assert take("default", "procapita", has=("desktop",)) == "job-d"
    assert take("default", "procapita", has=("desktop",)) == "job-p"
    assert take("default", "procapita", has=("desktop",)) is None
    backend.pass_time(121)  # launched, but never started: again, the first one first
    store.start_job(running("job-d"))
    assert take("default", "procapita", has=("desktop",)) == "job-p"


@pytest.mark.parametrize("wish", ["stop", "kill"])
def test_a_person_stops_what_waits(store: Any, wish: Any) -> None:
    store.enqueue(waiting())
    store.want("job-w", wish, "Eva")
    record = known(store, "job-w")
    assert (record.status, record.wanted_by, record.ended_at is None) == ("stopped", "Eva", False)
    assert actions(store, "job-w") == ["job.queued", "job.stopped"]
    with pytest.raises(JobTaken):
        store.start_job(running("job-w"))
    with pytest.raises(UsageError):
        store.want("job-w", wish, "Eva")
    assert store.take_pending(("default",), (), 0) is None


def test_what_cannot_be_started_has_faulted(store: Any) -> None:
    store.enqueue(waiting())
    store.refuse_job("job-w")
    assert known(store, "job-w").status == "faulted"
    assert actions(store, "job-w") == ["job.queued", "job.ended"]
    id = ran(store, id="job-x")
    store.refuse_job(id)  # it runs: too late
    assert known(store, id).status == "running"


def test_a_silent_job_is_abandoned_and_followed(backend: Backend, store: Any) -> None:
    id = ran(store, pool="office", requires=("desktop",), trigger="nightly")
    assert store.beat(id, "owner") == ""
    assert store.beat(id, "somebody") == "lost"
    assert store.give_up(SILENCE) == []
    backend.pass_time(SILENCE + 1)
    (told,) = [told for told in store.give_up(SILENCE) if told.job == id]
    assert (told.bot, told.exhausted) == ("bot", False)
    record, next = known(store, id), known(store, told.successor)
    assert record.status == "abandoned"
    expected = waiting(
        told.successor, pool="office", requires=("desktop",), trigger="nightly", restart_of=id, restarts=1
    )
    assert (next.status, next.pending) == ("pending", expected)
    assert actions(store, id) == ["job.queued", "job.started", "job.given_up"]
    assert actions(store, told.successor) == ["job.queued"]
    assert store.beat(id, "owner") == "lost"
    with pytest.raises(LeaseLost):
        store.end_job(id, "successful", {})
    assert store.give_up(SILENCE) == []


def test_a_rehearsal_that_is_taken_up_again_has_a_space_of_its_own(backend: Backend, store: Any) -> None:
    id = ran(store, space=REHEARSAL)
    backend.pass_time(SILENCE)
    (told,) = [told for told in store.give_up(SILENCE) if told.job == id]
    assert known(store, told.successor).job.space.rehearsal == told.successor


def test_many_who_look_at_once_queue_one_successor(backend: Backend, store: Any) -> None:
    id = ran(store)
    backend.pass_time(SILENCE)
    in_threads(4, lambda: backend.open().give_up(SILENCE))
    followers = [r.job.id for r in store.jobs(JobFilter()) if r.job.restart_of == id]
    assert len(followers) == 1


def test_a_chain_that_always_falls_silent_ends(backend: Backend, store: Any) -> None:
    id = ran(store)
    for _ in range(MOST_RESTARTS):
        backend.pass_time(SILENCE)
        (told,) = [told for told in store.give_up(SILENCE) if told.job == id]
        id = told.successor
        store.start_job(running(id))
    backend.pass_time(SILENCE)
    (told,) = [told for told in store.give_up(SILENCE) if told.job == id]
    assert (told.successor, told.exhausted) == ("", True)
    assert known(store, id).status == "abandoned"


def test_what_a_person_ran_or_wanted_to_end_is_not_taken_up_again(backend: Backend, store: Any) -> None:
    store.start_job(running("job-t"))  # from a terminal: it never waited
    id = ran(store)
    store.want(id, "stop", "Eva")
    backend.pass_time(SILENCE)
    told = {told.job: told for told in store.give_up(SILENCE)}
    for one in ("job-t", id):
        assert (told[one].successor, told[one].exhausted) == ("", False)
        assert known(store, one).status == "abandoned"


def test_a_job_that_is_known_to_be_dead_is_given_up_at_once(store: Any) -> None:
    id = ran(store)
    (told,) = store.give_up(0.0, id)
    assert (told.job, known(store, told.successor).status) == (id, "pending")
    assert known(store, "job-1").status == "running"
    assert store.give_up(0.0, id) == []


def test_a_machine_that_stops_hands_its_job_over(store: Any) -> None:
    id = ran(store, restarts=MOST_RESTARTS)
    assert store.hand_over(id, "somebody", {}) is None
    told = store.hand_over(id, "owner", {"checked": 2})
    record, next = known(store, id), known(store, told.successor)
    assert (record.status, record.summary) == ("interrupted", {"checked": 2})
    assert next.job.restart_of == id
    assert next.restarts == MOST_RESTARTS  # no fault of the job's
    assert store.hand_over(id, "owner", {}) is None


def test_a_limit_holds_for_all_who_go_on(store: Any) -> None:
    id = ran(store)
    for reference in "ab":
        store.add_item(SPACE, new(reference), id)
    store.settle(claim(store, job_id=id), DONE, DAY)
    assert claim(store, job_id=id).reference == "b"  # under way when its machine dies
    (told,) = store.give_up(0.0, id)
    next = known(store, told.successor)
    assert next.job.arguments == ("--date=2022-11-01", "--limit=2")
    store.start_job(replace(running(next.job.id), arguments=next.job.arguments))
    for reference in "cd":
        store.add_item(SPACE, new(reference), next.job.id)
        store.settle(claim(store, job_id=next.job.id, selection=only(reference)), DONE, DAY)
    store.beat(next.job.id, "owner")
    (told,) = store.give_up(0.0, next.job.id)
    assert (told.successor, told.exhausted) == ("", False)
