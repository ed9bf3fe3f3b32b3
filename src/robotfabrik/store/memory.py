"""The store in memory: the same contract, for tests of the engine. Gone when the process ends."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from threading import RLock
from typing import Any

from robotfabrik.model.audit import AuditRow, Entry, Head
from robotfabrik.model.work import (
    WITHOUT_PERIOD,
    Added,
    EffectKey,
    EffectRecord,
    EffectStatus,
    Item,
    ItemStatus,
    Job,
    NewItem,
    OpenItem,
    Selection,
    Settlement,
    Space,
    StoredItem,
)
from robotfabrik.store import audit, chain
from robotfabrik.store.effects import (
    bound_elsewhere,
    refused_confirmation,
    refused_submission,
)
from robotfabrik.store.items import ALREADY, lost, plain
from robotfabrik.store.tables import dump_json


@dataclass(slots=True)
class _Row:
    id: int
    space: str
    case_space: str
    reference: str
    lock: str
    fields: Mapping[str, Any]
    position: int
    available_at: float
    period: str
    added_at: float
    status: ItemStatus = "new"
    exception: str | None = None
    reason: str = ""
    attempts: int = 0
    postponed: Mapping[str, int] = field(default_factory=dict)
    owner: str | None = None
    epoch: int = 0
    lease_until: float = 0.0
    completed_on: date | None = None
    rules: tuple[str, ...] = ()
    output: Mapping[str, Any] = field(default_factory=dict)
    claimed_by: str = ""
    settled_by: str = ""
    progress: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in ("new", "in_progress")

    def open_again(self) -> None:
        self.status, self.owner = "new", None


@dataclass(slots=True)
class _Effect:
    status: EffectStatus
    candidate: str | None
    submitted_at: float
    item: int


class MemoryStore:
    """Same contract as SqlStore. `clock` gives seconds since 1970; a test may move it as it likes."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._all = RLock()
        self._pepper = secrets.token_bytes(32)
        self._rows: dict[int, _Row] = {}
        self._effects: dict[EffectKey, _Effect] = {}
        self._assets: dict[tuple[str, str], str] = {}
        self.jobs: dict[str, Job] = {}
        self._began: dict[str, float] = {}
        self.ended: dict[str, tuple[str, dict[str, Any]]] = {}
        self.told: list[AuditRow] = []

    @property
    def pepper(self) -> bytes:
        return self._pepper

    def close(self) -> None:
        pass

    # --- jobs

    def start_job(self, job: Job) -> None:
        with self._all:
            if job.id in self.jobs:
                raise ValueError(f"job {job.id} was started before")
            self.jobs[job.id], self._began[job.id] = job, self._clock()
            self.audit(audit.job_started(job))

    def end_job(self, job_id: str, status: str, summary: dict[str, Any]) -> None:
        with self._all:
            self._know(job_id)
            self.ended[job_id] = (status, _as_stored(summary))
            self.audit(audit.job_ended(job_id, self.jobs[job_id], status, summary))

    def _know(self, job_id: str) -> None:
        if job_id not in self.jobs:
            raise LookupError(f"there is no job {job_id}: start_job comes first")

    # --- items

    def add_item(self, space: Space, item: NewItem, job_id: str) -> Added:
        with self._all:
            fields = _as_stored(item.fields)
            now = self._clock()
            row = next((r for r in self._in(space) if r.reference == item.reference), None)
            if row is None or row.is_open or row.status == "failed":
                self._know(job_id)
            if row is not None and row.is_open:
                row.added_at = now
                if row.status == "new" or row.lease_until < now:
                    row.lock, row.fields, row.period = item.lock, fields, item.period
                    row.open_again()
                return "pending"
            if row is not None and row.status != "failed":
                return ALREADY[row.status]
            new = _Row(
                id=row.id if row else len(self._rows) + 1, space=space.key, case_space=space.case_space,
                reference=item.reference, lock=item.lock, fields=fields, position=self._behind_all(space.key),
                available_at=now, period=item.period, added_at=now, epoch=row.epoch if row else 0,
            )  # fmt: skip
            self._rows[new.id] = new
            return "reopened" if row else "added"

    def claim(
        self, space: Space, owner: str, job_id: str, lease: float, selection: Selection = WITHOUT_PERIOD
    ) -> Item | None:
        with self._all:
            now = self._clock()
            wanted = self._selected(space, selection)
            wanted.sort(key=lambda r: (r.position, r.id))
            row = next((r for r in wanted if _is_due(r, now) and not self._holder(r)), None)
            if row is None and self._free_locks(wanted, now):
                row = next((r for r in wanted if _is_due(r, now) and not self._holder(r)), None)
            if row is None:
                return None
            self._know(job_id)
            row.status, row.owner, row.claimed_by, row.lease_until = "in_progress", owner, job_id, now + lease
            row.epoch += 1
            row.attempts += 1
            return Item(
                id=row.id, reference=row.reference, lock=row.lock, fields=_as_stored(row.fields),
                attempt=row.attempts, postponed=dict(row.postponed), owner=owner, epoch=row.epoch,
            )  # fmt: skip

    def _free_locks(self, wanted: Sequence[_Row], now: float) -> bool:
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
            row, output = self._held_by(item), _as_stored(settlement.output)
            row.status, row.owner, row.settled_by = settlement.status, None, row.claimed_by
            row.exception, row.reason, row.rules = (
                settlement.exception,
                plain(settlement.reason),
                settlement.rules,
            )
            row.output, row.completed_on = output, completed_on

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
                row.position = self._behind_all(row.space)
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

    def open_items(self, space: Space, job_id: str) -> Sequence[OpenItem]:
        with self._all:
            return [
                OpenItem(row.reference, row.period, self._is_seen(row, job_id))
                for row in self._in(space)
                if row.is_open
            ]

    def items(self, space: Space, job_id: str | None = None) -> Sequence[StoredItem]:
        with self._all:
            return [
                StoredItem(
                    reference=row.reference, lock=row.lock, fields=_as_stored(row.fields), status=row.status,
                    exception=row.exception, reason=row.reason, attempts=row.attempts, rules=row.rules,
                    output=_as_stored(row.output), job=row.settled_by, period=row.period,
                    progress=row.progress,
                )
                for row in self._in(space)
                if job_id in (None, row.settled_by)
            ]  # fmt: skip

    def last_completed(self, space: Space, key: str, on: date) -> date | None:
        with self._all:
            days = (
                row.completed_on
                for row in self._in(space)
                if row.status == "successful" and key in (row.lock or None, row.reference)
            )
            return max((day for day in days if day is not None and day <= on), default=None)

    def _in(self, space: Space) -> Iterator[_Row]:
        return (row for row in self._rows.values() if row.space == space.key)

    def _selected(self, space: Space, selection: Selection) -> list[_Row]:
        return [
            row
            for row in self._in(space)
            if row.is_open
            and row.period == selection.period
            and selection.reference in (None, row.reference)
            and (selection.seen_by is None or self._is_seen(row, selection.seen_by))
        ]

    def _is_seen(self, row: _Row, job_id: str) -> bool:
        return job_id in self._began and row.added_at >= self._began[job_id]

    def _behind_all(self, space: str) -> int:
        return max((r.position for r in self._rows.values() if r.space == space and r.is_open), default=0) + 1

    def _holder(self, row: _Row) -> _Row | None:
        """Who else holds the row's lock."""
        return next(
            (
                other
                for other in self._rows.values()
                if row.lock and (other.case_space, other.lock) == (row.case_space, row.lock)
                and other.status == "in_progress" and other is not row
            ),
            None,
        )  # fmt: skip

    def _held_by(self, item: Item) -> _Row:
        row = self._rows.get(item.id)
        if row is None or (row.status, row.owner, row.epoch) != ("in_progress", item.owner, item.epoch):
            raise lost(item)
        return row

    def progress(self, item: Item, text: str) -> None:
        with self._all:
            self._held_by(item).progress = plain(text)

    # --- assets

    def asset(self, space: Space, name: str) -> str | None:
        with self._all:
            return self._assets.get((space.case_space, name))

    def set_asset(self, space: Space, name: str, value: str, job_id: str) -> None:
        with self._all:
            self._assets[space.case_space, name] = plain(value)

    # --- effects

    def effect(self, key: EffectKey) -> EffectRecord | None:
        with self._all:
            known = self._effects.get(key)
            if known is None:
                return None
            at = datetime.fromtimestamp(known.submitted_at, UTC)
            age = self._clock() - known.submitted_at
            return EffectRecord(known.status, known.candidate, at, age, known.item)

    def submit_effect(self, key: EffectKey, item: Item, content: Mapping[str, Any] | None = None) -> None:
        with self._all:
            now, row = self._clock(), self._held_by(item)
            if row.lease_until <= now:
                raise lost(item)
            known = self._effects.get(key)
            if known is not None:
                other = self._rows.get(known.item)
                at_it = other is not None and other.status == "in_progress" and other.lease_until > now
                if known.status != "submitting" or (known.item != item.id and at_it):
                    raise refused_submission(key, known.status)
            self._effects[key] = _Effect("submitting", None, now, item.id)
            job = self.jobs[row.claimed_by]
            self.audit(audit.effect(audit.SUBMITTED, key, item, job, {"content": content}))

    def confirm_effect(self, key: EffectKey, item: Item, candidate: str) -> None:
        with self._all:
            job = self.jobs[self._held_by(item).claimed_by]
            if self.bound_candidates(key.scope, [candidate], key):
                raise bound_elsewhere(key, candidate)
            known = self._effects.get(key)
            if known is None:
                self._effects[key] = _Effect("confirmed", candidate, self._clock(), item.id)
            elif known.status == "submitting" or (known.status, known.candidate) == ("confirmed", candidate):
                known.status, known.candidate = "confirmed", candidate
            else:
                raise refused_confirmation(key, candidate, self.effect(key))
            self.audit(audit.effect(audit.CONFIRMED, key, item, job, {"candidate": candidate}))

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


def _is_due(row: _Row, now: float) -> bool:
    return row.available_at <= now if row.status == "new" else row.lease_until < now


def _as_stored(value: Mapping[str, Any]) -> dict[str, Any]:
    """What comes back is what JSON keeps, and nobody's own object. What it cannot keep is an error."""
    stored: dict[str, Any] = json.loads(dump_json(dict(value)))
    return stored
