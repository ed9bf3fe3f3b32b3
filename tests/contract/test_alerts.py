"""Alerts over SQLite and PostgreSQL: a cause is open once, a message is sent by one, whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from robotfabrik.model.alerts import Cause, Mailing
from robotfabrik.model.audit import AuditFilter
from robotfabrik.model.errors import UsageError
from robotfabrik.store import SqlStore
from robotfabrik.store.alerts import AGAIN, QUIET, Alerts
from tests.contract.test_store import Backend, in_threads

DAY = 86_400.0
FAULTED = Cause("faulted", "", "The job b-1 stopped early.", "look", 100.0, 100.0, bot="b")
LOW = Cause("disk", "/srv", "1.0 GB are free.", "make room", 100.0, 100.0, machine="here")


@pytest.fixture
def store(database: Backend) -> Iterator[SqlStore]:
    with database.open() as opened:
        yield opened


def everything(cause: Cause) -> bool:
    return True


def orders(alerts: Alerts) -> list[str]:
    """What is to be told now, and now told."""
    told = []
    while (alert := alerts.take()) is not None:
        told.append(alert.order)
        alerts.told(alert, DAY)
    return told


def test_a_cause_is_told_once_then_again_then_that_it_is_over(store: SqlStore, database: Backend) -> None:
    alerts = store.alerts
    for count in (1, 2, 200):
        alerts.record([replace(FAULTED, count=count, what=f"{count}")], everything)
        assert orders(alerts) == (["first"] if count == 1 else [])
    (alert,) = alerts.open()
    assert (alert.cause.count, alert.cause.what) == (200, "200")
    database.pass_time(DAY + 1)
    assert orders(alerts) == ["again"]
    alerts.record([], everything)
    assert orders(alerts) == ["over"]
    assert alerts.open() == []
    database.pass_time(2 * DAY)
    assert orders(alerts) == []
    assert len(alerts.all(10)) == 1


def test_two_causes_are_two_alerts(store: SqlStore) -> None:
    others = [replace(FAULTED, bot="c"), LOW, replace(LOW, machine="there"), replace(LOW, subject="/home")]
    store.alerts.record([FAULTED, *others, FAULTED], everything)
    assert len(store.alerts.open()) == 5
    assert orders(store.alerts) == ["first"] * 5


def test_only_who_could_have_seen_it_says_that_it_is_over(store: SqlStore) -> None:
    store.alerts.record([LOW], everything)
    store.alerts.record([], lambda cause: cause.machine == "there")
    assert len(store.alerts.open()) == 1


def test_what_nobody_was_told_of_is_over_in_silence(store: SqlStore) -> None:
    store.alerts.record([LOW], everything)
    store.alerts.record([], everything)
    assert orders(store.alerts) == []


def test_what_comes_and_goes_is_no_storm(store: SqlStore, database: Backend) -> None:
    alerts = store.alerts
    alerts.record([LOW], everything)
    assert orders(alerts) == ["first"]
    alerts.record([], everything)
    assert orders(alerts) == ["over"]
    for _ in range(5):
        alerts.record([LOW], everything)
        assert orders(alerts) == []
        alerts.record([], everything)
        assert orders(alerts) == []
    alerts.record([LOW], everything)
    database.pass_time(QUIET + 1)
    assert orders(alerts) == ["first"], "it lasts, so it is told"


def test_what_did_not_arrive_is_told_later_and_only_where_it_is_missing(
    store: SqlStore, database: Backend
) -> None:
    alerts = store.alerts
    alerts.record([LOW], everything)
    alert = alerts.take()
    assert alert is not None
    alerts.reached(alert, ["drift"])
    assert alerts.take() is None
    database.pass_time(AGAIN + 1)
    alert = alerts.take()
    assert alert is not None
    assert (alert.told_to, alert.order) == (("drift",), "first")


def test_who_dies_while_telling_leaves_it_to_another(store: SqlStore, database: Backend) -> None:
    store.alerts.record([LOW], everything)
    assert store.alerts.take() is not None
    assert store.alerts.take() is None
    database.pass_time(AGAIN + 1)
    assert store.alerts.take() is not None


def test_what_is_over_while_it_is_told_is_told_to_be_over(store: SqlStore) -> None:
    alerts = store.alerts
    alerts.record([LOW], everything)
    alert = alerts.take()
    assert alert is not None
    alerts.record([], everything)
    alerts.told(alert, DAY)
    assert orders(alerts) == ["over"]


def test_many_machines_tell_it_once(database: Backend) -> None:
    causes = [replace(FAULTED, bot=f"bot-{n}") for n in range(6)]
    told: list[str] = []
    with database.open():  # made before, as on machines that have worked for years
        pass

    def machine() -> None:
        with database.open() as store:
            store.alerts.record(causes, everything)
            while (alert := store.alerts.take()) is not None:
                told.append(alert.cause.bot)
                store.alerts.told(alert, DAY)

    in_threads(4, machine)
    with database.open() as store:  # one that found another's row taken may have stopped too early
        told += [alert.cause.bot for alert in iter(store.alerts.take, None)]
    assert sorted(told) == sorted(cause.bot for cause in causes)


def test_who_takes_care_of_it_is_not_told_again_but_that_it_is_over(
    store: SqlStore, database: Backend
) -> None:
    alerts = store.alerts
    alerts.record([FAULTED], everything)
    assert orders(alerts) == ["first"]
    (alert,) = alerts.open()
    assert alerts.acknowledge(alert.id, "Eva Ek").acknowledged_by == "Eva Ek"
    with pytest.raises(UsageError, match="Eva Ek has acknowledged alert 1 already"):
        alerts.acknowledge(alert.id, "Eva Ek")
    database.pass_time(3 * DAY)
    assert orders(alerts) == []
    (row,) = store.audit_rows(AuditFilter(action="alert"))
    assert (row.action, row.by, row.bot, row.subject) == ("alert.acknowledged", "Eva Ek", "b", str(alert.id))
    alerts.record([], everything)
    assert orders(alerts) == ["over"]
    with pytest.raises(UsageError, match="no open alert"):
        alerts.acknowledge(alert.id, "Eva Ek")


def test_what_a_robot_tells_again_is_counted(store: SqlStore) -> None:
    raised = Cause("raised", "Registret är stängt.", "Registret är stängt.", "look", bot="b")
    store.raise_alert(raised)
    store.raise_alert(replace(raised, todo="look at the newest"))
    store.raise_alert(replace(raised, subject="Något annat."))
    first, second = store.alerts.open()
    assert (first.cause.count, second.cause.count) == (2, 1)
    assert first.cause.todo == "look at the newest"
    assert first.cause.latest > first.cause.since > 0
    assert orders(store.alerts) == ["first", "first"]


def test_a_mail_is_sent_once(store: SqlStore, database: Backend) -> None:
    alerts, mailing = store.alerts, Mailing("b", "day", "2022-11-01", "enhet@example.org")
    assert alerts.take_mailing(mailing)
    assert not alerts.take_mailing(mailing)
    database.pass_time(AGAIN + 1)
    assert alerts.take_mailing(mailing), "it did not arrive"
    alerts.mailed(mailing)
    database.pass_time(10 * DAY)
    assert not alerts.take_mailing(mailing)
    assert alerts.take_mailing(replace(mailing, recipient="chef@example.org"))


def test_many_machines_mail_it_once(database: Backend) -> None:
    taken: list[bool] = []
    with database.open():
        pass

    def machine() -> None:
        with database.open() as store:
            taken.append(store.alerts.take_mailing(Mailing("b", "job", "b-1", "enhet@example.org")))

    in_threads(6, machine)
    assert taken.count(True) == 1
