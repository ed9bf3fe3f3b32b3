"""Fires of triggers, over both databases: each is decided once, whoever looks, however often and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from robotfabrik.model.firing import BY_HAND, EVERY, Due, FireRow
from robotfabrik.model.work import Space
from robotfabrik.scheduling.looking import Looker
from robotfabrik.store import open_store
from robotfabrik.store.audit import AuditFilter
from tests.contract.test_store import Backend, in_threads
from tests.support.scheduling import (
    BOT,
    SPACE,
    Machine,
    add_items,
    at,
    by_hand,
    jobs,
    one_trigger,
    plan,
    rows,
    run,
    run_all,
)

DAILY = one_trigger("cron: 0 6 * * *")
DAILY_ONCE = one_trigger("cron: 0 6 * * *\nmisfire: run_once")


@pytest.fixture
def opened(database: Backend) -> Iterator[Any]:
    with database.open() as store:
        yield store


def started(found: list[FireRow]) -> list[str]:
    return [row.key for row in found if row.outcome == "started"]


# --- a fire, a row, a job


def test_a_fire_that_is_due_starts_a_job_and_is_a_row(opened: Any) -> None:
    given = "arguments: {rehearse: true, limit: 5, workers: 2}"
    machine = Machine(opened, one_trigger(f"cron: 0 6 * * *\n{given}"))
    assert machine.look("2026-11-02 05:00", "2026-11-02 05:59:59") == []
    (row,) = machine.look("2026-11-02 06:00:01")
    assert (row.trigger, row.bot, row.outcome, row.why) == ("t", BOT, "started", "")
    assert (row.due, row.decided_at, row.by) == (
        at("2026-11-02 06:00").timestamp(), at("2026-11-02 06:00:01").timestamp(), "one",
    )  # fmt: skip
    (record,) = jobs(opened)
    job = record.job
    assert (record.status, job.id, job.bot, job.trigger, job.started_by) == (
        "pending", row.job, BOT, "t", "trigger t",
    )  # fmt: skip
    assert job.arguments == ("--date=2026-11-02", "--rehearse", "--workers=2", "--limit=5")
    assert job.space == Space("test", "default", "small", job.id)
    assert machine.look("2026-11-02 06:00:01", "2026-11-02 06:00:06", "2026-11-02 23:00") == []
    assert rows(opened) == [("2026-11-02T06:00", "started", "")]
    told = list(opened.audit_rows(AuditFilter(action="trigger")))
    assert [(one.action, one.subject, one.by, one.bot) for one in told] == [
        ("trigger.fired", "t", "trigger t", BOT)
    ]
    assert list(opened.verify_audit()) == []


def test_a_new_trigger_fires_nothing_of_the_past(opened: Any) -> None:
    machine = Machine(opened, DAILY_ONCE)
    assert machine.look("2026-11-02 06:00:30", "2026-11-02 06:00:40", "2026-11-02 07:00") == []
    assert started(machine.look("2026-11-03 06:00")) == ["2026-11-03T06:00"]


def test_one_that_comes_back_is_new(opened: Any) -> None:
    machine = Machine(opened, DAILY_ONCE)
    machine.look("2026-11-02 05:00")
    machine.looker = machine.looker.follow(plan("triggers: []"), at("2026-11-02 05:10"))
    assert machine.look("2026-11-02 06:10") == []
    machine.looker = machine.looker.follow(DAILY_ONCE, at("2026-11-03 07:00"))
    assert machine.look("2026-11-03 07:00", "2026-11-03 08:00") == []
    assert started(machine.look("2026-11-04 06:00")) == ["2026-11-04T06:00"]


def test_one_that_was_taken_out_while_nobody_looked_is_new_too(opened: Any) -> None:
    machine = Machine(opened, one_trigger("interval: 1h\nanchor: 2026-11-02 06:00\nmisfire: run_once"))
    machine.look("2026-11-02 05:00")
    other = Machine(opened, plan("triggers: []"))
    other.looker.begin(at("2026-11-02 08:10"))
    assert "t" not in opened.fires.standings()
    machine.restart()
    machine.looker.begin(at("2026-11-02 09:10"))
    assert machine.look("2026-11-02 09:10", "2026-11-02 09:11") == []
    machine.restart()
    machine.looker.begin(at("2026-11-02 10:10"))  # it is in the schedule, and stays known
    assert len(machine.look("2026-11-02 10:10")) == 1


def test_a_new_time_counts_from_when_this_service_knows_it(opened: Any) -> None:
    """Although a service with the older schedule has looked further."""
    old, new = Machine(opened, DAILY), Machine(opened, DAILY, "two")
    for machine in (old, new):
        machine.look("2026-11-02 08:00")
    new.looker = new.looker.follow(one_trigger("cron: 0 9 * * *"), at("2026-11-02 08:59:50"))
    new.look("2026-11-02 08:59:55")
    old.look("2026-11-02 09:00:02")
    assert started(new.look("2026-11-02 09:00:03")) == ["2026-11-02T09:00"]


# --- two at once, crashes


def test_of_two_services_one_starts_the_job(database: Backend, opened: Any) -> None:
    """Threads with stores of their own, that look at the same moments."""
    schedule = one_trigger("interval: 1m\nanchor: 2026-11-02 06:00\nmax_parallel: 99")
    Machine(opened, schedule).look("2026-11-02 05:59:30")
    found: list[FireRow] = []

    def look() -> None:
        with database.open() as store:
            machine = Machine(store, schedule)
            for minute in range(8):
                found.extend(machine.look(f"2026-11-02 06:0{minute}:01"))

    in_threads(4, look)
    keys = [f"2026-11-02T05:0{minute}:00Z" for minute in range(8)]
    assert sorted(row.key for row in found) == keys
    assert sorted(key for key, outcome, _ in rows(opened) if outcome == "started") == keys
    assert len(jobs(opened)) == len({row.job for row in found}) == 8


def test_what_dies_before_the_end_has_done_nothing(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(opened, DAILY)
    machine.look("2026-11-02 05:00")

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("robotfabrik.store.fires.pending.enqueue", die)
        with pytest.raises(KeyboardInterrupt):
            machine.look("2026-11-02 06:00:01")
    assert rows(opened) == []
    assert jobs(opened) == []
    machine.restart()
    assert started(machine.look("2026-11-02 06:00:20")) == ["2026-11-02T06:00"]
    machine.restart()  # the job was never launched: it still waits, and there is no other
    assert machine.look("2026-11-02 06:00:25") == []
    assert [job.status for job in jobs(opened)] == ["pending"]


# --- the clock


def test_a_time_that_comes_twice_in_autumn_fires_once(opened: Any) -> None:
    machine = Machine(opened, one_trigger("cron: 30 2 * * *\nmax_parallel: 9"))
    machine.every(1800, "2026-10-24 22:00", "2026-10-26 03:00")
    assert rows(opened) == [("2026-10-25T02:30", "started", ""), ("2026-10-26T02:30", "started", "")]
    assert opened.fires.rows()[1].due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()


def test_a_time_that_is_skipped_in_spring_fires_an_hour_later(opened: Any) -> None:
    machine = Machine(opened, one_trigger("cron: 30 2 * * *\nmax_parallel: 9"))
    machine.every(1800, "2026-03-28 22:00", "2026-03-30 03:00")
    assert rows(opened) == [("2026-03-29T02:30", "started", ""), ("2026-03-30T02:30", "started", "")]
    assert opened.fires.rows()[1].due == at("2026-03-29 03:30").timestamp()


def test_an_interval_is_real_time_when_the_clock_is_changed(opened: Any) -> None:
    machine = Machine(opened, one_trigger("interval: 1h\nanchor: 2026-01-01 00:00\nmax_parallel: 99"))
    machine.every(600, "2026-10-25 00:30", "2026-10-25 04:30")
    assert [key[11:16] for key, *_ in rows(opened)] == ["23:00", "00:00", "01:00", "02:00", "03:00"]


def test_a_clock_that_goes_back_fires_nothing_twice(opened: Any) -> None:
    machine = Machine(opened, DAILY)
    machine.look("2026-11-02 05:00", "2026-11-02 06:00:30")
    assert machine.look("2026-11-02 05:30", "2026-11-02 06:00", "2026-11-02 06:00:40") == []
    assert len(jobs(opened)) == 1


def test_a_clock_that_was_wrong_is_noticed(opened: Any) -> None:
    machine = Machine(opened, DAILY)
    machine.look("2026-11-02 05:00", "2031-11-02 05:00")
    machine.restart()
    machine.told.clear()
    machine.look("2026-11-02 05:30")
    assert machine.told == [
        "trigger t: looked at until 2031-11-02 04:00 UTC, which is to come: a clock was wrong"
    ]
    assert started(machine.look("2026-11-02 06:00:10")) == ["2026-11-02T06:00"]


# --- what was missed


def test_what_a_machine_slept_through_is_left_out_and_shown(opened: Any) -> None:
    machine = Machine(opened, DAILY)
    machine.look("2026-11-02 05:00")
    assert started(machine.look("2026-11-05 05:00")) == []
    missed = [(f"2026-11-0{day}T06:00", "skipped", "missed") for day in (2, 3, 4)]
    assert rows(opened) == missed
    machine.look("2026-11-05 06:00")
    assert rows(opened) == [*missed, ("2026-11-05T06:00", "started", "")]


def test_one_job_stands_for_all_that_was_missed(opened: Any) -> None:
    machine = Machine(opened, DAILY_ONCE)
    machine.look("2026-11-02 05:00")
    machine.restart()
    machine.look("2026-11-05 05:00")
    (job,) = jobs(opened)
    assert job.job.arguments == ("--date=2026-11-05",)  # it runs as the day on which it starts
    assert rows(opened) == [
        ("2026-11-02T06:00", "joined", "missed"), ("2026-11-03T06:00", "joined", "missed"),
        ("2026-11-04T06:00", "started", "missed"),
    ]  # fmt: skip
    assert {row.job for row in opened.fires.rows()} == {job.job.id}


def test_the_newest_fire_is_the_one_that_was_due_last(opened: Any) -> None:
    """Although others are decided on after it."""
    keys = "interval: 1h\nanchor: 2026-11-02 06:00\nblackout: 07:30-09:00\nmisfire: run_once"
    machine = Machine(opened, one_trigger(keys))
    machine.look("2026-11-02 07:20", "2026-11-02 09:00")
    assert [row.outcome for row in opened.fires.rows()] == ["joined", "started"]
    newest = opened.fires.newest()["t"]
    assert (newest.key, newest.outcome) == ("2026-11-02T08:00:00Z", "started")


def test_the_planned_day_is_the_day_of_the_job(opened: Any) -> None:
    keys = "cron: 0 6 1 * *\non_holiday: next\nmisfire: run_once\narguments: {date: planned}"
    machine = Machine(opened, one_trigger(keys))
    machine.look("2026-10-30 12:00", "2026-11-04 12:00")  # the first of November is a Sunday
    assert [job.job.arguments for job in jobs(opened)] == [("--date=2026-11-01",)]


def test_nobody_looks_back_further_than_a_month(opened: Any) -> None:
    machine = Machine(opened, DAILY)
    machine.look("2026-06-01 12:00", "2026-11-02 12:00")
    keys = [key for key, *_ in rows(opened)]
    assert (keys[0], len(keys)) == ("2026-10-03T06:00", 31)
    assert machine.told == [
        "trigger t: nobody looked since 2026-06-01: what was due more than 31 days ago is not decided on"
    ]


def test_a_minute_late_is_on_time(opened: Any) -> None:
    machine = Machine(opened, DAILY)
    machine.look("2026-11-02 05:59:59")
    assert started(machine.look("2026-11-02 06:00:59")) == ["2026-11-02T06:00"]


# --- what keeps a fire from starting


@pytest.mark.parametrize(
    ("misfire", "then"),
    [
        ("skip", [("skipped", "max_parallel"), ("skipped", "max_parallel")]),
        ("run_once", [("joined", "max_parallel"), ("started", "max_parallel")]),
    ],
)
def test_no_more_jobs_than_max_parallel(opened: Any, misfire: str, then: list[tuple[str, str]]) -> None:
    schedule = one_trigger(f"interval: 1h\nanchor: 2026-11-02 06:00\nmax_parallel: 2\nmisfire: {misfire}")
    machine = Machine(opened, schedule)
    machine.look(*(f"2026-11-02 {hour:02}:00" for hour in range(5, 10)))
    assert [(job.job.date.day, job.status) for job in jobs(opened)] == [(2, "pending")] * 2
    run(opened, jobs(opened)[0].job.id, "running")
    machine.look("2026-11-02 09:10")
    run(opened, jobs(opened, "pending")[0].job.id)
    machine.look("2026-11-02 09:20")
    assert [row[1:] for row in rows(opened)] == [("started", ""), ("started", ""), *then]
    assert len(jobs(opened)) == (3 if misfire == "run_once" else 2)


@pytest.mark.parametrize("misfire", ["skip", "run_once"])
def test_nothing_starts_in_a_blackout(opened: Any, misfire: str) -> None:
    keys = f"interval: 1h\nanchor: 2026-11-02 06:00\nblackout: 07:30-10:30\nmisfire: {misfire}"
    machine = Machine(opened, one_trigger(keys))
    machine.look("2026-11-02 07:20")
    machine.every(300, "2026-11-02 07:25", "2026-11-02 10:25")
    outcome = "skipped" if misfire == "skip" else "waiting"
    assert [row[1:] for row in rows(opened)] == [(outcome, "blackout")] * 3
    machine.restart()
    machine.look("2026-11-02 10:30")
    run_all(opened)
    machine.look("2026-11-02 11:00")
    joined = [("skipped", "blackout")] * 3
    if misfire == "run_once":
        joined = [("joined", "blackout"), ("joined", "blackout"), ("started", "blackout")]
    assert [row[1:] for row in rows(opened)] == [*joined, ("started", "")]


def test_what_is_on_time_takes_what_has_waited_with_it(opened: Any) -> None:
    keys = "interval: 1h\nanchor: 2026-11-02 06:00\nblackout: 07:30-09:00\nmisfire: run_once"
    machine = Machine(opened, one_trigger(keys))
    machine.look("2026-11-02 07:20", "2026-11-02 08:00", "2026-11-02 09:00")
    assert [row[1:] for row in rows(opened)] == [("started", ""), ("joined", "blackout")][::-1]


def test_what_waits_is_left_out_when_the_schedule_says_so_by_then(opened: Any) -> None:
    keys = "cron: 0 6 * * *\nblackout: 05:30-07:00\nmisfire: run_once"
    machine = Machine(opened, one_trigger(keys))
    machine.look("2026-11-02 05:00", "2026-11-02 06:00")
    machine.looker = machine.looker.follow(
        one_trigger(keys.replace("run_once", "skip")), at("2026-11-02 06:30")
    )
    machine.look("2026-11-02 07:00")
    assert rows(opened) == [("2026-11-02T06:00", "skipped", "blackout")]


# --- what people do


def test_a_paused_trigger_starts_nothing(opened: Any) -> None:
    machine = Machine(opened, one_trigger("cron: 0 6 * * *\nblackout: 05:30-06:30\nmisfire: run_once"))
    machine.look("2026-11-02 05:00", "2026-11-02 06:00")
    assert rows(opened) == [("2026-11-02T06:00", "waiting", "blackout")]
    assert opened.fires.pause("t", "Eva Ek", "fel i systemet", at("2026-11-02 06:10"))
    assert not opened.fires.pause("t", "Bo", "", at("2026-11-02 06:11"))
    machine.look("2026-11-02 07:00", "2026-11-03 06:00")
    assert rows(opened) == [(f"2026-11-0{day}T06:00", "skipped", "paused") for day in (2, 3)]
    assert opened.fires.resume("t", "Eva Ek", "", at("2026-11-03 07:00"))
    assert not opened.fires.resume("t", "Eva Ek", "", at("2026-11-03 07:00"))
    machine.look("2026-11-04 06:00", "2026-11-04 07:00")
    assert rows(opened)[-1] == ("2026-11-04T06:00", "started", "blackout")
    told = list(opened.audit_rows(AuditFilter(action="trigger")))
    assert [(one.action, one.by) for one in told] == [
        ("trigger.paused", "Eva Ek"), ("trigger.resumed", "Eva Ek"), ("trigger.fired", "trigger t"),
    ]  # fmt: skip
    assert opened.open_audit_content(told[0].seq, "Bo")[1] == {"note": "fel i systemet"}


def test_all_may_be_paused(opened: Any) -> None:
    assert opened.fires.pause(EVERY, "Eva Ek", "", at("2026-11-01 06:10"))
    machine = Machine(opened, DAILY)
    machine.look("2026-11-02 05:00", "2026-11-02 06:00")
    assert rows(opened) == [("2026-11-02T06:00", "skipped", "paused")]
    assert opened.fires.resume(EVERY, "Eva Ek", "", at("2026-11-02 07:00"))
    assert started(machine.look("2026-11-03 06:00")) == ["2026-11-03T06:00"]


@pytest.mark.parametrize("name", ["t", EVERY])
@pytest.mark.parametrize("misfire", ["skip", "run_once"])
def test_a_pause_counts_also_when_nobody_looked_while_it_lasted(
    opened: Any, name: str, misfire: str
) -> None:
    """06:00 waits when it begins, 07:00 to 09:00 come due meanwhile, and 10:00 after it."""
    keys = f"interval: 1h\nanchor: 2026-11-02 06:00\nmisfire: {misfire}\nblackout: 05:30-06:05"
    machine = Machine(opened, one_trigger(keys))
    machine.look("2026-11-02 05:40", "2026-11-02 06:00:01")
    opened.fires.pause(name, "Eva Ek", "", at("2026-11-02 06:00:02"))
    opened.fires.resume(name, "Eva Ek", "", at("2026-11-02 08:00"))
    opened.fires.pause(name, "Eva Ek", "", at("2026-11-02 08:30"))
    opened.fires.resume(name, "Eva Ek", "", at("2026-11-02 09:30"))
    machine.restart()
    machine.look("2026-11-02 10:00:02")
    waited = ("2026-11-02T05:00:00Z", "skipped", "blackout" if misfire == "skip" else "paused")
    missed = ("skipped" if misfire == "skip" else "joined", "missed")
    assert sorted(rows(opened)) == [
        waited, ("2026-11-02T06:00:00Z", "skipped", "paused"), ("2026-11-02T07:00:00Z", *missed),
        ("2026-11-02T08:00:00Z", "skipped", "paused"), ("2026-11-02T09:00:00Z", "started", ""),
    ]  # fmt: skip
    assert len(jobs(opened)) == 1


def test_a_person_may_fire_at_any_time(opened: Any) -> None:
    machine = Machine(opened, DAILY)
    machine.look("2026-11-02 05:00")
    opened.fires.pause("t", "Eva Ek", "", at("2026-11-02 05:10"))
    now = at("2026-11-02 05:20")
    trigger = machine.plan.schedule.triggers[0]
    due = Due("by hand 1", now, machine.plan.today(now))
    row = opened.fires.fire("t", due, machine.plan.job(trigger, due, now, "Eva Ek"), "Eva Ek")
    assert (row.outcome, row.by, row.key) == ("started", "Eva Ek", "by hand 1")
    (record,) = jobs(opened, "pending")
    assert (record.job.trigger, record.job.started_by) == ("t", "Eva Ek")
    assert [one.by for one in opened.audit_rows(AuditFilter(action="trigger.fired"))] == ["Eva Ek"]


# --- after another bot


def test_the_end_of_another_bots_job_starts_one(opened: Any) -> None:
    """Times of jobs are the database's: this test lives now."""
    machine = Machine(opened, one_trigger("after: {bot: other, status: [successful, faulted], delay: 10m}"))
    by_hand(opened, "before", bot="other")
    opened.end_job("before", "successful", {})
    machine.look(datetime.now(UTC))
    for id, space, status in (
        ("right", SPACE, "successful"), ("wrong", SPACE, "interrupted"),
        ("trying", Space("test", "default", "small", "trying"), "successful"), ("broken", SPACE, "faulted"),
        ("takes back", SPACE.beside("retract"), "successful"),
    ):  # fmt: skip
        by_hand(opened, id, space, "other")
        opened.end_job(id, status, {})
    opened.end_job(by_hand(opened, "own").id, "successful", {})
    soon = datetime.now(UTC)
    machine.look(soon + timedelta(minutes=9))
    assert rows(opened) == []
    machine.look(soon + timedelta(minutes=10, seconds=10))
    run_all(opened)
    machine.look(soon + timedelta(minutes=10, seconds=20))
    assert [key for key, *_ in rows(opened)] == ["right", "broken"]
    assert [row[1:] for row in rows(opened)] == [("started", ""), ("skipped", "max_parallel")]


# --- new items


def test_new_items_start_their_bot(opened: Any) -> None:
    machine = Machine(opened, one_trigger("queue: {items: 2}"))
    hand = by_hand(opened, "hand")
    now = datetime.now(UTC)
    add_items(opened, hand, "a", "b", "c")
    machine.look(now, now + timedelta(seconds=5))
    assert jobs(opened, "pending") == []  # its bot is at work
    opened.end_job("hand", "successful", {})
    machine.look(now + timedelta(seconds=10), now + timedelta(seconds=15))
    (first,) = jobs(opened, "pending")
    run(opened, first.job.id, "faulted")
    machine.look(now + timedelta(seconds=20))  # nothing has changed: it would fault again
    assert jobs(opened, "pending") == []
    add_items(opened, hand, "d")
    machine.look(now + timedelta(seconds=25))
    run_all(opened)
    machine.look(now + timedelta(minutes=29))
    assert jobs(opened, "pending") == []
    machine.look(now + timedelta(minutes=31))
    assert len(jobs(opened, "pending")) == 1


def test_a_fire_by_hand_does_not_make_the_trigger_forget_its_last_job(opened: Any) -> None:
    machine = Machine(opened, one_trigger("queue: {items: 1}"))
    hand = by_hand(opened, "hand")
    add_items(opened, hand, "a")
    opened.end_job("hand", "successful", {})
    now = datetime.now(UTC)
    machine.look(now, now + timedelta(seconds=5))
    run_all(opened, "faulted")
    trigger = machine.plan.schedule.triggers[0]
    due = Due(f"{BY_HAND}1", now, machine.plan.today(now))
    opened.fires.fire("t", due, machine.plan.job(trigger, due, now, "Eva Ek"), "Eva Ek")
    run_all(opened, "faulted")
    machine.look(now + timedelta(seconds=10))
    assert jobs(opened, "pending") == []  # nothing has changed: it would fault again


def test_of_two_services_one_sees_the_new_items(database: Backend, opened: Any) -> None:
    schedule = one_trigger("queue: {items: 1}")
    hand = by_hand(opened, "hand")
    add_items(opened, hand, "a")
    opened.end_job("hand", "successful", {})
    now = datetime.now(UTC)
    Machine(opened, schedule).look(now)

    def look() -> None:
        with database.open() as store:
            Machine(store, schedule).look(datetime.now(UTC))

    in_threads(4, look)
    assert len(jobs(opened, "pending")) == 1


def test_an_item_that_has_waited_long_starts_its_bot(database: Backend, opened: Any) -> None:
    machine = Machine(opened, one_trigger("queue: {older_than: 2h}"))
    hand = by_hand(opened, "hand")
    add_items(opened, hand, "a")
    add_items(opened, hand, "of another period", period="2020-01")
    opened.end_job("hand", "successful", {})
    machine.look(datetime.now(UTC), datetime.now(UTC))
    assert jobs(opened, "pending") == []
    database.pass_time(2 * 3600)
    machine.look(datetime.now(UTC))
    assert len(jobs(opened, "pending")) == 1


# --- who looks


def test_services_show_that_they_live(database: Backend, opened: Any) -> None:
    opened.fires.beat("one", "server-a", 12)
    with open_store(database.url) as other:
        other.fires.beat("two", "server-b", 13)
    opened.fires.beat("one", "server-a", 12)
    opened.fires.probe()
    found = opened.fires.services()
    assert sorted((one.machine, one.pid) for one in found) == [("server-a", 12), ("server-b", 13)]
    assert all(0 <= one.silent < 60 for one in found)
    opened.fires.leave("one")
    assert [one.owner for one in opened.fires.services()] == ["two"]


def test_many_may_ask_at_once_whether_the_store_can_be_written(database: Backend, opened: Any) -> None:
    def probe() -> None:
        with database.open() as mine:
            for _ in range(10):
                mine.fires.probe()

    in_threads(6, probe)
    assert opened.fires.services() == []


def test_a_look_is_a_look_of_one_machine(opened: Any) -> None:
    assert Looker(DAILY, opened.fires, "here", lambda *_: None).look(at("2026-11-02 06:00")) == []
    assert opened.fires.standings()["t"].looked == at("2026-11-02 06:00")
