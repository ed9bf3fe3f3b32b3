"""`finish` as work on an item of a queue beside the process's, so that what it does once is done once.

The item waits from a job's start. A job that does not come to its end leaves it: the next one takes it, in
the first one's name, and its `finish` sees what all of them handled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from robotfabrik.engine.outage import OPEN
from robotfabrik.engine.queue import JobQueue, Stored
from robotfabrik.engine.results import as_record, from_stored
from robotfabrik.model.process import Process
from robotfabrik.model.result import ItemResult
from robotfabrik.model.work import Item, Job, NewItem, StoredItem

LEASE = 60.0


class Finishing:
    """Which item `finish` works on, and what it sees."""

    def __init__(self, job: Job, process: Process, stored: Stored) -> None:
        self._job, self._process, self._stored = job, process, stored
        self._queue = JobQueue(stored, replace(job, space=job.space.beside("finish")), "", None)

    async def begin(self) -> None:
        """Let it wait, or join what an earlier job left."""
        found: Sequence[StoredItem] = await self._stored("items", self._job.space.beside("finish"))
        left = next((item for item in found if item.status in OPEN), None)
        await self._add(*((left.reference, left.fields) if left else (self._job.id, {})))

    async def take(self, owner: str) -> Item:
        """The item to work on. Another job of the bot may have taken the one that was joined."""
        if (item := await self._queue.claim(owner, LEASE)) is None:
            await self._add(self._job.id, {})
            item = await self._queue.claim(owner, LEASE)
        assert item is not None
        return item

    async def sees(self, item: Item, own: Sequence[ItemResult]) -> Mapping[str, Any]:
        """What `job.…` says: whose end this is, and what became of the items of all, by reference."""
        earlier = set(item.fields["jobs"]) - {self._job.id}
        handled = {result.reference: as_record(self._process, result) for result in own}
        if earlier:
            for stored in await self._stored("items", self._job.space):
                if stored.job in earlier and (result := from_stored(self._process, stored)) is not None:
                    handled.setdefault(stored.reference, as_record(self._process, result))
        return {"id": item.reference, "items": tuple(handled[reference] for reference in sorted(handled))}

    async def _add(self, reference: str, fields: Mapping[str, Any]) -> None:
        jobs = dict.fromkeys((*fields.get("jobs", ()), self._job.id))
        await self._queue.add([NewItem(reference, "", {"jobs": list(jobs)})])
