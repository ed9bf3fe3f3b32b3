"""Jobs that wait for a machine, and those that a machine left behind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.records import GivenUp, JobRecord
from robotfabrik.model.work import PendingJob, new_job_id, remaining
from robotfabrik.store import audit, carrying
from robotfabrik.store.jobs import RECORDS, SILENT, record
from robotfabrik.store.tables import PENDING, RUNNING, items, jobs, now

MOST_RESTARTS: Final = 3
"""So often a job's work is taken up again by itself: what ends every machine under it is for a person."""

_bind = sa.bindparam
_one = jobs.c.id == _bind("of")


def enqueue(connection: Connection, job: PendingJob) -> str:
    """Add a pending job in the caller's transaction; its id.

    Its last step adds to the audit (store/audit.py `append`): do what takes row locks before it.
    """
    _insert(connection, job)
    audit.append(connection, audit.job_queued(job))
    return job.id


def _insert(connection: Connection, job: PendingJob) -> None:
    space = job.space
    row: dict[str, Any] = {
        "id": job.id, "bot": job.bot, "environment": space.environment, "dataset": space.dataset,
        "process": space.process, "rehearsal": space.rehearsal, "date": job.date, "period": job.period,
        "release": "", "robot": "", "started_by": job.started_by, "owner": "",
        "mode": "rehearsal" if space.rehearsal else "live", "status": "pending", "summary": {},
        "started_at": now(), "queued_at": now(), "arguments": list(job.arguments), "trigger": job.trigger,
        "pool": job.pool, "requires": list(job.requires), "restart_of": job.restart_of,
        "restarts": job.restarts,
    }  # fmt: skip
    connection.execute(jobs.insert().values(row))
    carrying.defer(connection, job)


_waiting: Final = (
    RECORDS.order_by(None)
    .where(jobs.c.status == PENDING, sa.or_(jobs.c.seen_at.is_(None), _bind("patience") < SILENT))
    .order_by(jobs.c.queued_at, jobs.c.id)
)


def waiting(connection: Connection, patience: float) -> Sequence[JobRecord]:
    """The pending jobs that nobody has launched for `patience` seconds, the first one first."""
    return [record(row) for row in connection.execute(_waiting, {"patience": patience})]


_take: Final = (
    sa.update(jobs)
    .where(_one, jobs.c.status == PENDING, sa.or_(jobs.c.seen_at.is_(None), _bind("patience") < SILENT))
    .values(seen_at=now())
)


def take(connection: Connection, job_id: str, patience: float) -> bool:
    """Note that the job is being launched; false when somebody else does so."""
    return connection.execute(_take, {"of": job_id, "patience": patience}).rowcount == 1


def fits(job: JobRecord, pools: Collection[str], has: Collection[str]) -> bool:
    """May a machine that serves these pools and has these things run the job?"""
    return job.pool in pools and set(job.requires) <= set(has)


_refuse: Final = (
    sa.update(jobs)
    .where(_one, jobs.c.status == PENDING)
    .values(status="faulted", ended_at=now(), seen_at=now())
    .returning(jobs.c.id, jobs.c.bot, jobs.c.trigger, jobs.c.started_by)
)


def refuse(connection: Connection, job_id: str) -> None:
    """End a pending job that cannot be started; nothing when it does not wait."""
    if (job := connection.execute(_refuse, {"of": job_id}).first()) is not None:
        audit.append(connection, audit.job_refused(job))


_silent: Final = (
    sa.select(jobs.c.id).where(jobs.c.status == RUNNING, _bind("silence") <= SILENT).order_by(jobs.c.id)
)


def silent(connection: Connection, silence: float) -> Sequence[str]:
    """The running jobs that were not heard of for that many seconds."""
    return list(connection.execute(_silent, {"silence": silence}).scalars())


_give_up: Final = (
    sa.update(jobs)
    .where(_one, jobs.c.status == RUNNING, _bind("silence") <= SILENT)
    .values(status=_bind("outcome"), ended_at=now())
    .returning(jobs.c.id)
)


def give_up(connection: Connection, job_id: str, silence: float, owner: str = "") -> GivenUp | None:
    """Mark a running job that fell silent as abandoned, and queue its successor.

    None: it does not run, or not in a process whose name (host:pid:start) begins with `owner`.
    """
    theirs = _give_up.where(jobs.c.owner.startswith(owner, autoescape=True))
    found = connection.execute(theirs, {"of": job_id, "silence": silence, "outcome": "abandoned"}).first()
    return None if found is None else _followed(connection, job_id, "abandoned", again=1)


_hand_over: Final = (
    sa.update(jobs)
    .where(_one, jobs.c.status == RUNNING, jobs.c.owner == _bind("by_owner"))
    .values(status=_bind("outcome"), ended_at=now(), seen_at=now(), summary=_bind("figures", type_=sa.JSON))
    .returning(jobs.c.id)
)


def hand_over(connection: Connection, job_id: str, owner: str, summary: Mapping[str, Any]) -> GivenUp | None:
    """End a running job whose machine stops, and queue its successor. None: it is the owner's no more."""
    values = {"of": job_id, "by_owner": owner, "outcome": "interrupted", "figures": dict(summary)}
    if connection.execute(_hand_over, values).first() is None:
        return None
    return _followed(connection, job_id, "interrupted", again=0)


_handled: Final = sa.select(sa.func.count()).where(items.c.settled_by == _bind("of"))


def _followed(connection: Connection, job_id: str, status: str, again: int) -> GivenUp:
    job = record(connection.execute(RECORDS.where(jobs.c.id == job_id)).one())
    handled = connection.execute(_handled, {"of": job_id}).scalar_one()
    told, successor = succession(job, again, handled)
    if successor is not None:
        _insert(connection, successor)
    audit.append(connection, audit.job_given_up(job.job, status, told))
    if successor is not None:
        audit.append(connection, audit.job_queued(successor))
    return told


def succession(job: JobRecord, again: int, handled: int) -> tuple[GivenUp, PendingJob | None]:
    """Who takes up a job that was given up after so many items.

    Nobody, when it was not queued, a person wanted its end, or it had handled all that it was asked for.
    """
    ended = job.job
    arguments = remaining(ended.arguments, handled)
    if job.queued_at is None or job.wanted or arguments is None:
        return GivenUp(ended.id, ended.bot), None
    if job.restarts + again > MOST_RESTARTS:
        return GivenUp(ended.id, ended.bot, exhausted=True), None
    id = new_job_id(ended.bot, ended.date)
    space = replace(ended.space, rehearsal=id if ended.space.rehearsal else "")
    next = replace(
        job.pending,
        id=id,
        space=space,
        arguments=arguments,
        restart_of=ended.id,
        restarts=job.restarts + again,
    )
    return GivenUp(ended.id, ended.bot, id), next
