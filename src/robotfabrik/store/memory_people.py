"""The store in memory, as people use it: the same contract as in a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from threading import RLock
from typing import Any

from robotfabrik.model.audit import Entry
from robotfabrik.model.errors import InDoubt, UsageError
from robotfabrik.model.process import Retention
from robotfabrik.model.records import (
    BY_HAND,
    STOPPED,
    Intervention,
    ItemEffect,
    ItemFilter,
    JobFilter,
    JobRecord,
    QueueItem,
    Verdict,
    Wish,
)
from robotfabrik.model.work import EffectKey, Job, NewItem, Space
from robotfabrik.store import audit
from robotfabrik.store.effects import bound_elsewhere
from robotfabrik.store.items import plain
from robotfabrik.store.lookup import GIVEN_UP
from robotfabrik.store.people import MAY_BE_DELETED, MAY_BE_RETRIED, chosen, refused, unseen
from robotfabrik.store.retracted import original
from robotfabrik.store.rows import EffectRow, ItemRow, JobRow
from robotfabrik.store.tables import dump_json
from robotfabrik.store.thinning import hashed


class PeopleInMemory:
    """What SqlStore offers people. MemoryStore holds the rows."""

    _all: RLock
    _clock: Callable[[], float]
    _pepper: bytes
    _rows: dict[int, ItemRow]
    _effects: dict[EffectKey, EffectRow]
    _jobs: dict[str, JobRow]
    _interventions: list[Intervention]
    audit: Callable[[Entry], int]
    _new: Callable[[Space, NewItem, Mapping[str, Any], str, float], ItemRow]
    _succeed: Callable[[ItemRow, ItemRow], None]

    # --- jobs

    def jobs(self, wanted: JobFilter) -> Sequence[JobRecord]:
        with self._all:
            records = sorted(map(self._job, self._jobs.values()), key=lambda r: (-r.started_at, r.job.id))
            fitting = [
                record
                for record in records
                if wanted.bot in (None, record.job.bot)
                and wanted.environment in (None, record.job.space.environment)
                and wanted.status in (None, record.status)
                and record.started_at >= (wanted.since or 0.0)
            ]
            return fitting[: wanted.limit]

    def job(self, job_id: str) -> JobRecord | None:
        with self._all:
            row = self._jobs.get(job_id)
            return None if row is None else self._job(row)

    def dispatched(self, job_id: str) -> None:
        with self._all:
            self._jobs[job_id].dispatched = True

    def has_told(self, job_id: str) -> None:
        with self._all:
            row = self._jobs.get(job_id)
            if row is not None:
                row.job = replace(row.job, tells=False)

    def owing(self, space: Space) -> Sequence[JobRecord]:
        with self._all:
            return [
                self._job(row)
                for row in self._jobs.values()
                if row.job.space == space and row.job.tells and row.status != "successful"
            ]

    def want(self, job_id: str, wish: Wish, by: str) -> None:
        with self._all:
            row = self._jobs.get(job_id)
            if row is None or row.status not in ("pending", "running"):
                raise UsageError(f"the job {job_id} does not run")
            row.wanted, row.wanted_by = wish, by
            if row.status == "running":
                self.audit(audit.job_wanted(row.job, wish, by))
            else:
                row.status, row.ended_at = STOPPED, self._clock()
                self.audit(audit.job_stopped(row.job, by))

    def _job(self, row: JobRow) -> JobRecord:
        return JobRecord(
            row.job, row.status, row.started_at, row.ended_at,
            self._clock() - (row.seen_at or row.started_at), row.wanted,
            row.wanted_by, row.summary, row.queued_at, row.pool, row.requires, row.restarts,
            row.dispatched, row.seen_at or row.started_at,
        )  # fmt: skip

    # --- items

    def find_items(self, wanted: ItemFilter) -> Sequence[QueueItem]:
        with self._all:
            found = [item for row in self._rows.values() if self._fits(item := self._item(row), wanted)]
            return found[::-1][: wanted.limit]

    def _fits(self, item: QueueItem, wanted: ItemFilter) -> bool:
        space = item.space
        queues = {row.job.space for row in self._jobs.values() if wanted.bot in (None, row.job.bot)}
        times = (item.added_at, item.claimed_at, item.settled_at)
        return (
            not space.rehearsal
            and self._jobs[item.added_by].job.space in queues
            and wanted.environment in (None, space.environment)
            and wanted.dataset in (None, space.dataset)
            and wanted.process in (None, space.process)
            and wanted.period in (None, item.period)
            and wanted.status in (None, item.status)
            and wanted.exception in (None, item.exception)
            and wanted.reference in (None, item.reference)
            and (wanted.contains or "") in item.reference
            and any((time or 0.0) >= (wanted.since or 0.0) for time in times)
            and (item.late or not wanted.late)
            and (item.in_doubt or not wanted.in_doubt)
            and (item.status != "retried" or wanted.every_try or wanted.status == "retried")
        )

    def item(self, item_id: int) -> QueueItem | None:
        with self._all:
            row = self._rows.get(item_id)
            return None if row is None else self._item(row)

    def earlier_tries(self, item_id: int) -> Sequence[QueueItem]:
        with self._all:
            tries: list[QueueItem] = []
            while row := next((r for r in self._rows.values() if r.successor == item_id), None):
                tries.insert(0, self._item(row))
                item_id = row.id
            return tries

    def effects_of(self, item_id: int) -> Sequence[ItemEffect]:
        with self._all:
            theirs = sorted(
                (e for e in self._effects.values() if e.item == item_id), key=lambda e: e.submitted_at
            )
            return [
                ItemEffect(e.key, e.status, e.candidate, e.submitted_at, e.confirmed_at, e.job)
                for e in theirs
            ]

    def interventions_of(self, item_ids: Sequence[int]) -> Sequence[Intervention]:
        with self._all:
            return [one for one in self._interventions if one.item in item_ids]

    def retry_item(self, item_id: int, by: str, note: str = "") -> int:
        with self._all:
            row = self._known(item_id)
            if row.status not in MAY_BE_RETRIED:
                raise refused(self._item(row), "retried", MAY_BE_RETRIED)
            if row.thinned_at is not None:
                raise UsageError(f"'{row.reference}' is thinned: what it was about is gone")
            item = self._item(row)
            new = self._again(row)
            self._note(row, by, "retried", note)
            self.audit(audit.intervention("retried", item, self._last(row).bot, by, plain(note), next=new))
            return new

    def postpone_item(self, item_id: int, until: float, by: str, note: str = "") -> None:
        with self._all:
            row = self._known(item_id)
            if row.status != "new":
                raise refused(self._item(row), "postponed", ("new",))
            row.available_at = until
            self._note(row, by, "postponed", note)
            told = audit.intervention(
                "postponed", self._item(row), self._last(row).bot, by, plain(note), until=until
            )
            self.audit(told)

    def delete_item(self, item_id: int, by: str, note: str) -> None:
        with self._all:
            row = self._known(item_id)
            if row.status not in MAY_BE_DELETED:
                raise refused(self._item(row), "deleted", MAY_BE_DELETED)
            if self._sent_and_unseen(row):
                raise unseen(row.reference)
            row.status, row.settled_at = "deleted", self._clock()
            self._note(row, by, "deleted", note)
            self.audit(audit.intervention("deleted", self._item(row), self._last(row).bot, by, plain(note)))

    def settle_held(
        self, item_id: int, verdict: Verdict, by: str, note: str, candidate: str | None = None
    ) -> int:
        with self._all:
            row = self._known(item_id)
            item = self._item(row)
            if not item.in_doubt:
                raise UsageError(f"'{item.reference}' is not in doubt: it is {item.status}")
            job, doubt, told = self._last(row), item.doubt, list[Entry]()
            for key in [doubt.key] if doubt else [effect.key for effect in self._sent_and_unseen(row)]:
                if verdict == "redo":
                    if self._withdraw(row, key):
                        told.append(audit.effect(audit.WITHDRAWN, key, item, job, by, {}))
                    continue
                bound = (chosen(item, candidate) if verdict == "done" else None) or f"{BY_HAND}:{key.hash}"
                try:
                    if self._happened(key, row.id, job.id, bound):
                        self._mark_retracted(row.id)
                        told.append(audit.effect(audit.CONFIRMED, key, item, job, by, {"candidate": bound}))
                except InDoubt as error:
                    raise UsageError(str(error)) from None
            if verdict == "by-hand":
                row.status, row.exception, row.settled_at = "business", BY_HAND, self._clock()
                next = row.id
            else:
                next = self._again(row)
            self._note(row, by, f"settled: {verdict}", note)
            for entry in (*told, audit.settled(verdict, item, next, job.bot, by, plain(note))):
                self.audit(entry)
            return next

    def forget(self, bot: str, kept: Retention, by: str, beside: Mapping[str, int]) -> tuple[int, int]:
        """Contents of the audit are not kept in memory: there are none to delete."""
        with self._all:
            thinned = 0 if kept.items is None else self._thin(bot, self._clock() - kept.items * 86_400.0)
            detail = {"days": asdict(kept), "deleted": {**beside, "items": thinned, "audit": 0}}
            self.audit(Entry("retention.applied", bot, by, bot, detail=detail))
            return thinned, 0

    # --- below

    def _known(self, item_id: int) -> ItemRow:
        row = self._rows.get(item_id)
        if row is None:
            raise UsageError(f"there is no item {item_id}")
        if row.space.rehearsal:
            raise UsageError(f"item {item_id} is a rehearsal's: it has no effects and is not run again")
        return row

    def _thin(self, bot: str, before: float) -> int:
        old = [
            row
            for row in self._rows.values()
            if row.status not in ("new", "in_progress", "held") and row.thinned_at is None
            and (row.settled_at or before) < before
            and bot == self._jobs[row.settled_by or row.added_by].job.bot
            and not self._sent_and_unseen(row)
        ]  # fmt: skip
        for row in old:
            row.reference = hashed(self._pepper, row.space.key, row.reference)
            row.lock = hashed(self._pepper, row.space.key, row.lock) if row.lock else ""
            row.fields, row.output, row.reason, row.progress = {}, {}, "", ""
            row.thinned_at = self._clock()
        gone = {row.id for row in old}
        self._interventions = [
            Intervention(i.item, i.at, i.by, i.what, "" if i.item in gone else i.note)
            for i in self._interventions
        ]
        return len(old)

    def _last(self, row: ItemRow) -> Job:
        """The job that had the item last, or brought it."""
        return self._jobs[row.claimed_by or row.added_by].job

    def _again(self, row: ItemRow) -> int:
        row.status = "retried"
        given = NewItem(row.reference, row.lock, row.fields, row.period, row.priority, row.deadline)
        new = self._new(row.space, given, row.fields, row.added_by, row.added_at)
        new.retracted = row.retracted
        self._succeed(row, new)
        return new.id

    def _note(self, row: ItemRow, by: str, what: str, note: str) -> None:
        self._interventions.append(Intervention(row.id, self._clock(), by, what, plain(note)))

    def _sent_and_unseen(self, row: ItemRow) -> list[EffectRow]:
        return [e for e in self._effects.values() if e.item == row.id and e.status == "submitting"]

    def _withdraw(self, row: ItemRow, key: EffectKey) -> bool:
        known = self._effects.get(key)
        if known is not None and known.status == "confirmed":
            raise UsageError(f"'{row.reference}': the effect is confirmed since; settle it as done")
        if known is None or known.item != row.id or known.status != "submitting":
            return False
        known.status = "withdrawn"
        return True

    def _happened(self, key: EffectKey, item_id: int, job: str, candidate: str) -> bool:
        """Bind what was seen to an effect; False when another candidate is bound to it already."""
        others = (e for k, e in self._effects.items() if k.scope == key.scope and k != key)
        if any(other.candidate == candidate for other in others):
            raise bound_elsewhere(key, candidate)
        known, now = self._effects.get(key), self._clock()
        if known is None:
            known = self._effects[key] = EffectRow(key, "confirmed", candidate, now, item_id, job, now)
        if known.status == "confirmed":
            return known.candidate == candidate
        known.status, known.candidate, known.confirmed_at = "confirmed", candidate, now
        return True

    def _mark_retracted(self, item_id: int) -> None:
        correction = self._rows[item_id]
        corrected = original(correction.space.key, correction.reference)
        for row in self._rows.values():
            if (row.space.key, row.reference) == corrected:
                row.retracted = True

    def _item(self, row: ItemRow) -> QueueItem:
        doubtful = row.status in GIVEN_UP and bool(self._sent_and_unseen(row))
        return QueueItem(
            id=row.id, space=row.space, bot=self._jobs[row.added_by].job.bot, reference=row.reference,
            lock=row.lock, fields=as_stored(row.fields), period=row.period, priority=row.priority,
            deadline=row.deadline,
            late=row.deadline is not None and row.deadline < (row.settled_at or self._clock()),
            status=row.status, in_doubt=row.status == "held" or doubtful, exception=row.exception,
            reason=row.reason, attempts=row.attempts, postponed=row.postponed,
            available_at=row.available_at, owner=row.owner or "",
            lease_until=row.lease_until if row.owner else None, completed_on=row.completed_on,
            rules=row.rules, output=as_stored(row.output), analytics=row.analytics, progress=row.progress,
            added_by=row.added_by, claimed_by=row.claimed_by, settled_by=row.settled_by,
            added_at=row.added_at, claimed_at=row.claimed_at, settled_at=row.settled_at,
            successor=row.successor, thinned_at=row.thinned_at,
        )  # fmt: skip


def as_stored(value: Mapping[str, Any]) -> dict[str, Any]:
    """What comes back is what JSON keeps, and nobody's own object. What it cannot keep is an error."""
    stored: dict[str, Any] = json.loads(dump_json(dict(value)))
    return stored
