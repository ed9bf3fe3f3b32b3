"""The audit in the database: rows are added behind the last one, and nothing here changes or removes any."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import AuditFilter, AuditRow, Entry, Finding, Head
from robotfabrik.model.deployment import Decision
from robotfabrik.model.records import GivenUp, QueueItem, Verdict, Wish
from robotfabrik.model.work import EffectKey, Item, Job, PendingJob
from robotfabrik.store import chain
from robotfabrik.store.tables import audit, contents, effects, now

CHAIN_LOCK: Final = 0x6175646974  # "audit": one transaction at a time adds to the chain in PostgreSQL
KEEPER: Final = "robotfabrik"  # who does what neither a person nor a trigger does
OPENED: Final = "content.opened"
SUBMITTED: Final = "effect.submitted"
CONFIRMED: Final = "effect.confirmed"
WITHDRAWN: Final = "effect.withdrawn"
_STATUS: Final = {SUBMITTED: "submitting", CONFIRMED: "confirmed", WITHDRAWN: "withdrawn"}
_SOME: Final = 500  # rows in one question; databases limit their number
_STREAM: Final = {"yield_per": 1000}

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
    return Entry("job.started", job.id, job.started_by or job.robot, job.bot, job.release, detail)


def job_queued(job: PendingJob) -> Entry:
    space = job.space
    detail: dict[str, Any] = {
        "environment": space.environment, "dataset": space.dataset, "date": str(job.date), "pool": job.pool,
    }  # fmt: skip
    if job.restart_of:
        detail |= {"restart_of": job.restart_of, "restarts": job.restarts}
    return Entry("job.queued", job.id, job.trigger or job.started_by, job.bot, detail=detail)


def job_stopped(job: Any, by: str) -> Entry:
    """A person stops a job that waits. `job` has id and bot."""
    return Entry("job.stopped", job.id, by, job.bot)


def job_refused(job: Any) -> Entry:
    """A pending job could not be started. `job` has id, bot, trigger and started_by."""
    return Entry("job.ended", job.id, job.trigger or job.started_by, job.bot, detail={"status": "faulted"})


def job_given_up(job: Any, status: str, told: GivenUp) -> Entry:
    """Nobody runs the job any more. `job` has id, bot and release."""
    detail = {"status": status, "successor": told.successor, "exhausted": told.exhausted}
    return Entry("job.given_up", job.id, KEEPER, job.bot, job.release, detail)


def job_ended(job: Any, status: str, summary: Mapping[str, Any]) -> Entry:
    """`job` has id, bot, release and robot. Of the summary only the figures are told."""
    figures = {name: value for name, value in summary.items() if type(value) is int}
    return Entry("job.ended", job.id, job.robot, job.bot, job.release, {"status": status, **figures})


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


def intervention(what: str, item: QueueItem, bot: str, by: str, note: str, **detail: Any) -> Entry:
    """What a person did with an item: retried, postponed or deleted it."""
    content = {"reference": item.reference, "note": note}
    return Entry(f"item.{what}", f"item {item.id}", by, bot, detail=detail, content=content)


def settled(verdict: Verdict, item: QueueItem, next: int, bot: str, by: str, note: str) -> Entry:
    """What a person said of an item in doubt, and which item goes on from there."""
    return replace(
        intervention("settled", item, bot, by, note, **{"as": verdict, "next": next}), action="held.settled"
    )


def decided(decision: Decision) -> Entry:
    """A step of a deployment that a person signed, or the release that they took back into operation."""
    return Entry(
        "deployment.rolled_back" if decision.rollback else "deployment.decided", decision.bot, decision.by,
        decision.bot, decision.release,
        {
            "number": decision.number, "step": decision.step, "role": decision.role,
            "on": decision.on.isoformat(), "version": decision.version, "recorded_by": decision.recorded_by,
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
    for row in connection.execute(statement, execution_options=_STREAM):
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


# --- verifying


def verify(connection: Connection) -> Iterator[Finding]:
    """What was changed, removed, put in or moved: in the chain, the contents beside it, and the effects.

    The connection must read one state of the store throughout: a run may go on.
    """
    told = _Told(connection)
    yield from chain.broken(told.rows())
    yield from told.contents()
    yield from told.effects()


class _Told:
    """What the rows of a chain say, collected while they pass."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sealed: dict[Any, Any] = {}  # row → hash of its content
        self._effects: dict[tuple[str, str], tuple[int, str]] = {}  # effect → the last row about it, status
        self._candidates: dict[int, str] = {}  # row → what its effect was seen as, while that is still there
        self._began: float | None = None

    def rows(self) -> Iterator[AuditRow]:
        for row in rows(self._connection, AuditFilter()):
            if self._began is None:
                self._began = row.at
            if row.content is not None:
                self._sealed[row.seq] = row.content
            if (status := _STATUS.get(row.action)) and (key := _key(row)) is not None:
                self._effects[key] = (row.seq, status)
            yield row

    def contents(self) -> Iterator[Finding]:
        """Deleted content is no finding: that is what it stands apart for."""
        statement = sa.select(contents).order_by(contents.c.seq)
        for row in self._connection.execute(statement, execution_options=_STREAM):
            if row.seq not in self._sealed:
                yield Finding(row.seq, f"row {row.seq} has content that nobody recorded")
            elif chain.seal(row.content, row.key) != self._sealed[row.seq]:
                yield Finding(row.seq, f"the content of row {row.seq} was changed")
            elif candidate := json.loads(row.content).get("candidate"):
                self._candidates[row.seq] = candidate

    def effects(self) -> Iterator[Finding]:
        """Effects from before the chain began (an older store's) are not in it."""
        statement = sa.select(effects).order_by(effects.c.submitted_at)
        for row in self._connection.execute(statement, execution_options=_STREAM):
            seq, status = self._effects.pop((row.scope, row.hash), (0, ""))
            if seq and row.status != status:
                message = f"row {seq} says that an effect is {status}; the store says {row.status}"
                yield Finding(seq, f"{message}: the effect was changed")
            elif self._candidates.get(seq, row.candidate) != row.candidate:
                message = f"row {seq} tells of another candidate than the store: the effect was changed"
                yield Finding(seq, message)
            elif not seq and (self._began is None or row.submitted_at >= self._began):
                yield Finding(0, f"an effect of {row.scope} is in the store that no row tells of")
        for seq, _ in sorted(self._effects.values()):
            yield Finding(seq, f"row {seq} tells of an effect that is not in the store: it was removed")


def _key(row: AuditRow) -> tuple[str, str] | None:
    """Which effect a row is about; none when the row is damaged, which is told elsewhere."""
    try:
        return row.subject, str(json.loads(row.detail)["effect"])
    except (ValueError, KeyError, TypeError):
        return None
