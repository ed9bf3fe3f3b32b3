"""Figures of what robots did, over SQLite and PostgreSQL: right, apart, and the same after retention."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from robotfabrik.model.deployment import Decision, Release
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Retention
from robotfabrik.model.records import ItemFilter
from robotfabrik.model.statistics import (
    WRONG,
    Cases,
    ExceptionFigures,
    JobTable,
    RobotFigures,
    RuleFigures,
    StatisticsFilter,
    Subject,
    Told,
)
from robotfabrik.model.work import NewItem, Selection, Settlement, Space
from robotfabrik.store.connection import connect
from tests.contract.test_store import DAY, REHEARSAL, SPACE, Backend, emptied, job

NOVEMBER = StatisticsFilter(DAY, date(2022, 11, 30), date(2021, 12, 1))
HERE = Subject("bot", "test", "default")
ELSEWHERE = Space("test", "other", "folkbokforing")
OCTOBER = date(2022, 10, 3)
ENDS: list[tuple[str, Settlement]] = [
    ("clear", Settlement("successful", rules=("BR1.1", "BR1.1"))),
    ("noted", Settlement("successful", rules=("BR1.1", "FLER", "ANDRING"), found="noted")),
    ("noted-too", Settlement("successful", rules=("FLER", "FLER"), found="noted")),
    ("known", Settlement("successful", rules=("FLER",))),
    ("dead", Settlement("business", "BE7", found="noted")),
    ("protected", Settlement("business", "BE1", found="listed")),
    ("failed", Settlement("failed", "SE2")),
    ("held", Settlement("held")),
]


def ended(store: Any, name: str, settlement: Settlement, day: date = DAY, **more: Any) -> int:
    space, job_id = more.get("space", SPACE), more.get("job_id", "job-1")
    store.add_item(space, NewItem(f"{name}/{day}", f"case-{name}", {"name": "CANARY"}), job_id)
    item = store.claim(space, "w", job_id, 600, Selection(reference=f"{name}/{day}"))
    store.settle(item, settlement, day)
    return int(item.id)


@pytest.fixture
def store(database: Backend) -> Iterator[Any]:
    with database.open() as opened:
        opened.start_job(job("job-1"))
        opened.start_job(replace(job("job-2"), date=OCTOBER, release="r0"))
        opened.start_job(job("job-r", REHEARSAL))
        opened.start_job(job("job-e", ELSEWHERE))
        for name, settlement in ENDS:
            ended(opened, name, settlement)
        ended(opened, "earlier", ENDS[0][1], OCTOBER, job_id="job-2")
        ended(opened, "tried", ENDS[1][1], space=REHEARSAL, job_id="job-r")
        ended(opened, "there", ENDS[0][1], space=ELSEWHERE, job_id="job-e")
        opened.add_item(SPACE, NewItem("open", "", {}), "job-1")
        for number, status in enumerate(("successful", "faulted", "successful", "successful")):
            opened.end_job(("job-1", "job-2", "job-r", "job-e")[number], status, {})
        yield opened


def here(store: Any, wanted: StatisticsFilter = NOVEMBER) -> RobotFigures:
    (found,) = [robot for robot in store.statistics(wanted) if robot.subject == HERE]
    assert isinstance(found, RobotFigures)
    return found


def test_each_case_is_counted_once(store: Any) -> None:
    robot = here(store)
    assert robot.cases == Cases(clear=2, noted=3, listed=1, failed=1, held=1, open=1)
    assert (robot.cases.all, robot.cases.checked) == (9, 5)
    assert (robot.cases.flagged.part, robot.cases.manual.part) == (4, 3)
    assert robot.name == "robot"
    # A case that is tried again counts as its newest try.
    (failed,) = store.find_items(ItemFilter(status="failed"))
    store.retry_item(failed.id, "Eva")
    (held,) = store.find_items(ItemFilter(status="held"))
    store.settle_held(held.id, "by-hand", "Eva", "gjort")
    (opened,) = store.find_items(ItemFilter(reference="open"))
    store.delete_item(opened.id, "Eva", "fel")
    assert here(store).cases == Cases(clear=2, noted=3, listed=2, open=1)


def test_the_newest_jobs_tables_of_figures_are_shown(store: Any) -> None:
    def shown(job_id: str, space: str, day: date, antal: int) -> None:
        store.start_job(replace(job(job_id, space), date=day))
        store.end_job(job_id, "successful", {"tables": {"Urval": [{"Dragna": antal}]} if antal else {}})

    assert here(store).tables == ()
    shown("job-3", SPACE, date(2022, 11, 2), 2)
    shown("job-4", SPACE, date(2022, 11, 3), 3)
    shown("job-5", SPACE, date(2022, 11, 4), 0)
    shown("job-6", REHEARSAL, date(2022, 11, 5), 4)
    assert here(store).tables == (JobTable("Urval", date(2022, 11, 3), ({"Dragna": 3},)),)


def test_rules_and_exceptions_count_cases(store: Any) -> None:
    robot = here(store)
    assert robot.rules == (
        RuleFigures("ANDRING", 1, 1), RuleFigures("BR1.1", 2, 1), RuleFigures("FLER", 3, 2),
    )  # fmt: skip
    assert [rule.named for rule in robot.rules] == [True, False, True]
    assert robot.exceptions == (
        ExceptionFigures("BE1", "business", 1, 1), ExceptionFigures("BE7", "business", 0, 1),
        ExceptionFigures("SE2", "failed", 0, 1),
    )  # fmt: skip


def test_data_sets_months_and_rehearsals_are_apart(store: Any) -> None:
    robots = store.statistics(NOVEMBER)
    assert [(r.subject.dataset, r.cases.all, r.work.rehearsals) for r in robots] == [
        ("default", 9, 1), ("other", 1, 0),
    ]  # fmt: skip
    assert [(str(m.month), m.cases.all, m.work.faults) for m in here(store).months] == [
        ("2022-10", 1, 1), ("2022-11", 9, 0),
    ]  # fmt: skip
    january = replace(NOVEMBER, last=date(2023, 1, 31))
    assert [(str(m.month), m.cases.all) for m in here(store, january).months] == [
        ("2022-10", 1), ("2022-11", 9), ("2022-12", 0), ("2023-01", 0),
    ]  # fmt: skip
    assert [r.subject for r in store.statistics(replace(NOVEMBER, dataset="default"))] == [HERE]
    assert store.statistics(replace(NOVEMBER, bot="nobody")) == []
    assert store.statistics(replace(NOVEMBER, environment="production")) == []
    autumn = here(store, replace(NOVEMBER, first=OCTOBER))
    assert (autumn.cases.all, autumn.work.jobs, autumn.work.faults) == (10, 2, 1)
    assert [(r.release, r.first, r.jobs, r.faults) for r in autumn.releases] == [
        ("r0", OCTOBER, 1, 1), ("r1", DAY, 1, 0),
    ]  # fmt: skip
    assert store.last_worked() == DAY
    assert store.last_worked("nobody") is None


def test_lead_time_and_robot_time(store: Any, database: Backend) -> None:
    database.run("UPDATE items SET settled_at = added_at + 60 * id WHERE settled_at IS NOT NULL")
    database.run("UPDATE items SET settled_at = added_at + 90000 WHERE id = 6")
    database.run("UPDATE jobs SET ended_at = started_at + 7200 WHERE id = 'job-1'")
    robot = here(store)
    assert robot.lead is not None
    assert robot.lead.count == 6  # successful and business: items 1 to 6
    assert [round(s) for s in (robot.lead.median, robot.lead.most, robot.lead.longest)] == [180, 90000, 90000]
    assert robot.lead.within_a_day == 5
    assert round(robot.work.seconds) == 7200


def test_a_job_that_ended_without_a_word_is_a_fault(store: Any, database: Backend) -> None:
    store.start_job(job("job-3"))
    assert (here(store).work.running, here(store).work.lost) == (1, 0)
    database.run("UPDATE jobs SET started_at = started_at - 9000, seen_at = started_at - 8900 "
                 "WHERE id = 'job-3'")  # fmt: skip
    work = here(store).work
    assert (work.running, work.lost, work.faults) == (0, 1, 1)
    assert (work.available.part, work.available.whole, work.available.value) == (1, 2, 0.5)


def test_a_job_that_never_began_took_no_time(store: Any, database: Backend) -> None:
    before = here(store)
    for id, status in (("job-3", "pending"), ("job-4", "faulted"), ("job-5", "abandoned")):
        store.start_job(replace(job(id), date=date(2022, 11, 9)))
        unnamed = "" if status == "abandoned" else ", robot = '', release = '', ended_at = started_at + 900"
        database.run(f"UPDATE jobs SET status = '{status}'{unnamed} WHERE id = '{id}'")
    after = here(store)
    assert (after.work.jobs, after.work.faulted, after.work.lost) == (before.work.jobs + 2, 1, 1)
    assert round(after.work.seconds - before.work.seconds) == 0
    assert ([r.jobs for r in after.releases], after.name) == ([2], "robot")
    assert store.last_worked() == date(2022, 11, 9)  # of the one that was abandoned


def test_the_figures_are_the_same_after_retention(store: Any, database: Backend) -> None:
    (held,) = store.find_items(ItemFilter(status="held"))
    store.settle_held(held.id, "by-hand", "Eva", "gjort")
    database.run("UPDATE items SET settled_at = settled_at - 864000, added_at = added_at - 864000")
    told = [Told(DAY, "Åtgärdat", "case-noted"), Told(DAY, WRONG, "case-noted-too")]
    store.count_outcomes(HERE, told, "Eva")
    before = store.statistics(NOVEMBER)
    assert store.forget("bot", Retention(items=5, audit=1), "Eva", {})[0] == 11
    assert store.statistics(NOVEMBER) == before
    assert "CANARY" not in repr(before)
    # What was thinned is still found by the case it was about.
    assert store.count_outcomes(HERE, told, "Eva").counted == 2
    assert store.statistics(NOVEMBER) == before


def test_outcomes_are_counted_by_rule(store: Any) -> None:
    told = [
        Told(DAY, "Åtgärdat", "case-noted"), Told(DAY + timedelta(days=1), WRONG, "case-noted-too"),
        Told(DAY, "", "case-dead"), Told(DAY, WRONG, "case-clear"), Told(DAY, WRONG, "case-nobody"),
        Told(DAY + timedelta(days=2), WRONG, "case-noted"), Told(DAY, WRONG, rule="FLER", number=3),
        Told(DAY, WRONG, rule="Åsa Hemlig"),
    ]  # fmt: skip
    for _ in range(2):  # the same file twice counts once
        counted = store.count_outcomes(HERE, told, "Eva")
        assert (counted.counted, counted.others, counted.months) == (6, 4, ("2022-11",))
    outcomes = {one.rule: (dict(one.outcomes), one.right.part) for one in here(store).outcomes}
    assert outcomes == {
        "": ({"": 1, WRONG: 4, "Åtgärdat": 1}, 1), "ANDRING": ({"Åtgärdat": 1}, 1),
        "BE7": ({"": 1}, 0), "BR1.1": ({"Åtgärdat": 1}, 1), "FLER": ({WRONG: 4, "Åtgärdat": 1}, 1),
    }  # fmt: skip
    assert store.count_outcomes(HERE, told[4:5], "Eva").months == ()  # nothing of ours: nothing is replaced
    assert len(here(store).outcomes) == 5
    rows = [row for row in store.audit_rows() if row.action == "outcomes.imported"]
    assert [(row.by, json.loads(row.detail)["counted"]) for row in rows] == [("Eva", 6), ("Eva", 6)]
    assert list(store.verify_audit()) == []


def test_hours_are_recorded_and_corrected(store: Any) -> None:
    for hours, day in ((2.5, DAY), (-0.5, DAY), (4, OCTOBER)):
        store.spend_hours(HERE, day, hours, "rättade en regel", "Eva")
    assert here(store).hours == 2.0
    assert here(store, replace(NOVEMBER, first=OCTOBER)).hours == 6.0
    for wrong in (0, float("nan"), 1e9):
        with pytest.raises(UsageError, match="--hours"):
            store.spend_hours(HERE, DAY, wrong, "x", "Eva")
    assert [row.subject for row in store.audit_rows() if row.action == "hours.recorded"] == ["bot"] * 3


def test_decisions_and_versions_are_told(store: Any) -> None:
    space = Space("production", "default", "folkbokforing")
    release = Release({"pdd.yaml": "x"})
    decision = Decision("bot", "driftsatt", "Eva", "chef", DAY, "", "eva", release.hash, "1.2.0")
    store.record_decision(decision, release)
    store.start_job(replace(job("job-p", space), release=release.hash))
    (robot,) = store.statistics(replace(NOVEMBER, environment="production"))
    assert [(d.day, d.version, d.rollback) for d in robot.deployed] == [(DAY, "1.2.0", False)]
    assert [r.version for r in robot.releases] == ["1.2.0"]
    assert here(store).deployed == ()


def test_an_older_store_knows_its_findings(database: Backend) -> None:
    """Items from before findings were kept: what they wrote tells."""
    engine = emptied(database, "0006")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('pepper', 'abab')")
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0006')")
        old = sa.MetaData()
        old.reflect(connection)
        started = {"id": "job-1", "bot": "bot", "environment": "test", "dataset": "default",
                   "process": "folkbokforing", "rehearsal": "", "date": DAY, "period": "2022-11",
                   "release": "r1", "robot": "robot", "started_by": "", "owner": "", "mode": "live",
                   "status": "successful", "summary": {}, "started_at": 1.0, "ended_at": 2.0}  # fmt: skip
        connection.execute(old.tables["jobs"].insert().values(started))
        for number, status in enumerate(("successful", "successful", "business", "business"), 1):
            item = {"id": number, "space": SPACE.key, "reference": str(number), "case_space": "",
                    "fields": {}, "status": status, "reason": "", "attempts": 1, "postponed": {},
                    "position": 1, "available_at": 0.0, "epoch": 1, "completed_on": DAY, "rules": [],
                    "output": {}, "added_by": "job-1", "settled_by": "job-1", "added_at": 1.0,
                    "settled_at": 2.0}  # fmt: skip
            connection.execute(old.tables["items"].insert().values(item))
        for number in (2, 4):
            effect = {"scope": "s", "hash": str(number), "status": "confirmed", "candidate": str(number),
                      "submitted_at": 1.0, "confirmed_at": 2.0, "job": "job-1", "item": number}  # fmt: skip
            connection.execute(old.tables["effects"].insert().values(effect))
    engine.dispose()
    with database.open() as store:
        assert here(store).cases == Cases(clear=1, noted=2, listed=1)


def test_the_database_reckons(database: Backend) -> None:
    """As many questions and answers for many cases as for few."""
    counts = []
    engine = connect(database.url)[0]
    engine.dispose()
    with database.open() as store:
        store.start_job(job("job-1"))
        asked: list[str] = []
        sa.event.listen(store._engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        for number in range(12):
            ended(store, f"n{number}", ENDS[number % 2][1])
            if number in (3, 11):
                asked.clear()
                store.statistics(NOVEMBER)
                counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_a_job_owes_or_takes_back_is_no_case(store: Any) -> None:
    before = here(store)
    ended(store, "job-1", Settlement("successful"), space=SPACE.beside("outage"))
    back = SPACE.beside("retract")
    store.start_job(replace(job("job-b", back), date=date(2022, 11, 20)))
    ended(store, "a", Settlement("successful", rules=("R",), found="noted"), space=back, job_id="job-b")
    after = here(store)
    assert (after.cases, after.rules) == (before.cases, before.rules)
    store.end_job("job-b", "faulted", {})
    assert store.last_worked("bot") == DAY
    again = here(store)
    assert (again.work, again.releases, again.months) == (before.work, before.releases, before.months)
