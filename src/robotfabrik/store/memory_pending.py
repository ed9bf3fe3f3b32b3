"""The store in memory: jobs that wait, and those that were left behind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from threading import RLock
from typing import Any

from robotfabrik.model.audit import Entry
from robotfabrik.model.records import GivenUp, JobRecord
from robotfabrik.model.work import Job, PendingJob
from robotfabrik.store import audit
from robotfabrik.store.pending import fits, succession
from robotfabrik.store.rows import ItemRow, JobRow


class PendingInMemory:
    """What SqlStore offers machines. MemoryStore holds the rows."""

    _all: RLock
    _clock: Callable[[], float]
    _jobs: dict[str, JobRow]
    _rows: dict[int, ItemRow]
    _job: Callable[[JobRow], JobRecord]
    audit: Callable[[Entry], int]

    def enqueue(self, job: PendingJob) -> str:
        with self._all:
            self._jobs[job.id] = self._row(job)
            self.audit(audit.job_queued(job))
            return job.id

    def _row(self, job: PendingJob) -> JobRow:
        waits = Job(
            job.id, job.bot, job.space, job.date, job.period, release="", robot="", started_by=job.started_by,
            owner="", mode="rehearsal" if job.space.rehearsal else "live", arguments=job.arguments,
            trigger=job.trigger, restart_of=job.restart_of,
        )  # fmt: skip
        now = self._clock()
        return JobRow(
            waits, now, None, "pending", queued_at=now, pool=job.pool, requires=job.requires,
            restarts=job.restarts,
        )  # fmt: skip

    def take_pending(self, pools: Collection[str], has: Collection[str], patience: float) -> JobRecord | None:
        with self._all:
            waiting = [row for row in self._jobs.values() if row.status == "pending"]
            for row in sorted(waiting, key=lambda row: (row.queued_at or 0.0, row.job.id)):
                if self._fresh(row, patience) and fits(self._job(row), pools, has):
                    row.seen_at = self._clock()
                    return self._job(row)
        return None

    def take_job(self, job_id: str, patience: float) -> bool:
        with self._all:
            row = self._jobs.get(job_id)
            if row is None or row.status != "pending" or not self._fresh(row, patience):
                return False
            row.seen_at = self._clock()
            return True

    def _fresh(self, row: JobRow, patience: float) -> bool:
        return row.seen_at is None or self._clock() - row.seen_at > patience

    def refuse_job(self, job_id: str) -> None:
        with self._all:
            row = self._jobs.get(job_id)
            if row is not None and row.status == "pending":
                row.status, row.ended_at = "faulted", self._clock()
                self.audit(audit.job_refused(row.job))

    def give_up(self, silence: float, job_id: str | None = None, owner: str = "") -> Sequence[GivenUp]:
        with self._all:
            silent = [
                row
                for row in self._jobs.values()
                if row.status == "running"
                and job_id in (None, row.job.id)
                and row.job.owner.startswith(owner)
                and self._job(row).silent >= silence
            ]
            return [self._followed(row, "abandoned", again=1) for row in silent]

    def hand_over(self, job_id: str, owner: str, summary: Mapping[str, Any]) -> GivenUp | None:
        with self._all:
            row = self._jobs.get(job_id)
            if row is None or row.status != "running" or row.job.owner != owner:
                return None
            row.summary = dict(summary)
            return self._followed(row, "interrupted", again=0)

    def _followed(self, row: JobRow, status: str, again: int) -> GivenUp:
        row.status, row.ended_at = status, self._clock()
        handled = sum(item.settled_by == row.job.id for item in self._rows.values())
        told, successor = succession(self._job(row), again, handled)
        self.audit(audit.job_given_up(row.job, status, told))
        if successor is not None:
            self.enqueue(successor)
        return told
