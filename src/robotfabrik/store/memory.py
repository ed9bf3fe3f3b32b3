"""The store in memory: the same contract, for tests of the engine. Gone when the process ends."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import RLock
from typing import Any

from robotfabrik.model.alerts import Cause
from robotfabrik.model.assets import Asset, AssetKey
from robotfabrik.model.audit import AuditRow, Entry, Head
from robotfabrik.model.deployment import Decision, Release
from robotfabrik.model.errors import JobTaken, LeaseLost
from robotfabrik.model.records import Intervention
from robotfabrik.model.work import (
    WITHOUT_PERIOD,
    Added,
    EffectKey,
    EffectRecord,
    Item,
    Job,
    NewItem,
    OpenItem,
    Selection,
    Settlement,
    Space,
    StoredItem,
)
from robotfabrik.store import audit, chain, digests
from robotfabrik.store.adding import ALREADY
from robotfabrik.store.effects import refused_confirmation, refused_submission
from robotfabrik.store.items import lost, plain
from robotfabrik.store.memory_assets import AssetsInMemory
from robotfabrik.store.memory_pending import PendingInMemory
from robotfabrik.store.memory_people import PeopleInMemory, as_stored
from robotfabrik.store.people import ABANDONED_AFTER
from robotfabrik.store.rows import EffectRow, ItemRow, JobRow
from robotfabrik.store.thinning import hashed


class MemoryStore(AssetsInMemory, PendingInMemory, PeopleInMemory):
    """Same contract as SqlStore. `clock` gives seconds since 1970; a test may move it as it likes."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._all = RLock()
        self._pepper = secrets.token_bytes(32)
        self._rows: dict[int, ItemRow] = {}
        self._effects: dict[EffectKey, EffectRow] = {}
        self._assets: dict[AssetKey, Asset] = {}
        self._jobs: dict[str, JobRow] = {}
        self._interventions: list[Intervention] = []
        self._releases: dict[str, Release] = {}
        self._decisions: list[Decision] = []
        self.told: list[AuditRow] = []
        self.alerts: list[Cause] = []

    @property
    def pepper(self) -> bytes:
        return self._pepper

    def close(self) -> None:
        pass

    def raise_alert(self, cause: Cause) -> None:
        self.alerts.append(cause)

    # --- jobs

    def start_job(self, job: Job) -> None:
        with self._all:
            row = self._jobs.setdefault(job.id, JobRow(job, 0.0, 0.0, "pending"))
            if row.status != "pending":
                raise JobTaken(job.id)
            row.job, row.status = job, "running"
            row.started_at = row.seen_at = self._clock()
            if job.tells and job.restart_of:
                self.has_told(job.restart_of)
            self.audit(audit.job_started(job))

    def end_job(self, job_id: str, status: str, summary: dict[str, Any]) -> None:
        with self._all:
            row = self._know(job_id)
            if row.status != "running":
                raise LeaseLost(f"the job {job_id} runs no more: it ended before, or was given up")
            row.status, row.summary = status, as_stored(summary)
            row.ended_at = row.seen_at = self._clock()
            self.audit(audit.job_ended(row.job, status, summary))

    def beat(self, job_id: str, owner: str) -> str:
        with self._all:
            row = self._jobs.get(job_id)
            if row is None or row.status != "running" or row.job.owner != owner:
                return "lost"
            row.seen_at = self._clock()
            return row.wanted

    def _know(self, job_id: str) -> JobRow:
        if job_id not in self._jobs:
            raise LookupError(f"there is no job {job_id}: start_job comes first")
        return self._jobs[job_id]

    # --- items

    def add_item(self, space: Space, item: NewItem, job_id: str) -> Added:
        return self.add_items(space, (item,), job_id)[0]

    def add_items(self, space: Space, new: Sequence[NewItem], job_id: str) -> Sequence[Added]:
        with self._all:
            before = {row.id: replace(row) for row in self._rows.values()}
            try:
                return [self._add(space, item, job_id) for item in new]
            except Exception:
                self._rows = before
                raise

    def _add(self, space: Space, item: NewItem, job_id: str) -> Added:
        fields = as_stored(item.fields)
        now = self._clock()
        gone = hashed(self._pepper, space.key, item.reference)
        row = next((r for r in self._in(space) if r.reference in (item.reference, gone)), None)
        if row is not None and (row.thinned_at is not None or row.status in ("successful", "business")):
            return "done"
        if row is not None and row.status in ALREADY and not row.is_open:
            return ALREADY[row.status]
        self._know(job_id)
        if row is not None and row.is_open:
            row.added_by, row.added_at = job_id, now
            if row.status == "new" or row.lease_until < now:
                row.take(item, fields)
                row.open_again()
            return "pending"
        new = self._new(space, item, fields, job_id, now)
        if row is not None:
            row.status = "retried"
            self._succeed(row, new)
        return "reopened" if row else "added"

    def _new(
        self, space: Space, item: NewItem, fields: Mapping[str, Any], job_id: str, added_at: float
    ) -> ItemRow:
        new = ItemRow(
            id=len(self._rows) + 1, space=space, reference=item.reference, lock=item.lock, fields=fields,
            position=0, available_at=max(self._clock(), item.not_before or 0.0), period=item.period,
            added_by=job_id, added_at=added_at, priority=item.priority, deadline=item.deadline,
        )  # fmt: skip
        new.position = self._behind_alike(new)
        self._rows[new.id] = new
        return new

    def _succeed(self, old: ItemRow, new: ItemRow) -> None:
        old.successor = new.id
        for effect in self._effects.values():
            if effect.item == old.id:
                effect.item = new.id

    def claim(
        self, space: Space, owner: str, job_id: str, lease: float, selection: Selection = WITHOUT_PERIOD
    ) -> Item | None:
        with self._all:
            now = self._clock()
            wanted = self._selected(space, selection)
            wanted.sort(key=lambda r: (*r.urgency, r.position, r.id))
            row = next((r for r in wanted if _is_due(r, now) and not self._holder(r)), None)
            if row is None and self._free_locks(wanted, now):
                row = next((r for r in wanted if _is_due(r, now) and not self._holder(r)), None)
            if row is None:
                return None
            self._know(job_id)
            row.status, row.owner, row.claimed_by, row.lease_until = "in_progress", owner, job_id, now + lease
            row.claimed_at = now
            row.epoch += 1
            row.attempts += 1
            return Item(
                id=row.id, reference=row.reference, lock=row.lock, fields=as_stored(row.fields),
                attempt=row.attempts, postponed=dict(row.postponed), owner=owner, epoch=row.epoch,
            )  # fmt: skip

    def _free_locks(self, wanted: Sequence[ItemRow], now: float) -> bool:
        """Open the abandoned items whose lock is all that the wanted ones wait for."""
        holders = [self._holder(row) for row in wanted if row.status == "new" and row.available_at <= now]
        abandoned = [holder for holder in holders if holder and holder.lease_until < now]
        for holder in abandoned:
            holder.open_again()
        return bool(abandoned)

    def next_due(self, space: Space, selection: Selection = WITHOUT_PERIOD) -> float | None:
        with self._all:
            times = []
            for row in self._selected(space, selection):
                holder = self._holder(row)
                if row.status == "in_progress":
                    times.append(row.lease_until)
                else:
                    times.append(max(row.available_at, holder.lease_until) if holder else row.available_at)
            return max(0.0, min(times) - self._clock()) if times else None

    def renew(self, item: Item, lease: float) -> None:
        with self._all:
            self._held_by(item).lease_until = self._clock() + lease

    def settle(self, item: Item, settlement: Settlement, completed_on: date) -> None:
        with self._all:
            row, output = self._held_by(item), as_stored(settlement.output)
            row.status, row.owner, row.settled_by = settlement.status, None, row.claimed_by
            row.exception, row.reason, row.rules = (
                settlement.exception,
                plain(settlement.reason),
                settlement.rules,
            )
            row.output, row.completed_on, row.settled_at = output, completed_on, self._clock()
            row.analytics = as_stored(settlement.analytics)
            job = self._jobs[row.claimed_by].job
            if not row.space.rehearsal:
                digest = digests.of([row.reference, row.fields, row.reason, output])
                self.audit(audit.ended(item, settlement, job, digest))

    def retry(self, item: Item, delay: float, reason: str) -> None:
        with self._all:
            row = self._held_by(item)
            row.open_again()
            row.available_at, row.reason = self._clock() + delay, plain(reason)

    def postpone(self, item: Item, exception: str, delay: float | None) -> None:
        with self._all:
            row = self._held_by(item)
            row.attempts -= 1
            row.postponed = {**item.postponed, exception: item.postponed.get(exception, 0) + 1}
            row.available_at = self._clock() + (delay or 0.0)
            if delay is None:
                row.behind = 1
                row.position = self._behind_alike(row)
            row.open_again()

    def release(self, item: Item) -> None:
        with self._all:
            row = self._held_by(item)
            row.attempts -= 1
            row.open_again()

    def owners(self, space: Space) -> Sequence[str]:
        with self._all:
            return sorted({row.owner for row in self._in(space) if row.owner is not None})

    def release_owner(self, space: Space, owner: str) -> int:
        with self._all:
            theirs = [row for row in self._in(space) if row.owner == owner]
            for row in theirs:
                row.open_again()
            return len(theirs)

    def abandon(self, space: Space | None = None) -> int:
        with self._all:
            long_ago = self._clock() - ABANDONED_AFTER
            gone = [
                row
                for row in self._rows.values()
                if row.status == "in_progress" and row.lease_until < long_ago and space in (None, row.space)
            ]
            for row in gone:
                row.status, row.owner, row.settled_at = "abandoned", None, self._clock()
                job = self._jobs[row.claimed_by].job
                if not row.space.rehearsal:
                    self.audit(audit.abandoned(row.id, job.id, job.bot))
            return len(gone)

    def open_items(self, space: Space, job_id: str) -> Sequence[OpenItem]:
        with self._all:
            return [
                OpenItem(
                    row.reference, row.period, self._is_seen(row, job_id), row.status == "abandoned",
                    row.deadline is not None and row.deadline < self._clock(),
                )
                for row in self._in(space)
                if row.is_open or row.status == "abandoned"
            ]  # fmt: skip

    def items(self, space: Space, job_id: str | None = None) -> Sequence[StoredItem]:
        with self._all:
            return [
                StoredItem(
                    reference=row.reference, lock=row.lock, fields=as_stored(row.fields), status=row.status,
                    exception=row.exception, reason=row.reason, attempts=row.attempts, rules=row.rules,
                    output=as_stored(row.output), job=row.settled_by, period=row.period,
                    progress=row.progress, day=row.completed_on,
                )
                for row in self._in(space)
                if job_id in (None, row.settled_by)
            ]  # fmt: skip

    def last_completed(self, space: Space, key: str, on: date) -> date | None:
        with self._all:
            names = {key, hashed(self._pepper, space.key, key)}
            days = (
                row.completed_on
                for row in self._in(space)
                if row.status == "successful" and not row.retracted
                and names & {row.lock or None, row.reference}
            )
            return max((day for day in days if day is not None and day <= on), default=None)

    def _in(self, space: Space) -> Iterator[ItemRow]:
        """Those that count: of items that were tried again only the newest."""
        return (row for row in self._rows.values() if row.space == space and row.status != "retried")

    def _selected(self, space: Space, selection: Selection) -> list[ItemRow]:
        return [
            row
            for row in self._in(space)
            if row.is_open
            and row.period == selection.period
            and selection.reference in (None, row.reference)
            and (selection.seen_by is None or self._is_seen(row, selection.seen_by))
        ]

    def _is_seen(self, row: ItemRow, job_id: str) -> bool:
        return job_id in self._jobs and row.added_at >= self._jobs[job_id].started_at

    def _behind_alike(self, row: ItemRow) -> int:
        alike = (
            r.position for r in self._in(row.space) if r.is_open and r is not row and r.urgency == row.urgency
        )
        return max(alike, default=0) + 1

    def _holder(self, row: ItemRow) -> ItemRow | None:
        """Who else holds the row's lock."""
        return next(
            (
                other
                for other in self._rows.values()
                if row.lock and (other.space.case_space, other.lock) == (row.space.case_space, row.lock)
                and other.status == "in_progress" and other is not row
            ),
            None,
        )  # fmt: skip

    def _held_by(self, item: Item) -> ItemRow:
        row = self._rows.get(item.id)
        if row is None or (row.status, row.owner, row.epoch) != ("in_progress", item.owner, item.epoch):
            raise lost(item)
        return row

    def progress(self, item: Item, text: str) -> None:
        with self._all:
            self._held_by(item).progress = plain(text)

    # --- effects

    def effect(self, key: EffectKey) -> EffectRecord | None:
        with self._all:
            known = self._effects.get(key)
            if known is None:
                return None
            at = datetime.fromtimestamp(known.submitted_at, UTC)
            age = self._clock() - known.submitted_at
            sender = self._jobs.get(known.job)
            day = None if sender is None else sender.job.date
            return EffectRecord(known.status, known.candidate, at, age, known.item, day)

    def submit_effect(self, key: EffectKey, item: Item, content: Mapping[str, Any] | None = None) -> None:
        with self._all:
            now, row = self._clock(), self._held_by(item)
            if row.lease_until <= now:
                raise lost(item)
            known = self._effects.get(key)
            if known is not None:
                other = self._rows.get(known.item)
                at_it = other is not None and other.status == "in_progress" and other.lease_until > now
                if known.status == "confirmed" or (known.item != item.id and at_it):
                    raise refused_submission(key, known.status)
            self._effects[key] = EffectRow(key, "submitting", None, now, item.id, row.claimed_by)
            job = self._jobs[row.claimed_by].job
            self.audit(audit.effect(audit.SUBMITTED, key, item, job, job.robot, {"content": content}))

    def confirm_effect(self, key: EffectKey, item: Item, candidate: str) -> None:
        with self._all:
            job = self._jobs[self._held_by(item).claimed_by].job
            if not self._happened(key, item.id, job.id, candidate):
                raise refused_confirmation(key, candidate, self.effect(key))
            self._mark_retracted(item.id)
            self.audit(audit.effect(audit.CONFIRMED, key, item, job, job.robot, {"candidate": candidate}))

    def bound_candidates(self, scope: str, candidates: Sequence[str], besides: EffectKey) -> frozenset[str]:
        with self._all:
            return frozenset(
                known.candidate
                for key, known in self._effects.items()
                if key.scope == scope and key != besides and known.candidate in candidates and known.candidate
            )

    # --- the audit

    def audit(self, entry: Entry) -> int:
        with self._all:
            sealed = chain.sealed(entry.content) if entry.content is not None else None
            last = self.told[-1] if self.told else chain.NOTHING
            head = Head(last.seq, last.hash)
            self.told.append(chain.link(entry, self._clock(), head, sealed and sealed[2]))
            return self.told[-1].seq

    # --- deployment

    def record_decision(self, decision: Decision, release: Release | None) -> Decision:
        details = as_stored(decision.details)
        with self._all:
            if release is not None:
                self._releases.setdefault(release.hash, Release(dict(release.files)))
            elif decision.release and decision.release not in self._releases:
                raise LookupError(f"the release {decision.release} is not kept")
            decision = replace(decision, details=details, number=len(self._decisions) + 1)
            self._decisions.append(decision)
            self.audit(audit.decided(decision, digests.of([decision])))
            return decision

    def decisions(self, bot: str | None = None) -> Sequence[Decision]:
        with self._all:
            return [decision for decision in self._decisions if bot in (None, decision.bot)]

    def kept_release(self, hash: str) -> Release | None:
        with self._all:
            return self._releases.get(hash)


def _is_due(row: ItemRow, now: float) -> bool:
    return row.available_at <= now if row.status == "new" else row.lease_until < now
