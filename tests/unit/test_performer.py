"""A job from its beginning to its end: queue, retries, workers, interruption, resumption."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from robotfabrik.engine import performer as engine
from robotfabrik.engine import retry
from robotfabrik.engine.items import from_store, to_store
from robotfabrik.engine.performer import Options
from robotfabrik.engine.periods import period_start
from robotfabrik.model.errors import EvaluationError, SessionLost, SystemException, UsageError
from robotfabrik.model.types import DATE, DURATION, INTEGER, MONEY, MONTH, PERCENT, TEXT, list_of, table_of
from robotfabrik.model.values import UNKNOWN, Month, Record
from robotfabrik.model.work import NewItem, Selection
from robotfabrik.store.memory import MemoryStore
from tests.support.engine import (
    QUEUE,
    REPOSITORY,
    WRITE,
    Application,
    Clock,
    FakeSession,
    FakeSessions,
    Gate,
    Gated,
    QuickStore,
    Watch,
    add,
    define,
    new_job,
    only,
    perform,
    performer,
    settled_event,
    stored,
    with_attempts,
)

OPEN = '- type_into: {target: app.cases.open, text: "${{ item.number }}"}\n'


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.001, 0.002, 0.003))
    monkeypatch.setattr(engine, "IDLE_LOOK", 0.001)


def raising(error: Exception, times: int = 1_000) -> Callable[[FakeSession], None]:
    """A click that fails so many times."""
    left = iter(range(times))

    def click(session: FakeSession) -> None:
        if next(left, None) is not None:
            raise error

    return click


def failing(error: Exception, times: int = 1_000, **more: Any) -> Application:
    return Application(on_click={"app.journal.new": raising(error, times)}, **more)


NOVEMBER = Selection("2022-11")
CLICK = OPEN + "- click: app.journal.new\n"


# --- outcomes


async def test_every_outcome_is_counted_where_it_belongs(tmp_path: Path) -> None:
    steps = """
        - {when: item.number == '2', throw: BE1}
        - {when: item.number == '3', throw: BE7}
        - {when: item.number == '4', throw: SE4}
        - {when: item.number == '5', check_true: {condition: 1 == 2, otherwise: held}}
        - {when: item.number == '6', return: Inget att göra}
        """
    process = define(tmp_path, steps, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1", "2", "3", "4", "5", "6")
    outcome = await perform(process, Application(), store, watch=watch)
    found = {item.reference: (item.status, item.exception) for item in outcome.items}
    assert found == {
        "1": ("successful", None),
        "2": ("business", "BE1"),
        "3": ("business", "BE7"),
        "4": ("failed", "SE4"),
        "5": ("held", None),
        "6": ("successful", None),
    }
    summary = outcome.summary
    assert (summary.checked, summary.listed, summary.failed, summary.held) == (3, 1, 1, 1)
    assert [item.reference for item in watch.items] == [item.reference for item in outcome.items]
    assert {r: (i.status, i.exception) for r, i in stored(store, process).items()} == found


async def test_an_exception_without_details_reports_a_count_only(tmp_path: Path) -> None:
    steps = "- assign: {namn: \"'Åsa'\"}\n- throw: BE1"
    exceptions = "BE1: {kind: business, name: Skyddad, details: none}"
    process = define(
        tmp_path, steps, show="namn", exceptions=exceptions, applications="{}", **QUEUE
    )  # fmt: skip
    store = QuickStore()
    add(store, process, "1")
    watch = Watch()
    result = only(await perform(process, Application(), store, watch=watch))
    assert (result.columns, result.reason, result.rules, result.readings) == ({}, "", (), ())
    assert ("info", "item 1: BE1") in watch.logs
    kept = stored(store, process)["1"]
    assert (kept.reason, kept.output["columns"]) == ("", {})


async def test_the_log_says_why_an_item_is_left_to_a_person(tmp_path: Path) -> None:
    steps = "- {get_text: app.case.name, if_missing: BE1, save_as: _namn}"
    process = define(tmp_path, steps, exceptions="BE1: {kind: business, name: Saknas}", **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1")
    await perform(process, Application(shown={}), store, watch=watch)
    (said,) = [message for level, message in watch.logs if message.startswith("item 1")]
    assert said.startswith("item 1: BE1 was thrown: Saknas (app.case.name is empty) (step at ")


async def test_evidence_is_kept_of_failures_not_of_business(tmp_path: Path) -> None:
    process = define(tmp_path, "- {when: item.number == '1', throw: BE1}\n- throw: SE4", **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1", "2")
    await perform(with_attempts(process, 2), Application(), store, watch=watch)
    assert [getattr(error, "id", None) for error in watch.evidence_of] == ["SE4", "SE4"]


# --- retry and postponement


async def test_the_queue_retries_and_resets_the_windows(tmp_path: Path) -> None:
    process = define(tmp_path, CLICK, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = failing(SystemException("500"), times=2)
    sessions = FakeSessions(application)
    outcome = await perform(process, application, store, sessions=[sessions])
    assert only(outcome).status == "successful"
    assert stored(store, process)["1"].attempts == 3
    assert len(sessions.opened) == 3


@pytest.mark.parametrize("step", ["click: app.journal.new", "assign: {a: 1 / 0}"])
async def test_attempts_end(tmp_path: Path, step: str) -> None:
    process = define(tmp_path, f"{OPEN}- {step}", **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = failing(SystemException("500"))
    outcome = await perform(process, application, store)
    assert only(outcome).status == "failed"
    assert sum(done[:2] == ("fill", "app.cases.open") for done in application.done) == 3


async def test_a_lost_session_is_logged_in_again_for_the_next_execution(tmp_path: Path) -> None:
    process = define(tmp_path, CLICK, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = failing(SessionLost("the login screen is shown"), times=1)
    sessions = FakeSessions(application)
    assert only(await perform(process, application, store, sessions=[sessions])).status == "successful"
    assert sessions.markers == ["app.login.password", "app.login.password"]


async def test_a_locked_case_is_postponed_behind_the_others_and_then_listed(tmp_path: Path) -> None:
    steps = """
        - log_message: "fall ${{ item.number }}"
        - {when: item.number == '1', throw: BE5}
        """
    process = define(tmp_path, steps, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1", "2", "3")
    outcome = await perform(process, Application(), store, watch=watch)
    # an item's own number is personal data and masked: the order tells them apart
    assert [item.reference for item in outcome.items] == ["2", "3", "1"]
    assert sum("fall" in message for _, message in watch.logs) == 4
    assert outcome.items[-1].exception == "BE5"
    assert stored(store, process)["1"].attempts == 1


async def test_too_many_system_exceptions_in_a_row_stop_the_job(tmp_path: Path) -> None:
    process = with_attempts(define(tmp_path, "- throw: SE4", **QUEUE), 1)
    store = QuickStore()
    add(store, process, *"123456789")
    outcome = await perform(process, Application(), store, options=Options(max_consecutive_failures=4))
    assert (outcome.status, outcome.summary.failed) == ("faulted", 4)
    assert "4 system exceptions in a row" in outcome.reason
    assert sum(item.status == "new" for item in stored(store, process).values()) == 5


async def test_success_between_failures_starts_the_count_again(tmp_path: Path) -> None:
    steps = "- {when: item.number == '3', throw: BE1}\n- {when: item.number != '6', throw: SE4}"
    process = with_attempts(define(tmp_path, steps, **QUEUE), 1)
    store = QuickStore()
    add(store, process, *"123456")
    outcome = await perform(process, Application(), store, options=Options(max_consecutive_failures=3))
    assert (outcome.status, outcome.summary.failed) == ("successful", 4)


FLAGGING = """
    - when: item.number in ['2', '4']
      throw: BE1
    - when: item.number in ['1', '5']
      return: Inget
    - once: app.write_note
      key: [item.reference]
      with: {text: "Kontroll av ${{ item.number }}"}
    """


async def test_a_robot_that_flags_nearly_everything_is_stopped(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN + dedent(FLAGGING), **QUEUE)
    store = QuickStore()
    add(store, process, *"1234567")
    application = Application(clock=store.clock)
    half = Options(flagged_share=Decimal("0.5"), flagged_after=3)
    outcome = await perform(process, application, store, options=half)
    assert (outcome.status, len(outcome.items), outcome.unhandled) == ("faulted", 3, ["4", "5", "6", "7"])
    assert outcome.reason.startswith("2 of 3 items were noted or listed, more than 50%")
    assert len(application.notes) == 1


async def test_several_workers_stop_with_no_more_than_what_is_under_way(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE)
    store = QuickStore()
    add(store, process, *map(str, range(100)))
    application = Application(clock=store.clock)
    fifth = Options(flagged_share=Decimal("0.2"), flagged_after=30)
    outcome = await perform(process, application, store, options=fifth, workers=4)
    assert outcome.status == "faulted"
    assert 30 <= len(application.notes) < 30 + 4
    assert len(application.notes) + len(outcome.unhandled) == 100


@pytest.mark.parametrize(
    ("share", "after", "rehearsal"), [("0.75", 3, False), ("0.5", 6, False), ("0.5", 3, True)]
)
async def test_a_robot_that_flags_no_more_than_it_may_goes_on(
    tmp_path: Path, share: str, after: int, rehearsal: bool
) -> None:
    dispatch = """
        - for_each: "['1', '2', '3', '4', '5']"
          as: number
          steps: [add_queue_item: {number: "${{ number }}"}]
        """
    process = define(tmp_path, OPEN + dedent(FLAGGING), dispatch=dispatch, **QUEUE)
    options = Options(flagged_share=Decimal(share), flagged_after=after)
    job = new_job(process, rehearsal=rehearsal)
    outcome = await perform(process, Application(), job=job, options=options)
    assert (outcome.status, len(outcome.items)) == ("successful", 5)


# --- logging in


async def test_an_outage_is_waited_out(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1")
    outcome = await perform(process, Application(refuses=3), store, watch=watch)
    assert only(outcome).status == "successful"
    assert sum("could not log in" in message for _, message in watch.logs) == 3


class NoBrowser(FakeSessions):
    """Sessions on a machine without a browser, or with a wrong path to it."""

    async def open(self, *arguments: Any) -> Any:
        self.closed += 1
        raise UsageError("the browser '/nope' is not there")


@pytest.mark.parametrize("only", [{"dispatch", "process"}, {"process"}])
async def test_a_missing_browser_is_said_at_once(tmp_path: Path, only: set[str]) -> None:
    process = define(tmp_path, OPEN, dispatch=DISPATCH, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1")
    robot = performer(
        process, Application(), store, watch=watch, sessions=[NoBrowser(Application())],
        options=Options(only=frozenset(only)),
    )  # fmt: skip
    with pytest.raises(UsageError, match="/nope"):
        await robot.run()
    assert watch.logs == []
    item = stored(store, process)["1"]
    assert (item.status, item.attempts) == ("new", 0)


async def test_a_refused_credential_is_tried_twice_only(tmp_path: Path) -> None:
    """Applications lock an account after a few wrong passwords."""
    process = define(tmp_path, OPEN, dispatch="- add_queue_item: {number: '1'}", **QUEUE)
    application = Application(missing={"app.login.submit"}, shown={"app.login.password": ""})
    outcome = await perform(process, application)
    assert (outcome.status, outcome.items) == ("faulted", [])
    assert "app shows its login screen again; check its credential" in outcome.reason
    assert sum(done[:2] == ("fill", "app.login.password") for done in application.done) == 2


async def test_an_outage_that_lasts_stops_the_job_and_keeps_the_item(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    outcome = await perform(process, Application(refuses=99), store)
    assert (outcome.status, outcome.items) == ("faulted", [])
    assert "could not log in" in outcome.reason
    item = stored(store, process)["1"]
    assert (item.status, item.attempts) == ("new", 0)


async def test_an_application_without_a_login_could_not_be_opened(tmp_path: Path) -> None:
    repository = REPOSITORY[: REPOSITORY.index("login:")] + REPOSITORY[REPOSITORY.index("screens:") :]
    process = define(tmp_path, "- log_message: hej", repository=repository)
    outcome = await perform(process, Application(refuses=99))
    assert "could not open app: " in outcome.reason


class Broken(FakeSessions):
    """Sessions that fail in a way nobody foresaw."""

    async def open(self, *arguments: Any) -> Any:
        raise RuntimeError("the driver is gone")


async def test_whatever_fails_while_logging_in_stops_the_job_in_order(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = Application()
    outcome = await perform(process, application, store, sessions=[Broken(application)])
    assert outcome.status == "faulted"
    assert "the driver is gone" in outcome.reason


async def test_a_login_may_return_early(tmp_path: Path) -> None:
    repository = REPOSITORY.replace("      - click: login.submit\n", "      - return:\n      - throw: BE1\n")
    process = define(tmp_path, "- log_message: hej", repository=repository)
    assert only(await perform(process, Application())).status == "successful"


# --- dispatch, finish, options

DISPATCH = """
    - extract_table_data: app.cases.list
      save_as: rows
    - for_each: rows
      as: r
      steps:
        - if: r.protected
          then: [exclude_queue_item: BE1]
          else: [add_queue_item: {number: "${{ r.number }}"}]
    """
CASES: list[dict[str, str | None]] = [
    {"number": number, "amount": "1", "protected": "x" if number == "3" else None} for number in "123"
]


async def test_a_second_run_of_the_period_has_nothing_left_to_do(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, dispatch=DISPATCH, **QUEUE)
    store, watch = QuickStore(), Watch()
    application = Application(clock=store.clock, tables={"app.cases.list": CASES})
    first = await perform(process, application, store, watch=watch)
    assert (first.summary.written, first.summary.excluded, watch.total) == (2, 1, 2)
    second = await perform(process, application, store, watch=watch)
    assert (second.summary.written, second.summary.already_done, watch.total) == (0, 2, 0)
    assert len(application.notes) == 2


async def test_dispatch_is_tried_again_and_counts_once(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, dispatch=DISPATCH + "\n    - click: app.journal.new\n", **QUEUE)
    store = QuickStore()
    application = failing(SystemException("500"), 1, clock=store.clock, tables={"app.cases.list": CASES})
    outcome = await perform(process, application, store)
    assert (outcome.status, outcome.summary.excluded, outcome.summary.written) == ("successful", 1, 2)


async def test_what_the_dispatch_leaves_out_now_is_not_handled(tmp_path: Path) -> None:
    """A case may have got a protected identity or left the unit since an earlier run put it in the queue."""
    process = define(tmp_path, WRITE, dispatch=DISPATCH, **QUEUE)
    store, clock = QuickStore(), Clock()
    add(store, process, "1", "9")
    store.clock.now += 60
    application = Application(clock=clock, tables={"app.cases.list": CASES})
    outcome = await perform(process, application, store)
    assert [item.reference for item in outcome.items] == ["1", "2"]
    assert (outcome.unhandled, outcome.left, stored(store, process)["9"].status) == ([], ["9"], "new")
    only_process = Options(only=frozenset({"process"}))
    outcome = await perform(process, application, store, options=only_process)
    assert ([item.reference for item in outcome.items], outcome.left) == (["9"], [])


async def test_an_item_that_waited_is_handled_with_what_the_dispatch_says_now(tmp_path: Path) -> None:
    queue = "{item: {number: text, who: text?}, reference: [item.number]}"
    dispatch = '- add_queue_item: {number: "1", who: "${{ config.who }}"}'
    config = "{who: {type: text, value: Eva, description: Handläggare}}"
    steps = "- assign: {who: item.who}\n- {when: config.who == 'Eva', throw: SE4}"
    process = define(tmp_path, steps, show="who", queue=queue, dispatch=dispatch, config=config)
    store = QuickStore()
    robot = performer(process, Application(), store, options=Options(max_consecutive_failures=1))
    assert ((await robot.run()).status, stored(store, process)["1"].status) == ("faulted", "new")
    store.clock.now += 60
    outcome = await perform(process, Application(), store, settings={"who": "Åsa"})
    assert only(outcome).columns == {"who": "Åsa"}


async def test_two_jobs_that_both_dispatch_share_the_items(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, dispatch=DISPATCH, **QUEUE)
    store = MemoryStore()
    rows: Any = [{"number": str(n), "amount": "1", "protected": None} for n in range(20)]
    application = Application(clock=lambda: 0.0, tables={"app.cases.list": rows})
    both = await asyncio.gather(*(perform(process, application, store) for _ in range(2)))
    assert sum(len(outcome.items) for outcome in both) == len(application.notes) == 20
    assert [outcome.left + outcome.unhandled for outcome in both] == [[], []]


async def test_items_of_another_period_are_left_alone_and_told(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2")
    application = Application(clock=store.clock)
    december = new_job(process, day=date(2022, 12, 1))
    watch = Watch()
    outcome = await perform(process, application, store, job=december, watch=watch)
    assert (outcome.items, outcome.left, application.notes) == ([], ["1", "2"], [])
    assert any("2 items" in message for _, message in watch.logs)
    october = await perform(process, application, store, job=new_job(process, day=date(2022, 10, 31)))
    assert (october.items, october.left) == ([], [])
    assert len((await perform(process, application, store)).items) == 2


async def test_items_of_a_process_without_a_period_wait_for_any_day(tmp_path: Path) -> None:
    process = replace(define(tmp_path, OPEN, **QUEUE), period=None)
    store = QuickStore()
    add(store, process, "1")
    outcome = await perform(process, Application(), store, job=new_job(process, day=date(2022, 12, 24)))
    assert only(outcome).status == "successful"


async def test_what_an_early_stop_did_not_reach_is_known(tmp_path: Path) -> None:
    process = with_attempts(define(tmp_path, "- throw: SE4", **QUEUE), 1)
    store = QuickStore()
    add(store, process, *"1234")
    outcome = await perform(process, Application(), store, options=Options(max_consecutive_failures=2))
    assert (outcome.status, outcome.unhandled, outcome.left) == ("faulted", ["3", "4"], [])
    outcome = await perform(process, Application(), store, options=Options(reference="4", limit=1))
    assert outcome.unhandled == []


async def test_when_the_dispatch_fails_everything_that_waits_is_not_reached(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, dispatch="- throw: BE1", **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    store.clock.now += 60
    outcome = await perform(process, Application(), store)
    assert (outcome.status, outcome.unhandled, outcome.left) == ("faulted", ["1"], [])


# --- one item


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("12", r"there is no item '12'. Did you mean '1' or '2'\?"),
        ("11/2022-10", "is of 2022-10; choose its period with --date"),
        ("9", "the dispatch leaves it out now; --only process takes it"),
    ],
)
async def test_an_item_that_this_job_does_not_have_is_refused(
    tmp_path: Path, reference: str, says: str
) -> None:
    process = define(tmp_path, WRITE, dispatch=DISPATCH, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "9")
    job = new_job(process)
    store.start_job(job)
    store.add_item(job.space, NewItem("11/2022-10", "", {"number": "11"}, "2022-10"), job.id)
    store.clock.now += 60
    application = Application(clock=store.clock, tables={"app.cases.list": CASES})
    robot = performer(process, application, store, watch=watch, options=Options(reference=reference))
    with pytest.raises(UsageError, match=says):
        await robot.run()
    assert (robot.outcome.status, application.notes) == ("faulted", [])
    assert not any(reference in message for _, message in watch.logs)


async def test_an_item_that_is_done_is_no_mistake(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, dispatch=DISPATCH, **QUEUE)
    store = QuickStore()
    application = Application(clock=store.clock, tables={"app.cases.list": CASES})
    for handled in (1, 0):
        outcome = await perform(process, application, store, options=Options(reference="1"))
        assert (outcome.status, len(outcome.items)) == ("successful", handled)


@pytest.mark.parametrize(
    "step", ["throw: BE1", "assign: {a: 1 / 0}", "{check_true: {condition: 1 == 2, otherwise: held}}"]
)
async def test_a_dispatch_that_cannot_go_on_stops_the_job(tmp_path: Path, step: str) -> None:
    process = define(tmp_path, OPEN, dispatch=f"- {step}", **QUEUE)
    outcome = await perform(process, Application())
    assert (outcome.status, outcome.items) == ("faulted", [])
    assert re.search(r"\(step at .*test\.yaml:\d+:\d+\)$", outcome.reason)
    assert "Exception" not in outcome.reason
    assert ("BE1 was thrown: Skyddad (step at " in outcome.reason) is (step == "throw: BE1")


async def test_a_business_exception_in_finish_stops_the_job_with_its_name(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, finish="- throw: BE5", **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    outcome = await perform(process, Application(), store)
    assert (outcome.status, len(outcome.items)) == ("faulted", 1)
    assert outcome.reason.startswith("BE5 was thrown: Låst (step at ")


async def test_finish_sees_what_became_of_the_items(tmp_path: Path) -> None:
    steps = """
        - assign: {n: item.number + '!'}
        - {when: item.number == '2', throw: BE1}
        - {when: item.number == '3', throw: SE4}
        """
    finish = """
        - check_true: >-
            [[i.reference, i.outcome, i.exception, i.noted, len(i.rules), i.columns.n] for i in job.items] ==
            [['1', 'successful', none, false, 0, '1!'], ['2', 'business', 'BE1', false, 0, '2!'],
            ['3', 'failed', 'SE4', false, 0, '3!']]
        """
    process = with_attempts(define(tmp_path, steps, show="n", finish=finish, **QUEUE), 1)
    store = QuickStore()
    add(store, process, "1", "2", "3")
    outcome = await perform(process, Application(), store)
    assert (outcome.status, outcome.reason) == ("successful", "")


async def test_finish_runs_once_after_all_items(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, finish="- click: app.journal.new", **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2")
    application = Application()
    await perform(process, application, store, workers=2)
    assert application.done[-1][:2] == ("click", "app.journal.new")
    assert sum(done[:2] == ("click", "app.journal.new") for done in application.done) == 1


LIST = """
    - type_into: {target: app.cases.open, text: enheten}
    - once: app.write_note
      key: [job.id]
      with: {text: "${{ join([i.reference for i in job.items]) }}"}
"""


async def test_what_finish_does_once_is_done_once_also_by_the_next_job(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, finish=LIST, **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2")
    application = Application(clock=store.clock, saves=["lost_after"])
    first = new_job(process)
    assert (await perform(process, application, store, job=first)).status == "faulted"
    store.clock.now += 3600
    assert (await perform(process, application, store, job=new_job(process))).status == "successful"
    assert [note.text for note in application.journal("enheten")] == ["1, 2"]
    add(store, process, "3")
    await perform(process, application, store, job=new_job(process))  # a new end, with what is new
    assert [note.text for note in application.journal("enheten")] == ["1, 2", "3"]


async def test_finish_sees_what_a_job_handled_that_did_not_come_to_its_end(tmp_path: Path) -> None:
    steps = "- {when: item.number == '2', throw: SE4}\n" + OPEN
    process = with_attempts(define(tmp_path, steps, finish=LIST, **QUEUE), 1)
    store = QuickStore()
    add(store, process, "1", "2", "3")
    application = Application(clock=store.clock)
    options = Options(max_consecutive_failures=1)
    assert (await perform(process, application, store, options=options)).status == "faulted"
    assert application.journal("enheten") == []
    await perform(process, application, store)
    assert [note.text for note in application.journal("enheten")] == ["1, 2, 3"]


async def test_what_finish_leaves_in_doubt_is_a_persons(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, finish=LIST, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    job = new_job(process)
    outcome = await perform(process, Application(clock=store.clock, saves=["changed"]), store, job=job)
    assert outcome.status == "faulted"
    (held,) = store.items(job.space.beside("finish"))
    assert (held.reference, held.status) == (job.id, "held")


async def test_only_process_knows_how_many_items_are_open(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, dispatch=DISPATCH, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1", "2", "3")
    await perform(process, Application(), store, watch=watch, options=Options(only=frozenset({"process"})))
    assert (watch.total, len(watch.items)) == (3, 3)


async def test_limit_is_a_number_of_items_not_of_executions(tmp_path: Path) -> None:
    process = define(tmp_path, CLICK, **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2", "3")
    application = failing(SystemException("500"), times=2)
    outcome = await perform(process, application, store, options=Options(limit=2))
    assert [item.status for item in outcome.items] == ["successful", "successful"]


async def test_a_single_item_is_retried_too(tmp_path: Path) -> None:
    process = define(tmp_path, CLICK, **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2")
    outcome = await perform(
        process, failing(SystemException("500"), 2), store, options=Options(reference="2")
    )
    assert [(item.reference, item.status) for item in outcome.items] == [("2", "successful")]


async def test_a_failed_item_that_is_added_again_is_reopened(tmp_path: Path) -> None:
    process = define(tmp_path, CLICK, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    assert only(await perform(process, failing(SystemException("500")), store)).status == "failed"
    add(store, process, "1")
    assert only(await perform(process, Application(), store)).status == "successful"


# --- rehearsal


async def test_a_rehearsal_writes_nothing_reports_everything_and_does_not_count(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, dispatch=DISPATCH, **QUEUE)
    store = QuickStore()
    application = Application(clock=store.clock, tables={"app.cases.list": CASES})
    job = new_job(process, rehearsal=True)
    outcome = await perform(process, application, store, job=job)
    assert [e["content"] for e in outcome.summary.effects] == [
        {"text": "Kontroll av 1"},
        {"text": "Kontroll av 2"},
    ]
    assert (outcome.summary.written, application.notes) == (0, [])
    live = await perform(process, application, store)
    assert (live.summary.written, live.summary.already_done) == (2, 0)


# --- several workers


async def test_workers_share_the_items_and_each_is_done_once(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE)
    store = MemoryStore()
    numbers = [str(n) for n in range(30)]
    add(store, process, *numbers)
    application = Application(clock=lambda: 0.0)
    sessions = [FakeSessions(application) for _ in range(3)]
    outcome = await perform(process, application, store, sessions=sessions)
    assert sorted(note.case for note in application.notes) == sorted(numbers)
    assert outcome.summary.written == 30
    assert all(worker.opened for worker in sessions)


async def test_two_jobs_at_once_never_work_in_the_same_case(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE)
    store = MemoryStore()
    add(store, process, *"123456789")
    application = Application(clock=lambda: 0.0)
    first, second = await asyncio.gather(
        perform(process, application, store), perform(process, application, store)
    )
    assert len(first.items) + len(second.items) == 9
    assert len(application.notes) == 9


# --- interruption


class Holding(Gate):
    """Holds the robot at a click until it may go on."""

    def __init__(self, what: str) -> None:
        self.what, self.there, self.go = what, asyncio.Event(), asyncio.Event()

    async def session(self, what: str) -> None:
        if what == self.what and not self.go.is_set():
            self.there.set()
            await self.go.wait()


async def test_stop_finishes_the_items_under_way_and_takes_no_more(tmp_path: Path) -> None:
    process = define(tmp_path, CLICK, finish="- throw: BE1", **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2", "3")
    gate = Holding("clicking app.journal.new")
    robot = performer(process, Application(), store, gate=gate)
    running = asyncio.create_task(robot.run())
    await settled_event(gate.there)
    robot.stop()
    gate.go.set()
    outcome = await running
    assert (outcome.status, [item.reference for item in outcome.items]) == ("interrupted", ["1"])
    assert outcome.unhandled == ["2", "3"]
    assert [item.status for item in stored(store, process).values()] == ["successful", "new", "new"]


async def test_cancelling_gives_the_items_under_way_back(tmp_path: Path) -> None:
    process = define(tmp_path, CLICK, **QUEUE)
    store = MemoryStore()
    add(store, process, "1", "2", "3")
    gate = Holding("clicking app.journal.new")
    application = Application()
    sessions = [FakeSessions(application, gate), FakeSessions(application, gate)]
    robot = performer(process, application, store, sessions=sessions)
    running = asyncio.create_task(robot.run())
    await settled_event(gate.there)
    running.cancel()
    outcome = await running
    assert (outcome.status, outcome.items) == ("interrupted", [])
    assert outcome.unhandled == ["1", "2", "3"]
    assert [(i.status, i.attempts) for i in stored(store, process).values()] == [("new", 0)] * 3
    assert all(each.closed for each in sessions)


async def test_stop_does_not_wait_for_an_application_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (600.0, 600.0, 600.0))
    process = define(tmp_path, OPEN, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1")
    robot = performer(process, Application(refuses=99), store, watch=watch)
    running = asyncio.create_task(robot.run())
    while not watch.logs:
        await asyncio.sleep(0)
    robot.stop()
    outcome = await asyncio.wait_for(running, 30)
    assert (outcome.status, outcome.items) == ("interrupted", [])
    assert stored(store, process)["1"].status == "new"


# --- leases and crashes


async def test_who_has_lost_the_lease_does_nothing_more_and_the_job_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LEASE", 0.03)
    process = define(tmp_path, CLICK, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1", "2")
    gate = Holding("clicking app.journal.new")
    application = Application()
    sessions = FakeSessions(application, gate)
    robot = performer(process, application, store, watch=watch, sessions=[sessions])
    running = asyncio.create_task(robot.run())
    await settled_event(gate.there)
    store.clock.now += 100
    thief = store.claim(robot.job.space, "another", new_job_in(store, process), 10**6, NOVEMBER)
    assert thief is not None
    while not any("lease was lost" in message for _, message in watch.logs):
        await asyncio.sleep(0.001)
    gate.go.set()
    store.release(thief)
    outcome = await running
    assert outcome.status == "successful"
    assert sorted(item.reference for item in outcome.items) == ["1", "2"]
    assert sessions.closed >= 1
    assert sum(done[:2] == ("click", "app.journal.new") for done in application.done) == 2


def new_job_in(store: MemoryStore, process: Any) -> str:
    job = new_job(process)
    store.start_job(job)
    return job.id


async def test_a_heartbeat_outlives_a_store_that_fails_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LEASE", 0.01)
    process = define(tmp_path, CLICK, **QUEUE)
    store, watch = QuickStore(), Watch()
    add(store, process, "1")
    gate = Holding("clicking app.journal.new")
    renewed = threading.Event()

    class Failing(Gate):
        failures = 2

        def store(self, what: str) -> None:
            if what == "before renew" and self.failures:
                self.failures -= 1
                raise OSError("disk I/O error")
            if what == "after renew":
                renewed.set()

    robot = performer(process, Application(), Gated(store, Failing()), watch=watch, gate=gate)
    running = asyncio.create_task(robot.run())
    await settled_event(gate.there)
    await asyncio.to_thread(renewed.wait, 10)
    gate.go.set()
    assert only(await running).status == "successful"
    assert sum("could not be renewed" in message for _, message in watch.logs) == 2


async def test_a_store_that_cannot_settle_faults_the_job_and_does_not_hang_it(tmp_path: Path) -> None:
    process = define(tmp_path, OPEN, **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2")

    class Full(Gate):
        def store(self, what: str) -> None:
            if what == "before settle":
                raise OSError("no space left on device")

    outcome = await perform(process, Application(), Gated(store, Full()), workers=2)
    assert outcome.status == "faulted"
    assert "no space left" in outcome.reason


async def test_an_unforeseen_error_in_a_step_fails_the_item_only(tmp_path: Path) -> None:
    process = with_attempts(define(tmp_path, CLICK, **QUEUE), 1)
    store = QuickStore()
    add(store, process, "1", "2")
    outcome = await perform(process, failing(KeyError("oväntat"), 1), store)
    assert outcome.status == "successful"
    assert [(item.reference, item.status) for item in outcome.items] == [("1", "failed"), ("2", "successful")]


async def test_a_new_run_goes_on_where_a_dead_one_stopped(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE)
    store = QuickStore()
    add(store, process, "1", "2", "3")
    application = Application(clock=store.clock)
    await perform(process, application, store, options=Options(limit=1))
    dead = store.claim(new_job(process).space, "dead", new_job_in(store, process), 60.0, NOVEMBER)
    assert dead is not None
    outcome = await perform(process, application, store)
    assert sorted(item.reference for item in outcome.items) == ["2", "3"]
    assert len(application.notes) == 3


# --- once, as the table of language.md says


async def test_what_stands_there_already_is_success_or_the_named_exception(tmp_path: Path) -> None:
    for present, status in (("", "successful"), ("      if_present: BE7\n", "business")):
        process = define(tmp_path / (status), WRITE.replace("      save_as: note\n", present), **QUEUE)
        store = QuickStore()
        add(store, process, "1")
        application = Application(clock=store.clock)
        application.save("1", "Kontroll av 1\r\n", "ok")
        outcome = await perform(process, application, store)
        assert only(outcome).status == status
        assert (outcome.summary.written, len(application.notes)) == (0, 1)


async def test_what_the_robot_wrote_itself_is_not_already_present(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE.replace("save_as: note", "if_present: BE7"), **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = Application(clock=store.clock, saves=["error_after"])
    outcome = await perform(process, application, store)
    assert only(outcome).status == "successful"
    assert (outcome.summary.written, len(application.notes)) == (1, 1)


async def test_no_step_goes_on_after_something_was_sent(tmp_path: Path) -> None:
    """Neither try, retry nor continue_on_error: the item is looked at again, from its beginning."""
    steps = (
        OPEN
        + """
- try:
    - once: app.write_note
      key: [item.reference]
      with: {text: Kontroll}
  catch:
    system: [return: Sväljs]
    business: [return: Sväljs]
"""
    )
    process = define(tmp_path, steps, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = Application(clock=store.clock, saves=["late"])
    result = only(await perform(process, application, store))
    assert (result.status, result.reason, len(application.notes)) == ("successful", "", 1)


async def test_a_locked_case_with_something_unconfirmed_is_not_just_listed(tmp_path: Path) -> None:
    process = define(tmp_path, WRITE, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = Application(clock=store.clock, saves=["error_before"])

    def lock(session: FakeSession) -> None:
        application.shown["app.journal.locked"] = "Låst"

    application.on_click["app.journal.save"] = lock
    result = only(await perform(process, application, store))
    assert result.status == "held"


@pytest.mark.parametrize(("days", "status"), [(1, "successful"), (3, "held")])
async def test_what_was_sent_in_an_earlier_period_is_held(tmp_path: Path, days: int, status: str) -> None:
    """verify looks at this period only: what it does not see may stand in the last one."""
    process = define(tmp_path, WRITE, **QUEUE)
    clock = Clock()
    store = MemoryStore(clock)
    add(store, process, "1")
    application = Application(clock=clock, saves=["error_after"])
    robot = performer(process, application, store, job=new_job(process, day=date(2022, 11, 2)))
    application.on_click["app.journal.save"] = lambda session: robot.stop()
    await robot.run()
    clock.now += days * 86_400
    later = new_job(process, day=date(2022, 11, 3))
    outcome = await perform(process, application, store, job=later)
    assert (only(outcome).status, len(application.notes)) == (status, 1)


async def test_the_period_of_what_was_sent_is_that_of_its_job(tmp_path: Path) -> None:
    """The dates of jobs may pass faster than the clock, as over a case system with a day of its own."""
    process = define(tmp_path, WRITE, **QUEUE)
    store = QuickStore()
    add(store, process, "1")
    application = Application(clock=store.clock, saves=["error_after"])
    robot = performer(process, application, store)
    application.on_click["app.journal.save"] = lambda session: robot.stop()
    await robot.run()
    later = new_job(process, day=date(2022, 12, 1))
    store.start_job(later)
    store.add_item(later.space, NewItem("1", "1", {"number": "1"}, "2022-12"), later.id)
    outcome = await perform(process, application, store, job=new_job(process, day=date(2022, 12, 1)))
    assert (only(outcome).status, len(application.notes)) == ("held", 1)


@pytest.mark.parametrize(("period", "first"), [
    ("month", date(2022, 11, 1)), ("week", date(2022, 11, 14)), ("day", date(2022, 11, 16)),
    (None, date(2022, 11, 16)),
])  # fmt: skip
def test_a_period_starts_on_its_first_day(period: Any, first: date) -> None:
    assert period_start(period, date(2022, 11, 16)) == first


# --- items through the store

FIELDS = {
    "day": DATE, "month": MONTH, "n": INTEGER, "sum": MONEY, "share": PERCENT, "wait": DURATION,
    "text": TEXT, "gone": TEXT.or_none(), "days": list_of(DATE),
    "rows": table_of({"day": DATE, "sum": MONEY}),
}  # fmt: skip


def test_an_items_fields_come_back_as_they_were() -> None:
    given = {
        "day": date(2022, 11, 1), "month": Month(2022, 11), "n": 3, "sum": Decimal("1234.50"),
        "share": Decimal("0.12"), "wait": timedelta(minutes=90), "text": " 0012 ",
        "days": (date(2022, 1, 2),), "yes": True,
        "rows": (Record(day=date(2022, 1, 2), sum=Decimal("1.10")),),
    }  # fmt: skip
    back = from_store(FIELDS, to_store(FIELDS, given))
    assert back == {**given, "gone": None}
    assert back["yes"] is True


def test_an_unknown_field_is_never_stored() -> None:
    with pytest.raises(EvaluationError, match="'n' is unknown"):
        to_store(FIELDS, {"n": UNKNOWN})


async def test_dates_and_amounts_of_items_are_typed_in_the_process(tmp_path: Path) -> None:
    queue = "{item: {number: text, day: date, sum: money?, protected: boolean}, reference: [item.number]}"
    dispatch = """
        - add_queue_item: {number: "1", day: "${{ job.date }}", protected: "${{ true }}"}
        """
    steps = "- assign: {next: 'add_months(item.day, 1)', none_: item.sum is none, p: item.protected}"
    process = define(tmp_path, steps, show="next none_ p", queue=queue, dispatch=dispatch)
    result = only(await perform(process, Application()))
    assert result.columns == {"next": date(2022, 12, 1), "none_": True, "p": True}


async def test_an_item_of_another_version_fails_alone(tmp_path: Path) -> None:
    process = define(tmp_path, "- log_message: hej", queue="{item: {day: date}, reference: [item.day]}")
    store = QuickStore()
    job = new_job(process)
    store.start_job(job)
    for day in ("i går", "2022-11-01"):
        store.add_item(job.space, NewItem(day, "", {"day": day}, job.period), job.id)
    outcome = await perform(process, Application(), store)
    statuses = {item.reference: item.status for item in outcome.items}
    assert statuses == {"2022-11-01": "successful", "i går": "failed"}


async def test_last_completed_is_the_day_of_the_last_success(tmp_path: Path) -> None:
    steps = "- assign: {senast: last_completed(item.number)}"
    process = define(tmp_path, steps, show="senast", **QUEUE)
    store = QuickStore()
    for reference, day in (("a", date(2022, 11, 1)), ("b", date(2022, 12, 1))):
        job = new_job(process, day=day)
        store.start_job(job)
        store.add_item(job.space, NewItem(reference, "1", {"number": "1"}, f"{day:%Y-%m}"), job.id)
        outcome = await perform(process, Application(), store, job=new_job(process, day=day))
    assert only(outcome).columns == {"senast": date(2022, 11, 1)}
