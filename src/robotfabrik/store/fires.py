"""The fires of triggers: what became of each, with the job that it started, in the caller's transaction.

Times of fires are those of the schedule's service, which says what its clock shows; how long a service has
been silent is told by the database's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import Entry
from robotfabrik.model.firing import EVERY, Decision, Due, FireRow, Pause, Standing, Why
from robotfabrik.model.work import PendingJob
from robotfabrik.store import audit, pending
from robotfabrik.store.tables import WAITING, fires, is_unfinished, jobs, past_pauses, triggers

Choose = Callable[[Sequence[Due], Standing], Sequence[Decision]]
Make = Callable[[Decision], PendingJob]

_SOME: Final = 500  # keys in one question; databases limit their number
_waits = fires.c.outcome == WAITING


def upsert(connection: Connection, table: sa.Table) -> Any:
    """An INSERT of the database's own dialect, which knows ON CONFLICT."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


# --- triggers


def introduce(connection: Connection, name: str, now: datetime) -> bool:
    """Note a new trigger, whose fires count from now on; false when it was known."""
    at = now.timestamp()
    statement = upsert(connection, triggers).values(name=name, known_at=at, looked_until=at)
    new = {"known_at": at, "looked_until": at}
    unknown = triggers.c.known_at.is_(None)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=new, where=unknown)
    return _did(connection, statement)


def _did(connection: Connection, statement: Any) -> bool:
    """Did it change a row? (PostgreSQL's driver does not count those of an INSERT.)"""
    return connection.execute(statement.returning(triggers.c.name)).first() is not None


def retire(connection: Connection, name: str, now: datetime, by: str) -> None:
    """Forget since when a trigger is known: what waits is left out, and if it comes back it is new."""
    connection.execute(
        sa.update(triggers)
        .where(triggers.c.name == name)
        .values(known_at=None, looked_until=None, problem="")
    )
    _wait_no_more(connection, name, "removed", now.timestamp(), by)


def _wait_no_more(connection: Connection, name: str, why: Why, now: float, by: str) -> None:
    """What waits of a trigger, or of EVERY one, is left out."""
    values = {"outcome": "skipped", "why": why, "decided_at": now, "decided_by": by}
    mine = sa.true() if name == EVERY else fires.c.trigger == name
    connection.execute(sa.update(fires).where(mine, _waits).values(values))


def pause(connection: Connection, name: str, by: str, note: str, now: float) -> bool:
    """Pause a trigger, or EVERY one; false when it was paused already."""
    values = {"paused_by": by, "paused_at": now, "note": note}
    statement = upsert(connection, triggers).values(name=name, **values)
    free = triggers.c.paused_at.is_(None)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=values, where=free)
    if not _did(connection, statement):
        return False
    audit.append(connection, Entry("trigger.paused", name, by, content={"note": note} if note else None))
    return True


def resume(connection: Connection, name: str, by: str, note: str, now: float) -> bool:
    """Let a trigger, or EVERY one, start its bot again; false when it was not paused.

    What waited or came due meanwhile is left out, also when no service has looked.
    """
    mine = sa.select(triggers.c.paused_at).where(triggers.c.name == name).with_for_update()
    began = connection.execute(mine).scalar()
    if began is None:
        return False
    free = {"paused_by": "", "paused_at": None, "note": ""}
    connection.execute(sa.update(triggers).where(triggers.c.name == name).values(free))
    connection.execute(past_pauses.insert().values(trigger=name, began=began, ended=now))
    _wait_no_more(connection, name, "paused", now, by)
    audit.append(connection, Entry("trigger.resumed", name, by, content={"note": note} if note else None))
    return True


def pauses(connection: Connection) -> Mapping[str, Pause]:
    """What is paused."""
    found = connection.execute(sa.select(triggers).where(triggers.c.paused_at.is_not(None)))
    return {row.name: Pause(row.name, row.paused_by, row.paused_at, row.note) for row in found}


def note_problem(connection: Connection, name: str, problem: str) -> None:
    """Why a trigger cannot be looked at; empty when it can."""
    connection.execute(sa.update(triggers).where(triggers.c.name == name).values(problem=problem))


def looked(connection: Connection, names: Sequence[str], until: datetime) -> None:
    """Everything that was due of these triggers before that is decided."""
    at = until.timestamp()
    for start in range(0, len(names), _SOME):
        some = triggers.c.name.in_(names[start : start + _SOME])
        earlier = triggers.c.looked_until < at
        connection.execute(sa.update(triggers).where(some, earlier).values(looked_until=at))


def look_again_from(connection: Connection, name: str, now: datetime) -> None:
    """The clock was wrong: a trigger was looked at in what is the future now."""
    connection.execute(
        sa.update(triggers).where(triggers.c.name == name).values(looked_until=now.timestamp())
    )


# --- how it stands

_active = (
    sa.select(jobs.c.trigger, sa.func.count().label("number"))
    .where(is_unfinished(), jobs.c.trigger != "")
    .group_by(jobs.c.trigger)
)


def standings(connection: Connection) -> Mapping[str, Standing]:
    """How it stands with each trigger that is known."""
    return _standings(connection, triggers.c.known_at.is_not(None))


def standing(connection: Connection, name: str) -> Standing | None:
    """How it stands with one, which nobody else decides on until the transaction ends."""
    # PostgreSQL: the lock. SQLite: who writes is alone anyway.
    connection.execute(sa.select(triggers.c.name).where(triggers.c.name == name).with_for_update())
    return _standings(connection, triggers.c.name == name, triggers.c.known_at.is_not(None)).get(name)


def _standings(connection: Connection, *where: sa.ColumnElement[bool]) -> dict[str, Standing]:
    every = sa.exists().where(triggers.c.name == EVERY, triggers.c.paused_at.is_not(None))
    all_paused = bool(connection.execute(sa.select(every)).scalar())
    active = {row.trigger: row.number for row in connection.execute(_active)}
    waiting: dict[str, list[Due]] = {}
    for row in connection.execute(sa.select(fires).where(_waits).order_by(fires.c.due, fires.c.id)):
        waiting.setdefault(row.trigger, []).append(Due(row.key, _moment(row.due), row.planned))
    over: dict[str, list[tuple[datetime, datetime]]] = {}
    for row in connection.execute(sa.select(past_pauses).order_by(past_pauses.c.id)):
        over.setdefault(row.trigger, []).append((_moment(row.began), _moment(row.ended)))
    return {
        row.name: Standing(
            _moment(row.looked_until), all_paused or row.paused_at is not None, active.get(row.name, 0),
            tuple(waiting.get(row.name, ())), row.problem, (*over.get(EVERY, ()), *over.get(row.name, ())),
        )
        for row in connection.execute(sa.select(triggers).where(*where))
    }  # fmt: skip


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def undecided(connection: Connection, trigger: str, dues: Sequence[Due]) -> Sequence[Due]:
    """Those of the fires that have no row yet."""
    known: set[str] = set()
    for start in range(0, len(dues), _SOME):
        keys = [due.key for due in dues[start : start + _SOME]]
        rows = sa.select(fires.c.key).where(fires.c.trigger == trigger, fires.c.key.in_(keys))
        known.update(connection.execute(rows).scalars())
    return [due for due in dues if due.key not in known]


# --- deciding


def leave_out(
    connection: Connection, trigger: str, bot: str, before: Sequence[Due], now: datetime, by: str
) -> None:
    """What was there before its trigger starts nothing."""
    left = [Decision(due, "skipped", "before") for due in undecided(connection, trigger, before)]
    if left:
        connection.execute(fires.insert(), [_values(trigger, bot, one, "", now, by) for one in left])


def decide(
    connection: Connection, trigger: str, bot: str, dues: Sequence[Due], now: datetime, by: str,
    choose: Choose, make: Make,
) -> Sequence[FireRow]:  # fmt: skip
    """Decide on what is due of a trigger and on what has waited, and start the jobs; the rows that changed.

    Nobody else decides on the trigger meanwhile. An unknown trigger has no fires.
    """
    found = standing(connection, trigger)
    if found is None:
        return []
    decisions = choose(undecided(connection, trigger, dues), found)
    made = [(one, make(one)) for one in decisions if one.outcome == "started"]
    job = made[-1][1].id if made else ""
    started = {one.due.key: pending.id for one, pending in made}
    jobs_of = [started.get(one.due.key) or (job if one.outcome == "joined" else "") for one in decisions]
    waited = {due.key for due in found.waiting}
    held = [(one, id) for one, id in zip(decisions, jobs_of, strict=True) if one.due.key in waited]
    new = [
        _values(trigger, bot, one, id, now, by)
        for one, id in zip(decisions, jobs_of, strict=True)
        if one.due.key not in waited
    ]
    if new:  # at once, and those below in few statements: after a long stop there are many
        connection.execute(fires.insert(), new)
    changed = [*map(_row, new), *_settle(connection, trigger, held, now, by)]
    looked(connection, [trigger], now)
    _start(connection, made, changed)
    return changed


def fire(connection: Connection, trigger: str, due: Due, job: PendingJob, by: str) -> FireRow:
    """A person starts a trigger's bot now."""
    one = Decision(due, "started")
    values = _values(trigger, job.bot, one, job.id, due.due, by)
    connection.execute(fires.insert(), values)
    row = _row(values)
    _start(connection, [(one, job)], [row])
    return row


def _values(trigger: str, bot: str, one: Decision, job: str, now: datetime, by: str) -> dict[str, Any]:
    return {
        "trigger": trigger, "key": one.due.key, "bot": bot, "due": one.due.due.timestamp(),
        "planned": one.due.planned, "outcome": one.outcome, "why": one.why, "job": job or None,
        "decided_at": now.timestamp(), "decided_by": by,
    }  # fmt: skip


def _settle(
    connection: Connection, trigger: str, held: Sequence[tuple[Decision, str]], now: datetime, by: str
) -> list[FireRow]:
    """What has waited is decided on at last. Why it waited stays, unless something else ends its waiting."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one, job in held:
        alike.setdefault((one.outcome, one.why, job), []).append(one.due.key)
    found: list[FireRow] = []
    for (outcome, why, job), keys in alike.items():
        values = {
            "outcome": outcome, "job": job or None, "decided_at": now.timestamp(), "decided_by": by,
            **({"why": why} if why else {}),
        }  # fmt: skip
        for start in range(0, len(keys), _SOME):
            mine = sa.and_(fires.c.trigger == trigger, fires.c.key.in_(keys[start : start + _SOME]), _waits)
            rows = connection.execute(sa.update(fires).where(mine).values(values).returning(fires))
            found += [_row(row._mapping) for row in rows]
    return sorted(found, key=lambda row: row.due)


def _start(
    connection: Connection, made: Sequence[tuple[Decision, PendingJob]], rows: Sequence[FireRow]
) -> None:
    """Let the jobs wait for a machine, and tell the audit: last, since others wait for it."""
    whys = {row.job: row.why for row in rows if row.outcome == "started"}
    for one, job in made:
        detail = {"key": one.due.key, "job": job.id, "why": whys[job.id]}
        pending.enqueue(connection, job)
        audit.append(connection, Entry("trigger.fired", job.trigger, job.started_by, job.bot, detail=detail))


# --- what people ask for


def rows(
    connection: Connection, trigger: str | None, since: float | None, limit: int | None
) -> Sequence[FireRow]:
    """What became of fires, the newest first."""
    statement = sa.select(fires).order_by(fires.c.id.desc()).limit(limit)
    if trigger is not None:
        statement = statement.where(fires.c.trigger == trigger)
    if since is not None:
        statement = statement.where(fires.c.decided_at >= since)
    return [_row(row._mapping) for row in connection.execute(statement)]


def newest(connection: Connection) -> Mapping[str, FireRow]:
    """The newest row of each trigger, by the time that was due."""
    order = (fires.c.due.desc(), fires.c.id.desc())  # after a stop, rows are not written in the order of time
    place = sa.func.row_number().over(partition_by=fires.c.trigger, order_by=order).label("place")
    placed = sa.select(fires, place).subquery()
    found = connection.execute(sa.select(placed).where(placed.c.place == 1))
    return {row.trigger: _row(row._mapping) for row in found}


def _row(row: Any) -> FireRow:
    return FireRow(
        row["trigger"], row["key"], row["bot"], row["due"], row["outcome"], row["why"], row["job"] or "",
        row["decided_at"], row["decided_by"],
    )  # fmt: skip
