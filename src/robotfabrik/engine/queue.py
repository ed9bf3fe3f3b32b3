"""The queue as one job sees it: which of its open items it may take, and what stays open when it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from robotfabrik.engine.items import to_store
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.model.process import Evaluable, Queue
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.values import Record
from robotfabrik.model.work import PRIORITIES, Item, Job, NewItem, OpenItem, Selection

Stored = Callable[..., Awaitable[Any]]
"""A call of the store: its name, then its arguments."""


def new_item(queue: Queue, given: Mapping[str, Any], scope: Mapping[str, Any], now: datetime) -> NewItem:
    """An item as the PDD's queue describes it, from the fields that a step gives."""
    unknown = [name for name in given if name not in queue.item]
    if unknown:
        raise SystemException(f"the queue's item has no field '{unknown[0]}'")
    stored = to_store(queue.item, given)
    scope = {**scope, "item": Record({**dict.fromkeys(queue.item), **given})}
    reference = "/".join(str(part.evaluate(scope)) for part in queue.reference)
    lock = "" if queue.lock is None else str(queue.lock.evaluate(scope))
    end, begin = (
        None if part is None else part.evaluate(scope) for part in (queue.deadline, queue.postpone)
    )
    return NewItem(
        reference, lock, stored, priority=_priority(queue.priority, scope),
        deadline=_seconds(end, now, days=1),  # until the end of that day
        not_before=_seconds(begin, now),
    )  # fmt: skip


def _priority(given: Evaluable | None, scope: Mapping[str, Any]) -> int:
    value = None if given is None else given.evaluate(scope)
    if value is None:
        return PRIORITIES["normal"]
    if value not in PRIORITIES:
        raise SystemException(f"an item's priority is {' or '.join(PRIORITIES)}, not another word")
    return PRIORITIES[value]


def _seconds(when: date | timedelta | None, now: datetime, *, days: int = 0) -> float | None:
    """A day of this machine's calendar, or a time from now on, in seconds since 1970."""
    if isinstance(when, date):
        midnight = datetime.combine(when + timedelta(days=days), time.min)
        return midnight.astimezone(now.tzinfo).timestamp()
    return None if when is None else (now + when).timestamp()


class JobQueue:
    """A job takes items of its period only: in another one their dates, and what is verified, are others.

    After its dispatch it takes only what was added since it began: what waited from an earlier run may be
    left out now, because of a protected identity, say.
    """

    def __init__(self, stored: Stored, job: Job, period: str, reference: str | None) -> None:
        self._stored, self._job = stored, job
        self._selection = Selection(period, reference)

    # --- changing it

    async def add(self, new: Sequence[NewItem]) -> list[str]:
        """Add items of this job's period, all or none; what became of each (model.work.Added)."""
        ours = [replace(item, period=self._selection.period) for item in new]
        return list(await self._stored("add_items", self._job.space, ours, self._job.id))

    def only(self, reference: str) -> None:
        """Take this item and no other."""
        self._selection = replace(self._selection, reference=reference)

    def dispatched(self) -> None:
        """The dispatch has come to its end: what it did not add is not taken."""
        self._selection = replace(self._selection, seen_by=self._job.id)

    # --- taking from it

    async def claim(self, owner: str, lease: float) -> Item | None:
        item: Item | None = await self._stored(
            "claim", self._job.space, owner, self._job.id, lease, self._selection
        )
        return item

    async def next_due(self) -> float | None:
        due: float | None = await self._stored("next_due", self._job.space, self._selection)
        return due

    # --- looking at it

    async def waiting(self) -> int:
        """How many items this job may take."""
        return sum(map(self._is_mine, await self._open()))

    async def rest(self, *, earlier: bool) -> tuple[list[str], list[str], int]:
        """References of what is open: of this job, and (`earlier`) of what it had to leave alone.

        At last, how many of these have missed their deadline. What nobody took for long is given up.
        """
        mine, left = [], []
        await self._stored("abandon", self._job.space)
        found = await self._open()
        for item in found:
            if self._is_mine(item):
                mine.append(item.reference)
            elif earlier and item.period <= self._selection.period:  # abandoned ones too
                left.append(item.reference)
        return mine, left, sum(item.late for item in found)

    async def must_have(self, reference: str) -> None:
        """UsageError when an item is none that this job may take, or has taken before."""
        stored = await self._stored("items", self._job.space)
        item = next((item for item in stored if item.reference == reference), None)
        period = self._selection.period
        if item is None:
            known = [item.reference for item in stored if item.period == period]
            raise UsageError(f"there is no item '{reference}'. {did_you_mean(reference, known)}".rstrip())
        if item.period != period:
            raise UsageError(f"item '{reference}' is of {item.period}; choose its period with --date")
        if item.status == "abandoned":
            raise UsageError(f"item '{reference}' was abandoned: robotfabrik items retry '{reference}'")
        if any(item.reference == reference and not self._is_mine(item) for item in await self._open()):
            raise UsageError(
                f"item '{reference}' waits from an earlier run, but the dispatch leaves it out now; "
                "--only process takes it all the same"
            )

    async def _open(self) -> Sequence[OpenItem]:
        found: Sequence[OpenItem] = await self._stored("open_items", self._job.space, self._job.id)
        return found

    def _is_mine(self, item: OpenItem) -> bool:
        selection = self._selection
        return (
            not item.abandoned
            and item.period == selection.period
            and selection.reference in (None, item.reference)
            and (selection.seen_by is None or item.seen)
        )
