"""Alerts: each open cause once, whoever sees it, and each message once, whoever sends it.

`due_at` says when a message goes out next; none: there is nothing to tell. Who takes a message moves it
ahead, so that no other takes it meanwhile, and it is taken again when its sender dies or fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from robotfabrik.model.alerts import Alert, Cause, Mailing, Order
from robotfabrik.model.audit import Entry
from robotfabrik.model.errors import UsageError
from robotfabrik.store import audit
from robotfabrik.store.tables import alerts, mailings, now

AGAIN: Final = 300.0
"""Seconds until a message that did not go out is tried again."""
QUIET: Final = 3600.0
"""A cause that comes back so soon after it was over is told when it has lasted until then."""

_KEY = (alerts.c.kind, alerts.c.machine, alerts.c.bot, alerts.c.subject)
_OPEN = alerts.c.over_at.is_(None)

Session = Callable[[], AbstractContextManager[Connection]]
"""A transaction."""


class Alerts:
    """The alerts and mailings of a store. Every call is one transaction."""

    def __init__(self, write: Session, read: Session) -> None:
        self._write, self._read = write, read

    def record(self, causes: Sequence[Cause], judged: Callable[[Cause], bool]) -> None:
        """These are so now; what is open besides, and `judged`, is over."""
        with self._write() as connection:
            for cause in causes:
                _see(connection, cause)
            there = {cause.key for cause in causes}
            for alert in _found(connection, _OPEN):
                if alert.cause.key not in there and judged(alert.cause):
                    _end(connection, alert.id)

    def open(self) -> Sequence[Alert]:
        """What lasts, the oldest first."""
        with self._read() as connection:
            return _found(connection, _OPEN)

    def all(self, limit: int) -> Sequence[Alert]:
        """The newest, those that are over too; the oldest of them first."""
        with self._read() as connection:
            newest = sa.select(alerts.c.id).order_by(alerts.c.id.desc()).limit(limit)
            return _found(connection, alerts.c.id.in_(newest))

    def take(self) -> Alert | None:
        """An alert about which somebody is to be told now. It is the caller's for some minutes."""
        with self._write() as connection:
            return _take(connection)

    def reached(self, alert: Alert, names: Sequence[str]) -> None:
        """Some have had the message and others not: only those get it when it is tried again."""
        with self._write() as connection:
            told_to = [*alert.told_to, *names]
            connection.execute(sa.update(alerts).where(alerts.c.id == alert.id).values(told_to=told_to))

    def told(self, alert: Alert, remind: float) -> None:
        """All have had the message; the next one is due when it is over, or after `remind` seconds."""
        with self._write() as connection:
            _told(connection, alert.id, alert.order, remind)

    def nobody(self, alert: Alert) -> None:
        """There is nobody to tell."""
        with self._write() as connection:
            connection.execute(sa.update(alerts).where(alerts.c.id == alert.id).values(due_at=None))

    def acknowledge(self, alert_id: int, by: str) -> Alert:
        """A person knows of it: it is not told again until it is over. UsageError when it is not open."""
        with self._write() as connection:
            same = sa.select(alerts).where(alerts.c.id == alert_id, _OPEN, alerts.c.acknowledged_by == by)
            if connection.execute(same).first() is not None:
                raise UsageError(f"{by} has acknowledged alert {alert_id} already")
            statement = sa.update(alerts).where(alerts.c.id == alert_id, _OPEN)
            row = connection.execute(
                statement.values(acknowledged_by=by, due_at=None).returning(*alerts.c)
            ).first()
            if row is None:
                raise UsageError(f"there is no open alert {alert_id}; see robotfabrik alerts")
            found = _alert(row)
            detail = {"kind": found.cause.kind}
            audit.append(
                connection, Entry("alert.acknowledged", str(alert_id), by, found.cause.bot, "", detail)
            )
            return found

    def take_mailing(self, mailing: Mailing) -> bool:
        """Is this mail still to be sent, and by nobody else now? It is the caller's for some minutes."""
        with self._write() as connection:
            row = {**mailing.row(), "due_at": now() + AGAIN}
            taken = (
                _insert(connection, mailings)
                .values(row)
                .on_conflict_do_update(
                    index_elements=list(mailing.row()),
                    set_={"due_at": now() + AGAIN},
                    where=sa.and_(mailings.c.sent_at.is_(None), mailings.c.due_at <= now()),
                )
                .returning(mailings.c.bot)
            )
            return connection.execute(taken).first() is not None

    def mailed(self, mailing: Mailing) -> None:
        """It was sent."""
        with self._write() as connection:
            same = [mailings.c[name] == value for name, value in mailing.row().items()]
            connection.execute(sa.update(mailings).where(*same).values(sent_at=now()))


def raise_alert(connection: Connection, cause: Cause) -> None:
    """A robot tells something; telling the same again only counts."""
    first = {**_row(cause), "since": now(), "latest": now(), "due_at": now()}
    again = {"count": alerts.c["count"] + 1, "latest": now(), "todo": cause.todo}
    counted = _insert(connection, alerts).values(first).on_conflict_do_update(
        index_elements=list(_KEY), index_where=_OPEN, set_=again
    )  # fmt: skip
    connection.execute(counted)


def _see(connection: Connection, cause: Cause) -> None:
    row = {**_row(cause), "due_at": sa.func.coalesce(_quiet_until(cause), now())}
    changed = {name: row[name] for name in ("what", "todo", "severity", "count", "latest")}
    seen = _insert(connection, alerts).values(row).on_conflict_do_update(
        index_elements=list(_KEY), index_where=_OPEN, set_=changed
    )  # fmt: skip
    connection.execute(seen)


def _quiet_until(cause: Cause) -> Any:
    """Until when nothing is told of a cause that was told of, and was over, a short while ago."""
    before = alerts.alias()
    same = [before.c[column.name] == value for column, value in zip(_KEY, cause.key, strict=True)]
    recent = (before.c.told_at.is_not(None), before.c.over_at > now() - QUIET)
    return sa.select(sa.func.max(before.c.over_at) + QUIET).where(*same, *recent).scalar_subquery()


_over = sa.update(alerts).values(
    over_at=now(), told_to=[], due_at=sa.case((alerts.c.told_at.is_not(None), now()), else_=sa.null())
)


def _end(connection: Connection, alert_id: int) -> None:
    """It is over: who was told of it hears of that too."""
    connection.execute(_over.where(alerts.c.id == alert_id))


def _take(connection: Connection) -> Alert | None:
    first = sa.select(alerts.c.id).where(alerts.c.due_at <= now()).order_by(alerts.c.due_at).limit(1)
    one = first.with_for_update(skip_locked=True).scalar_subquery()
    taken = (
        sa.update(alerts)
        .where(alerts.c.id == one, alerts.c.due_at <= now())  # again: it may have been taken meanwhile
        .values(due_at=now() + AGAIN)
        .returning(*alerts.c)
    )
    row = connection.execute(taken).first()
    return None if row is None else _alert(row)


def _told(connection: Connection, alert_id: int, order: Order, remind: float) -> None:
    following: Any = sa.null()
    if order != "over":
        following = sa.case(
            (alerts.c.over_at.is_not(None), now()),  # it was over while it was told
            (alerts.c.acknowledged_by != "", sa.null()),
            else_=now() + remind,
        )
    told = sa.update(alerts).where(alerts.c.id == alert_id)
    connection.execute(told.values(told_at=now(), told_to=[], due_at=following))


def _found(connection: Connection, *conditions: Any) -> list[Alert]:
    rows = connection.execute(sa.select(alerts).where(*conditions).order_by(alerts.c.id))
    return [_alert(row) for row in rows]


def _insert(connection: Connection, table: sa.Table) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _row(cause: Cause) -> dict[str, Any]:
    return {
        "kind": cause.kind, "machine": cause.machine, "bot": cause.bot, "subject": cause.subject,
        "what": cause.what, "todo": cause.todo, "severity": cause.severity, "count": cause.count,
        "since": cause.since, "latest": cause.latest, "told_to": [], "acknowledged_by": "",
    }  # fmt: skip


def _alert(row: Row[Any]) -> Alert:
    count: int = row._mapping["count"]  # row.count is a tuple's method
    cause = Cause(
        row.kind, row.subject, row.what, row.todo, row.since, row.latest, row.bot, row.machine, count,
        row.severity,
    )  # fmt: skip
    return Alert(row.id, cause, row.told_at, tuple(row.told_to), row.over_at, row.acknowledged_by)
