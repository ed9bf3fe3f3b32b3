"""Jobs: their rows are the truth about what runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from robotfabrik.model.errors import UsageError
from robotfabrik.model.records import STOPPED, JobFilter, JobRecord, Wish
from robotfabrik.model.work import Job, Space
from robotfabrik.store import audit
from robotfabrik.store.tables import PENDING, RUNNING, jobs, now

_bind = sa.bindparam
_one = jobs.c.id == _bind("of")


def start(connection: Connection, job: Job) -> None:
    """Take the job's pending row, or make one. IntegrityError when it has one that does not wait."""
    space = job.space
    row: dict[str, Any] = {
        "id": job.id, "bot": job.bot, "environment": space.environment, "dataset": space.dataset,
        "process": space.process, "rehearsal": space.rehearsal, "date": job.date, "period": job.period,
        "release": job.release, "robot": job.robot, "started_by": job.started_by, "owner": job.owner,
        "mode": job.mode, "status": "running", "summary": {}, "started_at": now(), "seen_at": now(),
        "configuration": dict(job.configuration), "arguments": list(job.arguments), "machine": job.machine,
        "trigger": job.trigger, "restart_of": job.restart_of, "tells": job.tells,
    }  # fmt: skip
    claimed = sa.update(jobs).where(jobs.c.id == job.id, jobs.c.status == PENDING).values(row)
    if connection.execute(claimed).rowcount == 0:
        connection.execute(jobs.insert().values(row))
    if job.tells and job.restart_of:
        has_told(connection, job.restart_of)  # what that one left is this one's now


_told: Final = (jobs.c.id, jobs.c.bot, jobs.c.release, jobs.c.robot)
_end = (
    sa.update(jobs)
    .where(_one, jobs.c.status == RUNNING)
    .values(status=_bind("outcome"), summary=_bind("figures", type_=sa.JSON), ended_at=now(), seen_at=now())
    .returning(*_told)
)


def end(connection: Connection, job_id: str, status: str, summary: dict[str, Any]) -> Row[Any] | None:
    """The job's id, bot, release and robot; none when no such job runs."""
    return connection.execute(_end, {"of": job_id, "outcome": status, "figures": summary}).first()


_dispatched = sa.update(jobs).where(_one).values(dispatched=True)
_has_told = sa.update(jobs).where(_one).values(tells=False)


def dispatched(connection: Connection, job_id: str) -> None:
    connection.execute(_dispatched, {"of": job_id})


def has_told(connection: Connection, job_id: str) -> None:
    connection.execute(_has_told, {"of": job_id})


_beat = (
    sa.update(jobs)
    .where(_one, jobs.c.status == RUNNING, jobs.c.owner == _bind("by_owner"))
    .values(seen_at=now())
    .returning(jobs.c.wanted)
)


def beat(connection: Connection, job_id: str, owner: str) -> str:
    wanted = connection.execute(_beat, {"of": job_id, "by_owner": owner}).scalar()
    return "lost" if wanted is None else str(wanted)


_asked: Final[dict[str, Any]] = {"wanted": _bind("wish"), "wanted_by": _bind("by")}
_want = sa.update(jobs).where(_one, jobs.c.status == RUNNING).values(_asked).returning(*_told)
_stop = (
    sa.update(jobs)
    .where(_one, jobs.c.status == PENDING)
    .values({**_asked, "status": STOPPED, "ended_at": now()})
    .returning(*_told)
)


def want(connection: Connection, job_id: str, wish: Wish, by: str) -> None:
    asked = {"of": job_id, "wish": wish, "by": by}
    if (job := connection.execute(_want, asked).first()) is not None:
        audit.append(connection, audit.job_wanted(job, wish, by))
    elif (job := connection.execute(_stop, asked).first()) is not None:
        audit.append(connection, audit.job_stopped(job, by))
    else:
        raise UsageError(f"the job {job_id} does not run")


SILENT: Final = (now() - sa.func.coalesce(jobs.c.seen_at, jobs.c.started_at)).label("silent")
RECORDS: Final = sa.select(jobs, SILENT).order_by(jobs.c.started_at.desc(), jobs.c.id)


def found(connection: Connection, wanted: JobFilter) -> Sequence[JobRecord]:
    statement = RECORDS.limit(wanted.limit)
    for column, value in (
        (jobs.c.bot, wanted.bot), (jobs.c.environment, wanted.environment), (jobs.c.status, wanted.status),
    ):  # fmt: skip
        if value is not None:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(jobs.c.started_at >= wanted.since)
    return [record(row) for row in connection.execute(statement)]


def owing(connection: Connection, space: Space) -> Sequence[JobRecord]:
    """Jobs of a queue that did not come to their end and have not told it, the first one first."""
    theirs = sa.and_(
        jobs.c.environment == space.environment, jobs.c.dataset == space.dataset,
        jobs.c.process == space.process, jobs.c.rehearsal == space.rehearsal,
    )  # fmt: skip
    statement = RECORDS.where(theirs, jobs.c.tells, jobs.c.status != "successful")
    return [record(row) for row in connection.execute(statement)][::-1]


def one(connection: Connection, job_id: str) -> JobRecord | None:
    row = connection.execute(RECORDS.where(jobs.c.id == job_id)).first()
    return None if row is None else record(row)


def record(row: Row[Any]) -> JobRecord:
    job = Job(
        id=row.id, bot=row.bot, space=space_of(row), date=row.date, period=row.period, release=row.release,
        robot=row.robot, started_by=row.started_by, owner=row.owner, mode=row.mode,
        configuration=row.configuration, arguments=tuple(row.arguments), machine=row.machine,
        trigger=row.trigger, restart_of=row.restart_of, tells=row.tells,
    )  # fmt: skip
    return JobRecord(
        job, row.status, row.started_at, row.ended_at, row.silent, row.wanted, row.wanted_by, row.summary,
        row.queued_at, row.pool, tuple(row.requires), row.restarts, row.dispatched,
        row.seen_at or row.started_at,
    )  # fmt: skip


def space_of(row: Any) -> Space:
    """The space that a job's row names."""
    return Space(row.environment, row.dataset, row.process, row.rehearsal)
