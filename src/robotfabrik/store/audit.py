"""The audit in the database: rows are added behind the last one, and nothing here changes or removes any."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import AuditFilter, AuditRow, Entry, Head
from robotfabrik.model.deployment import Decision
from robotfabrik.model.records import GivenUp, QueueItem, Verdict, Wish
from robotfabrik.model.work import EffectKey, Item, Job, PendingJob, Settlement
from robotfabrik.store import chain
from robotfabrik.store.tables import audit, contents, now

CHAIN_LOCK: Final = 0x6175646974  # "audit": one transaction at a time adds to the chain in PostgreSQL
KEEPER: Final = "robotfabrik"  # who does what neither a person nor a trigger does
OPENED: Final = "content.opened"
SUBMITTED: Final = "effect.submitted"
CONFIRMED: Final = "effect.confirmed"
WITHDRAWN: Final = "effect.withdrawn"
SYSTEM: Final = "robotfabrik"
"""Who does what nobody asks for: makes and upgrades a store, gives up what its robot left."""
_SOME: Final = 500  # rows in one question; databases limit their number
STREAM: Final = {"yield_per": 1000}

_last = audit.alias("last")
_end = sa.select(sa.func.max(_last.c.seq)).scalar_subquery()
_head = sa.select(audit.c.seq, audit.c.hash, now().label("at")).where(audit.c.seq == _end)
_lock = sa.select(sa.func.pg_advisory_xact_lock(CHAIN_LOCK))


def append(connection: Connection, entry: Entry) -> int:
    """Add a row in the caller's transaction; its number.

    Call it last: on PostgreSQL others who add wait from here until the transaction ends. (Whoever took row
    locks after this might meet one who waits here with those rows locked.)
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_lock)  # a statement of its own: the next one must see what the lock waited for
    end = connection.execute(_head).first()
    at = end.at if end else connection.execute(sa.select(now())).scalar_one()
    sealed = chain.sealed(entry.content) if entry.content is not None else None
    row = chain.link(entry, at, Head(end.seq, end.hash) if end else chain.NOTHING, sealed and sealed[2])
    connection.execute(audit.insert(), _columns(row))
    if sealed:
        connection.execute(contents.insert(), {"seq": row.seq, "key": sealed[1], "content": sealed[0]})
    return row.seq


def _columns(row: AuditRow) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in audit.c}


# --- what the store itself tells


def job_started(job: Job) -> Entry:
    space = job.space
    detail = {
        "mode": job.mode, "environment": space.environment, "dataset": space.dataset, "date": str(job.date),
        "machine": job.owner.partition(":")[0],
    }  # fmt: skip
    by = job.started_by or job.trigger or job.robot
    return Entry("job.started", job.id, by, job.bot, job.release, detail)


def job_queued(job: PendingJob) -> Entry:
    space = job.space
    detail: dict[str, Any] = {
        "environment": space.environment, "dataset": space.dataset, "date": str(job.date), "pool": job.pool,
    }  # fmt: skip
    if job.restart_of:
        detail |= {"restart_of": job.restart_of, "restarts": job.restarts}
    return Entry("job.queued", job.id, job.started_by or job.trigger, job.bot, detail=detail)


def job_stopped(job: Any, by: str) -> Entry:
    """A person stops a job that waits. `job` has id and bot."""
    return Entry("job.stopped", job.id, by, job.bot)


def job_refused(job: Any) -> Entry:
    """A pending job could not be started. `job` has id, bot, trigger and started_by."""
    return Entry("job.ended", job.id, job.started_by or job.trigger, job.bot, detail={"status": "faulted"})


def job_given_up(job: Any, status: str, told: GivenUp) -> Entry:
    """Nobody runs the job any more. `job` has id, bot and release."""
    detail = {"status": status, "successor": told.successor, "exhausted": told.exhausted}
    return Entry("job.given_up", job.id, KEEPER, job.bot, job.release, detail)


def job_ended(job: Any, status: str, summary: Mapping[str, Any]) -> Entry:
    """`job` has id, bot, release and robot. Of the summary only the figures are told."""
    detail = {**figures(summary), "status": status}
    return Entry("job.ended", job.id, job.robot, job.bot, job.release, detail)


def figures(summary: Mapping[str, Any]) -> dict[str, int]:
    """What of a summary may be told."""
    return {name: value for name, value in summary.items() if type(value) is int}


def job_wanted(job: Any, wish: Wish, by: str) -> Entry:
    """A person asks a running job to end. `job` has id, bot and release."""
    return Entry(f"job.{wish}_asked", job.id, by, job.bot, job.release)


def effect(
    what: str, key: EffectKey, item: Item | QueueItem, job: Any, by: str, content: Mapping[str, Any]
) -> Entry:
    """`job` has id, bot and release. A reference may be a case number: it is content too."""
    return Entry(
        what, key.scope, by, job.bot, job.release,
        {"effect": key.hash, "item": item.id, "job": job.id}, {"reference": item.reference, **content},
    )  # fmt: skip


def ended(item: Item, settlement: Settlement, job: Any, digest: str) -> Entry:
    """How the work on an item ended. `job` has id, bot, release and robot; `digest`: of the item's row."""
    detail = {
        "status": settlement.status, "exception": settlement.exception, "rules": list(settlement.rules),
        "job": job.id,
    }  # fmt: skip
    content = {"reference": item.reference, "digest": digest}
    return Entry("item.ended", f"item {item.id}", job.robot, job.bot, job.release, detail, content)


def abandoned(item_id: int, job: str, bot: str) -> Entry:
    """An item whose robot is long gone, and which nobody took since."""
    return Entry("item.abandoned", f"item {item_id}", SYSTEM, bot, detail={"job": job})


def intervention(what: str, item: QueueItem, bot: str, by: str, note: str, **detail: Any) -> Entry:
    """What a person did with an item: retried, postponed or deleted it."""
    content = {"reference": item.reference, "note": note}
    return Entry(f"item.{what}", f"item {item.id}", by, bot, detail=detail, content=content)


def settled(verdict: Verdict, item: QueueItem, next: int, bot: str, by: str, note: str) -> Entry:
    """What a person said of an item in doubt, and which item goes on from there."""
    return replace(
        intervention("settled", item, bot, by, note, **{"as": verdict, "next": next}), action="held.settled"
    )


def decided(decision: Decision, digest: str) -> Entry:
    """A step of a deployment that a person signed, or the release that they took back, or out of operation.

    `digest`: of the decision's row.
    """
    rolled_back = "deployment.rolled_back" if decision.rollback else "deployment.decided"
    return Entry(
        "deployment.withdrawn" if decision.withdrawn else rolled_back, decision.bot, decision.by,
        decision.bot, decision.release,
        {
            "number": decision.number, "step": decision.step, "role": decision.role,
            "on": decision.on.isoformat(), "version": decision.version, "recorded_by": decision.recorded_by,
            "digest": digest,
        },
        {"note": decision.note, "details": dict(decision.details)},
    )  # fmt: skip


# --- reading


def head(connection: Connection) -> Head:
    """The last row's number and hash."""
    end = connection.execute(_head).first()
    return Head(end.seq, end.hash) if end else chain.NOTHING


def last(connection: Connection) -> AuditRow:
    """The last row."""
    return AuditRow(**connection.execute(sa.select(audit).where(audit.c.seq == _end)).one()._mapping)


def hashes(connection: Connection, seqs: Sequence[int]) -> Mapping[int, str]:
    """The hashes of those rows that are there."""
    found: dict[int, str] = {}
    for start in range(0, len(seqs), _SOME):
        some = audit.c.seq.in_(seqs[start : start + _SOME])
        rows = connection.execute(sa.select(audit.c.seq, audit.c.hash).where(some))
        found.update({row.seq: row.hash for row in rows})
    return found


def rows(connection: Connection, wanted: AuditFilter) -> Iterator[AuditRow]:
    """The rows that are asked for, in their order, a batch at a time."""
    statement = sa.select(audit).order_by(audit.c.seq)
    if wanted.since is not None:
        statement = statement.where(audit.c.at >= wanted.since)
    if wanted.action is not None:
        group = audit.c.action.startswith(f"{wanted.action}.", autoescape=True)
        statement = statement.where(sa.or_(audit.c.action == wanted.action, group))
    if wanted.bot is not None:
        statement = statement.where(audit.c.bot == wanted.bot)
    if wanted.by is not None:
        statement = statement.where(audit.c.by == wanted.by)
    for row in connection.execute(statement, execution_options=STREAM):
        yield AuditRow(**row._mapping)


def open_content(connection: Connection, seq: int, by: str) -> tuple[AuditRow | None, dict[str, Any] | None]:
    """A row and its content, if it has one that is still there. The opening is a row of its own."""
    row = connection.execute(sa.select(audit).where(audit.c.seq == seq)).first()
    text = connection.execute(sa.select(contents.c.content).where(contents.c.seq == seq)).scalar()
    if row is None:
        return None, None
    if text is not None:
        append(connection, Entry(OPENED, str(seq), by, row.bot))
    return AuditRow(**row._mapping), None if text is None else json.loads(text)
