"""A job that stops early tells it: once, by itself or by the next one, with what it did not check."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.engine import outage, retry
from robotfabrik.engine import performer as engine
from robotfabrik.engine.performer import Options
from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Process
from robotfabrik.model.work import Job
from tests.support.engine import (
    QUEUE,
    WRITE,
    Application,
    QuickStore,
    add,
    define,
    new_job,
    perform,
    performer,
    read,
)

UNIT = "enheten"
TOLD = {
    "outage": """
        - type_into: {target: app.cases.open, text: enheten}
        - assign: {kvar: "[u.item.number + ' ' + u.state for u in job.unhandled]"}
        - once: app.write_note
          key: [job.id]
          with: {text: "${{ job.stopped_on }} ${{ job.dispatched }}: ${{ join(kvar) }}"}
        """
}
FAILING = """
    - {when: "item.number in ['2', '3', '4']", throw: SE4}
    - type_into: {target: app.cases.open, text: "${{ item.number }}"}
    - once: app.write_note
      key: [item.reference]
      with: {text: "Kontroll av ${{ item.number }}"}
"""
ONE_TRY = {"queue": "{item: {number: text}, reference: [item.number], lock: item.number, attempts: 1}"}
TWO = Options(max_consecutive_failures=2)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.001, 0.002, 0.003))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.001)


def telling(process: Process, **more: Any) -> Job:
    return replace(new_job(process, **more), tells=True)


def told(application: Application) -> list[str]:
    return [note.text for note in application.journal(UNIT)]


def waiting(process: Process, *numbers: str) -> QuickStore:
    store = QuickStore()
    add(store, process, *numbers)
    return store


async def test_what_was_not_reached_and_what_failed_is_told_once(tmp_path: Path) -> None:
    process = define(tmp_path, FAILING, **ONE_TRY, **TOLD)
    store = waiting(process, *"12345")
    application = Application(clock=store.clock)
    job = telling(process)
    outcome = await perform(process, application, store, job=job, options=TWO)
    assert (outcome.status, outcome.told) == ("faulted", "told")
    assert told(application) == ["2022-11-01 ja: 2 failed, 3 failed, 4 waiting, 5 waiting"]
    assert store.owing(job.space) == []
    assert [item.reference for item in outcome.items] == ["1", "2", "3"]  # the message is no item of the job
    assert outcome.summary.written == 1


async def test_a_job_that_comes_to_its_end_tells_nothing(tmp_path: Path) -> None:
    process = define(tmp_path, FAILING, **ONE_TRY, **TOLD)
    store = waiting(process, *"125")
    application = Application(clock=store.clock)
    outcome = await perform(process, application, store, job=telling(process))
    assert (outcome.status, outcome.told, told(application)) == ("successful", "", [])


async def test_when_everything_was_handled_there_is_nothing_to_tell(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, finish="- throw: SE4", **QUEUE, **TOLD)
    store = waiting(process, "1")
    application, job = Application(clock=store.clock), telling(process)
    outcome = await perform(process, application, store, job=job)
    assert (outcome.status, told(application), store.owing(job.space)) == ("faulted", [], [])


async def test_a_dispatch_that_did_not_end_is_told_as_such(tmp_path: Path) -> None:
    dispatch = """
        - add_queue_item: {number: '1'}
        - throw: SE4
        """
    process = define(tmp_path, WRITE, dispatch=dispatch, **QUEUE, **TOLD)
    store = QuickStore()
    application = Application(clock=store.clock)
    await perform(process, application, store, job=telling(process))
    assert told(application) == ["2022-11-01 nej: 1 waiting"]


async def test_nothing_is_told_in_a_rehearsal_or_by_a_process_without_outage(tmp_path: Path) -> None:
    for more, job in ((TOLD, new_job), ({}, telling)):
        process = define(tmp_path, FAILING, **ONE_TRY, **more)
        store = waiting(process, *"234")
        application = Application(clock=store.clock)
        outcome = await perform(process, application, store, job=job(process), options=TWO)
        assert (outcome.status, told(application)) == ("faulted", [])


async def test_what_cannot_be_told_now_is_told_first_by_the_next_job(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE, **TOLD)
    store = waiting(process, *"12")
    gone = Application(clock=store.clock, refuses=1_000)
    first, second = telling(process), telling(process, day=date(2022, 11, 2))
    outcome = await perform(process, gone, store, job=first)
    assert (outcome.status, outcome.told, gone.notes) == ("faulted", "owed", [])
    application = Application(clock=store.clock)
    owing = store.owing(first.space)
    assert [record.job.id for record in owing] == [first.id]
    outcome = await perform(process, application, store, job=second, owing=owing)
    assert outcome.status == "successful"
    assert [note.case for note in application.notes] == [UNIT, "1", "2"]
    assert told(application) == ["2022-11-01 ja: 1 waiting, 2 waiting"]
    assert store.owing(first.space) == []
    again = await perform(process, application, store, job=telling(process))
    assert (again.status, len(told(application))) == ("successful", 1)


async def test_what_waits_to_be_told_holds_nothing_of_the_items_themselves(tmp_path: Path) -> None:
    told = TOLD["outage"].replace("u.item.number +", "u.item.name + ' ' + u.item.reference +")
    queue = QUEUE["queue"].replace("number: text", "number: text, name: text")
    process = define(tmp_path, WRITE, queue=queue, outage=told)
    store, first = QuickStore(), telling(process)
    add(store, process, "1", name="Anna Berg")
    await perform(process, Application(clock=store.clock, refuses=1_000), store, job=first)
    (waits,) = store.items(first.space.beside("outage"))
    assert waits.fields["unhandled"] == [{"reference": "1", "state": "waiting"}]
    application = Application(clock=store.clock)
    await perform(process, application, store, job=telling(process), owing=store.owing(first.space))
    assert [note.text for note in application.journal(UNIT)] == ["2022-11-01 ja: Anna Berg 1 waiting"]


async def test_who_reads_it_learns_that_a_later_job_tells_it(tmp_path: Path) -> None:
    outage = TOLD["outage"].replace("${{ job.dispatched }}", "${{ job.told_later }}")
    process = define(tmp_path, FAILING, **ONE_TRY, outage=outage)
    store = waiting(process, *"123")
    first = telling(process)
    gone = Application(clock=store.clock, refuses=1_000)
    await perform(process, gone, store, job=first)
    application = Application(clock=store.clock)
    more = {"owing": store.owing(first.space), "options": TWO}
    await perform(process, application, store, job=telling(process), **more)
    assert [text.partition(":")[0] for text in told(application)] == ["2022-11-01 ja", "2022-11-01 nej"]


async def test_what_somebody_has_done_meanwhile_is_not_told(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE, **TOLD)
    store = waiting(process, *"12")
    first = telling(process)
    await perform(process, Application(clock=store.clock, refuses=1_000), store, job=first)
    application = Application(clock=store.clock)
    await perform(process, application, store, job=new_job(process))  # a job that tells nothing: --item, say
    await perform(process, application, store, job=telling(process), owing=store.owing(first.space))
    assert (told(application), store.owing(first.space)) == ([], [])


async def test_a_job_that_was_killed_is_told_by_the_next_one(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE, **TOLD)
    store = waiting(process, *"12")
    dead = telling(process)
    store.start_job(dead)
    store.dispatched(dead.id)
    store.claim(dead.space, dead.owner, dead.id, 60.0)
    store.release_owner(dead.space, dead.owner)
    application = Application(clock=store.clock)
    await perform(process, application, store, job=telling(process), owing=store.owing(dead.space))
    assert told(application) == ["2022-11-01 ja: 1 waiting, 2 waiting"]


@pytest.mark.parametrize("save", ["late", "error_after", "lost_after", "error_before", "frozen"])
async def test_a_message_whose_sending_broke_is_not_sent_twice(tmp_path: Path, save: str) -> None:
    process = define(tmp_path, FAILING, **ONE_TRY, **TOLD)
    store = waiting(process, *"23")
    application = Application(clock=store.clock, saves=[save])
    job = telling(process)
    await perform(process, application, store, job=job, options=TWO)
    for hours in range(2):  # what is not settled yet is looked for by the next jobs
        store.clock.now += 3600 * hours + 120
        await perform(process, application, store, job=telling(process), owing=store.owing(job.space))
    assert told(application)[0] == "2022-11-01 ja: 2 failed, 3 failed"
    assert sum(text == told(application)[0] for text in told(application)) == 1


async def test_a_message_in_doubt_is_a_persons(tmp_path: Path) -> None:
    process = define(tmp_path, FAILING, **ONE_TRY, **TOLD)
    store = waiting(process, *"23")
    application, job = Application(clock=store.clock, saves=["changed"]), telling(process)
    outcome = await perform(process, application, store, job=job, options=TWO)
    assert outcome.told == "held"
    held = store.items(job.space.beside("outage"))
    assert [(item.reference, item.status) for item in held] == [(job.id, "held")]
    assert store.owing(job.space) == []
    assert held[0].output["doubt"]["effect"] == "app.write_note"


async def test_a_job_that_a_person_ends_tells_it_too(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE, **TOLD)
    store = waiting(process, *"12")
    application = Application(clock=store.clock)
    runs = performer(process, application, store, job=telling(process))
    application.on_click["app.journal.new"] = lambda session: task.cancel() if session.case != UNIT else None
    task = asyncio.ensure_future(runs.run())
    outcome = await task
    assert outcome.status == "interrupted"
    assert told(application) == ["2022-11-01 ja: 1 waiting, 2 waiting"]


async def test_who_ends_a_job_does_not_wait_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "PATIENCE", 0.05)
    process = define(tmp_path, WRITE, **QUEUE, **TOLD)
    store = waiting(process, *"12")
    application = Application(clock=store.clock)
    runs = performer(process, application, store, job=telling(process))

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(runs._outages, "_tell", hangs)
    application.on_click["app.journal.new"] = lambda session: task.cancel()
    task = asyncio.ensure_future(runs.run())
    outcome = await task
    assert (outcome.status, outcome.told, application.notes) == ("interrupted", "owed", [])


async def test_other_steps_that_fail_are_tried_again_within_bounds(tmp_path: Path) -> None:
    process = define(tmp_path, FAILING, **ONE_TRY, **TOLD)
    store = waiting(process, *"23")
    tries: list[int] = []

    def fails(session: object) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise SystemException("the page is an error")

    application = Application(clock=store.clock, on_click={"app.journal.new": fails})
    outcome = await perform(process, application, store, job=telling(process), options=TWO)
    assert (outcome.told, len(tries), len(told(application))) == ("told", 3, 1)


def test_the_day_of_stopping_follows_the_jobs_own_day() -> None:
    started = datetime(2026, 11, 22, 23, 50).timestamp()
    stopped = datetime(2026, 11, 23, 0, 10).timestamp()
    assert outage._day_and_time(date(2022, 11, 1), started, stopped) == (date(2022, 11, 2), "00:10")


async def test_a_refused_password_is_not_tried_until_the_account_is_locked(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE, **TOLD)
    store = waiting(process, "1")
    logins: list[int] = []

    def refuses(session: object) -> None:
        logins.append(1)
        raise SystemException("Fel lösenord")

    application = Application(
        clock=store.clock, on_click={"app.login.submit": refuses}, shown={"app.login.password": ""}
    )  # fmt: skip
    first = telling(process)
    await perform(process, application, store, job=first)
    assert len(logins) == 2
    outcome = await perform(process, application, store, job=telling(process), owing=store.owing(first.space))
    assert (outcome.told, len(logins)) == ("owed", 4)


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"finish": "- log_message: ${{ len(job.unhandled) }}"}, "no field 'unhandled'"),
        ({"outage": "- log_message: ${{ job.unhandled[0].item.name }}"}, "no field 'name'"),
        ({"outage": "- log_message: ${{ item.number }}"}, "'item'"),
        ({"outage": "- postpone: 5m"}, "'postpone' stands in outage, where no item is processed"),
        ({"outage": "- {when: \"job.unhandled[0].state == 'new'\", log_message: Hej}"}, "'new'"),
        ({"outage": "- click: app.journal.save"}, "app.journal.save"),
    ],
)
def test_the_checker_knows_what_outage_sees(tmp_path: Path, sections: dict[str, str], says: str) -> None:
    _, problems = read(tmp_path, WRITE, **QUEUE, **sections)
    errors = [problem.message for problem in problems if problem.severity == "error"]
    assert any(says in error for error in errors), errors


async def test_a_process_without_a_queue_tells_too(tmp_path: Path) -> None:
    told_alone = TOLD["outage"].replace("u.item.number + ' ' + u.state", "u.state")
    process = define(tmp_path, "- throw: SE4", finish="- throw: SE4", outage=told_alone)
    store = QuickStore()
    application = Application(clock=store.clock)
    outcome = await perform(process, application, store, job=telling(process))
    assert (outcome.status, outcome.told, told(application)) == ("faulted", "told", ["2022-11-01 ja: failed"])
