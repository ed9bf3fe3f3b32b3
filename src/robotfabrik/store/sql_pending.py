"""The store over SQLAlchemy: jobs that wait, and those that were left behind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.engine import Connection

from robotfabrik.model.records import GivenUp, JobRecord
from robotfabrik.model.work import PendingJob
from robotfabrik.store import carrying, pending


class PendingInSql:
    """What SqlStore offers machines."""

    _write: Callable[[], AbstractContextManager[Connection]]
    _read: Callable[[], AbstractContextManager[Connection]]

    def hand_over(self, job_id: str, owner: str, summary: Mapping[str, Any]) -> GivenUp | None:
        with self._write() as connection:
            return pending.hand_over(connection, job_id, owner, summary)

    def enqueue(self, job: PendingJob) -> str:
        """Let a job wait for a machine; its id."""
        with self._write() as connection:
            return pending.enqueue(connection, job)

    def install_carrier(self, schema: str) -> None:
        """Make the tables of what carries pending jobs in PostgreSQL, when they are missing."""
        with self._write() as connection:
            carrying.install(connection, schema)

    def take_pending(self, pools: Collection[str], has: Collection[str], patience: float) -> JobRecord | None:
        """The first pending job that such a machine may run, and that nobody launched for `patience` seconds.

        Who is given it launches it: it is given to nobody else for as long.
        """
        with self._read() as connection:
            waiting = pending.waiting(connection, patience)
        for job in waiting:
            if pending.fits(job, pools, has):
                with self._write() as connection:
                    if pending.take(connection, job.job.id, patience):
                        return job
        return None

    def take_job(self, job_id: str, patience: float) -> bool:
        """Note that a pending job is being launched; false when it does not wait or somebody else does so."""
        with self._write() as connection:
            return pending.take(connection, job_id, patience)

    def refuse_job(self, job_id: str) -> None:
        """End a pending job that cannot be started: it faulted."""
        with self._write() as connection:
            pending.refuse(connection, job_id)

    def give_up(self, silence: float, job_id: str | None = None, owner: str = "") -> Sequence[GivenUp]:
        """Abandon the running jobs (or that one) not heard of for `silence` seconds; others take them up.

        A queued one gets a pending successor with the same arguments, three times in a row at most. Several
        machines may do so at once. `owner`: only what runs in a process whose name begins so.
        """
        if job_id is None:
            with self._read() as connection:
                ids = pending.silent(connection, silence)
        else:
            ids = [job_id]
        found = []
        for id in ids:
            with self._write() as connection:
                found.append(pending.give_up(connection, id, silence, owner))
        return [told for told in found if told is not None]
