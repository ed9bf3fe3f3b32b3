"""What a process makes once and never again, such as a draw: whoever asks later gets what was made first.

It is kept as the output of an item in a queue beside the process's. Of two jobs that ask at once the one that
claims the item makes it; one that dies in between leaves nothing, and the next one makes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from robotfabrik.engine.items import plain, typed
from robotfabrik.engine.queue import Stored
from robotfabrik.model.errors import SystemException
from robotfabrik.model.types import Type
from robotfabrik.model.values import Record
from robotfabrik.model.work import Job, NewItem, Selection, Settlement, StoredItem

QUEUE: Final = "kept"
LEASE: Final = 60.0


async def keep(
    stored: Stored, job: Job, name: str, type_: Type, make: Callable[[], Mapping[str, Any]], *, unless: bool
) -> Record:
    """What was made first under a name. `unless`: when nothing is, what is made now is not kept."""
    space = job.space.beside(QUEUE)
    found = await _found(stored, job, name)
    if unless and (found is None or found.status == "new"):  # new: whoever was making it died
        return _typed(type_, plain(make()))
    if not unless:
        await stored("add_item", space, NewItem(name, "", {}), job.id)
        mine = await stored("claim", space, f"{job.owner}/{QUEUE}", job.id, LEASE, Selection(reference=name))
        if mine is not None:
            await stored("settle", mine, Settlement("successful", output=plain(make())), job.date)
        found = await _found(stored, job, name)
    if found is None:
        raise SystemException(f"what was kept as '{name}' has been deleted: it is not made again")
    if found.status != "successful":
        raise SystemException(f"another job is making '{name}'")
    return _typed(type_, found.output)


def _typed(type_: Type, kept: Mapping[str, Any]) -> Record:
    record: Record = typed(type_, kept)
    return record


async def _found(stored: Stored, job: Job, name: str) -> StoredItem | None:
    items: Sequence[StoredItem] = await stored("items", job.space.beside(QUEUE))
    return next((item for item in items if item.reference == name), None)
