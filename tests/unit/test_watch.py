"""What is wrong now: jobs, reviews, credentials, the audit's head, as a store and what is around it tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.alerting.due import last_fires
from robotfabrik.alerting.ports import Due, Watched
from robotfabrik.alerting.watch import judged, look
from robotfabrik.model.alerts import AlertSettings, Cause
from robotfabrik.model.deployment import Decision, Release
from robotfabrik.model.source import Source, Span
from robotfabrik.model.work import Job, Space
from robotfabrik.store import SqlStore, open_store
from tests.support import schedules

SETTINGS = AlertSettings(Span(Source("alerts.yaml", ""), 1, 1))
WATCHED = Watched(SETTINGS, ("b", "c"), "here", (), gone=lambda job: job.silent > 60)
SPACE = Space("production", "default", "p")
DAY = date(2022, 11, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(tmp_path / "store.db") as store:
        yield store


def start(store: SqlStore, id: str, bot: str = "b", **more: Any) -> None:
    store.start_job(
        Job(
            id,
            bot,
            more.pop("space", SPACE),
            DAY,
            "2022-11",
            "r",
            "R",
            "eva",
            "o",
            more.pop("mode", "live"),
            machine="here",
            **more,
        )
    )


def ended(store: SqlStore, id: str, status: str, summary: dict[str, Any] | None = None, **more: Any) -> None:
    start(store, id, **more)
    store.end_job(id, status, summary or {})


def found(
    store: SqlStore, watched: Watched = WATCHED, now: datetime | None = None
) -> list[tuple[str, str, int]]:
    causes = look(watched, store, now or datetime.now(UTC))
    return [(cause.kind, cause.bot or cause.machine or cause.subject, cause.count) for cause in causes]


def age(store: SqlStore, id: str, hours: float) -> None:
    """Move a job back."""
    with store._write() as connection:
        moved = ", ".join(
            f"{name} = {name} - {hours * 3600}" for name in ("started_at", "ended_at", "seen_at")
        )
        connection.exec_driver_sql(f"UPDATE jobs SET {moved} WHERE id = '{id}'")


# --- jobs


def test_failures_in_a_row_are_one_cause_and_end_with_a_success(store: SqlStore) -> None:
    ended(store, "b-1", "successful")
    ended(store, "b-2", "faulted")
    ended(store, "b-3", "faulted", {"stopped_by": "max_consecutive_failures"})
    ended(store, "c-1", "faulted", bot="c")
    assert found(store) == [("faulted", "b", 2), ("faulted", "c", 1)]
    (cause, _) = look(WATCHED, store, datetime.now(UTC))
    assert "limits: max_consecutive_failures" in cause.what
    assert "robotfabrik jobs restart b-3" in cause.todo
    start(store, "b-4")
    assert found(store)[0] == ("faulted", "b", 2), "one that still runs says nothing"
    store.end_job("b-4", "successful", {})
    assert found(store) == [("faulted", "c", 1)]


def test_taking_back_says_nothing_of_the_bots_own_work(store: SqlStore) -> None:
    """Its own faults are told, with how it is begun again."""
    back = {"space": SPACE.beside("retract"), "arguments": ("--job=b-0",)}
    ended(store, "b-1", "faulted")
    ended(store, "b-2", "faulted", **back)
    assert found(store) == [("faulted", "b", 2)]
    (cause,) = look(WATCHED, store, datetime.now(UTC))
    assert cause.todo == "robotfabrik jobs show b-2; when its reason is gone: robotfabrik retract --job b-0"
    ended(store, "b-3", "successful", **back)
    assert found(store) == [("faulted", "b", 1)]
    ended(store, "b-4", "successful")
    assert found(store) == []
    ended(store, "b-5", "faulted", **back)
    assert found(store) == [("faulted", "b", 1)]


def test_different_ends_are_different_causes(store: SqlStore) -> None:
    ended(store, "b-1", "faulted")
    ended(store, "b-2", "faulted", {"stopped_by": "flagged_share"})
    ended(store, "b-3", "interrupted")
    assert sorted(found(store)) == [("breaker", "b", 1), ("faulted", "b", 1), ("interrupted", "b", 1)]


@pytest.mark.parametrize(("told", "untold"), [("told", False), ("owed", True), ("held", True), ("", False)])
def test_a_unit_that_may_not_know_is_mentioned(store: SqlStore, told: str, untold: bool) -> None:
    ended(store, "b-1", "faulted", {"told": told})
    (cause,) = look(WATCHED, store, datetime.now(UTC))
    assert ("give it the manual list" in cause.what) is untold


def test_what_a_person_ended_or_rehearsed_is_nobodys_concern(store: SqlStore) -> None:
    start(store, "b-1")
    store.want("b-1", "stop", "eva")
    store.end_job("b-1", "interrupted", {})
    ended(store, "b-2", "faulted", arguments=("--rehearse",), mode="rehearsal")
    assert found(store) == []
    ended(store, "b-3", "faulted", mode="rehearsal")  # the bot's own mode
    assert found(store) == [("faulted", "b", 1)]


def test_a_job_that_nobody_runs_is_told_until_another_is_successful(store: SqlStore) -> None:
    start(store, "b-1")
    assert found(store) == []
    age(store, "b-1", 1)
    assert found(store) == [("abandoned", "b", 1)]
    ended(store, "b-2", "successful")
    assert found(store) == []


@pytest.mark.parametrize("status", ["interrupted", "faulted"])
def test_what_another_machine_takes_up_is_not_told(store: SqlStore, status: str) -> None:
    ended(store, "b-1", status)
    start(store, "b-2", restart_of="b-1")
    assert found(store) == ([] if status == "interrupted" else [("faulted", "b", 1)])


# --- what was due


def due(*hours: float, rehearse: bool = False) -> Watched:
    """The bot's trigger was due so many hours ago."""
    fires = [Due("t", "b", datetime.now(UTC) - timedelta(hours=one), rehearse) for one in hours]
    return replace(WATCHED, due=lambda before: [fire for fire in fires if fire.at < before][:1])


MISSED = [("not_started", "b", 1)]


def test_what_was_due_and_did_not_begin_is_missed_after_a_while(store: SqlStore) -> None:
    assert found(store, due(0.5)) == []
    assert found(store, due(2)) == MISSED
    ended(store, "b-1", "successful")
    age(store, "b-1", 3)
    assert found(store, due(2)) == MISSED
    assert found(store, due(3)) == []
    start(store, "b-t", space=SPACE.beside("retract"))
    assert found(store, due(2)) == MISSED
    start(store, "b-2")
    assert found(store, due(2)) == []


def test_a_bot_that_is_still_at_work_is_not_missed(store: SqlStore) -> None:
    start(store, "b-1")
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE jobs SET started_at = started_at - 36000")
    assert found(store, due(2)) == []
    age(store, "b-1", 9)
    assert sorted(found(store, due(2))) == [("abandoned", "b", 1), *MISSED]


def test_a_rehearsal_is_the_run_of_a_trigger_that_rehearses(store: SqlStore) -> None:
    ended(store, "b-1", "successful", arguments=("--rehearse",), mode="rehearsal")
    assert found(store, due(2)) == MISSED
    assert found(store, due(2, rehearse=True)) == []


@pytest.mark.parametrize(
    ("keys", "before", "last"),
    [
        ("cron: 0 6 * * mon-fri", "2022-11-07 04:59", "2022-11-04 05:00"),
        ("cron: 0 6 1 * *", "2022-11-30 12:00", "2022-11-01 05:00"),
        ("cron: 0 6 1 6 *", "2022-11-30 12:00", None),
        ("interval: 30m", "2022-11-07 12:10", "2022-11-07 12:00"),
        ("cron: 0 6 * * *\nblackout: 05:00-07:00\nmisfire: run_once", "2022-11-07 12:00", "2022-11-07 06:00"),
        ("cron: 0 6 * * *\nblackout: 05:00-07:00", "2022-11-07 12:00", None),
        ("file: {folder: /srv/in}", "2022-11-07 12:00", None),
    ],
)
def test_the_last_fire_of_a_trigger(keys: str, before: str, last: str | None) -> None:
    schedule, _ = schedules.built(
        "schedule: 1\ntriggers:\n  - name: t\n    bot: b\n"
        + "".join(f"    {key}\n" for key in keys.split("\n"))
    )
    at = datetime.fromisoformat(before).replace(tzinfo=UTC)
    fires = [
        f"{fire.at:%Y-%m-%d %H:%M}" for fire in last_fires(schedule, datetime(2022, 1, 1, tzinfo=UTC), at)
    ]
    assert fires == ([] if last is None else [last])
    assert list(last_fires(schedule, at, at)) == []


# --- the rest


def test_a_review_that_is_overdue(store: SqlStore) -> None:
    release = Release({"bots/b.yaml": "bot: 1"})
    details = {"review_by": "2022-11-30"}
    for step in ("vald", "driftsatt"):
        about: dict[str, Any] = {} if step == "vald" else {"release": release.hash, "details": details}
        store.record_decision(
            Decision("b", step, "Karin", "chef", DAY, "ja", "karin", version="1.0.0", **about),  # type: ignore[arg-type]
            release,
        )
    assert found(store, now=datetime(2022, 11, 30, 12, tzinfo=UTC)) == []
    assert found(store, now=datetime(2022, 12, 1, 12, tzinfo=UTC)) == [("review", "b", 1)]


def test_a_credential_that_expires(store: SqlStore) -> None:
    days = {"robot-post": date(2022, 11, 20), "robot-x": date(2022, 10, 31), "robot-y": date(2023, 1, 1)}
    watched = replace(WATCHED, expiring=lambda by: [(n, day) for n, day in days.items() if day <= by])
    now = datetime(2022, 11, 10, 12, tzinfo=UTC)
    causes = look(watched, store, now)
    assert [(cause.subject, cause.severity) for cause in causes] == [
        ("robot-post", "warning"),
        ("robot-x", "error"),
    ]
    assert "expired on 2022-10-31" in causes[1].what


def test_a_head_that_was_not_kept(store: SqlStore) -> None:
    kept: list[date | None] = [None]
    watched = replace(WATCHED, head_kept=lambda: kept[0])
    assert found(store, watched) == []
    ended(store, "b-1", "successful")
    assert found(store, watched) == [], "it may be kept at this moment"
    later = datetime.now().astimezone() + timedelta(minutes=11)
    assert found(store, watched, later) == [("audit", "here", 1)]
    kept[0] = later.date()
    assert found(store, watched, later) == []


def test_who_may_say_that_it_is_over() -> None:
    def cause(kind: Any, **more: str) -> Cause:
        return Cause(kind, more.pop("subject", ""), "", "", **more)

    alone = replace(WATCHED, bots=("b",))
    assert judged(alone, cause("faulted", bot="b"))
    assert not judged(alone, cause("faulted", bot="c"))
    assert not judged(alone, cause("not_started", bot="b", subject="t")), "no schedule was looked at"
    assert judged(due(), cause("not_started", bot="b", subject="t"))
    assert judged(alone, cause("disk", machine="here", subject="/srv"))
    assert not judged(alone, cause("disk", machine="there", subject="/srv"))
    assert not judged(alone, cause("audit", machine="here"))
    assert not judged(alone, cause("credential", subject="robot-x"))
    assert judged(replace(alone, expiring=lambda by: []), cause("credential", subject="robot-x"))
