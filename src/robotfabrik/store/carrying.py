"""Tells the machines of a pending job, in PostgreSQL: Procrastinate carries its id, and the row decides."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.work import PendingJob
from robotfabrik.store.tables import dump_json

TASK: Final = "robotfabrik.run"
"""The name of Procrastinate's task. Its argument is `job`, the id; nothing else travels."""

INSTALL_LOCK: Final = 0x6361727279  # "carry": one process at a time makes Procrastinate's tables
_there: Final = sa.text("SELECT to_regproc('procrastinate_defer_jobs_v1') IS NOT NULL")
_defer: Final = sa.text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, NULL, :id, CAST(:args AS jsonb), NULL)"
    "::procrastinate_job_to_defer_v1])"
)


def defer(connection: Connection, job: PendingJob) -> None:
    """Tell in the caller's transaction. Where nobody carries, nothing: a worker tells of it when it looks."""
    if connection.dialect.name == "postgresql" and connection.execute(_there).scalar():
        arguments = dump_json({"job": job.id})
        connection.execute(_defer, {"queue": job.queue, "task": TASK, "id": job.id, "args": arguments})


def install(connection: Connection, schema: str) -> None:
    """Make Procrastinate's tables when they are missing; of many who do so at once one does."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(INSTALL_LOCK)))
    if not connection.execute(_there).scalar():
        connection.execution_options(no_parameters=True).exec_driver_sql(schema)
