"""The queue as one job sees it: which of its open items it may take, and what stays open when it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from robotfabrik.model.errors import UsageError
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.work import Item, Job, NewItem, OpenItem, Selection

Stored = Callable[..., Awaitable[Any]]
"""A call of the store: its name, then its arguments."""


class JobQueue:
    """A job takes items of its period only: in another one their dates, and what is verified, are others.

    After its dispatch it takes only what was added since it began: what waited from an earlier run may be
    left out now, because of a protected identity, say.
    """

    def __init__(self, stored: Stored, job: Job, period: str, reference: str | None) -> None:
        self._stored, self._job = stored, job
        self._selection = Selection(period, reference)

    # --- changing it

    async def add(self, reference: str, lock: str = "", fields: Any = None) -> str:
        """Add an item of this job's period; what became of it (model.work.Added)."""
        new = NewItem(reference, lock, fields or {}, self._selection.period)
        return str(await self._stored("add_item", self._job.space, new, self._job.id))

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

    async def rest(self, *, earlier: bool) -> tuple[list[str], list[str]]:
        """References of what is open: of this job, and (`earlier`) of what it had to leave alone."""
        mine, left = [], []
        for item in await self._open():
            if self._is_mine(item):
                mine.append(item.reference)
            elif earlier and item.period <= self._selection.period:
                left.append(item.reference)
        return mine, left

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
            item.period == selection.period
            and selection.reference in (None, item.reference)
            and (selection.seen_by is None or item.seen)
        )
