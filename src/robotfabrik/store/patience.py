"""A store whose server goes away for a moment: what a job asked of it is asked again.

A transaction whose answer was lost may have been kept or not. So what is asked again must be the same the
second time, or be recognised: who holds an item or a job is fenced by owner and epoch, and those tell.

    add_items, reads, beat, renew, progress, set_asset: the same the second time
    submit_effect, confirm_effect: the same for the item that holds the lease, which is looked at anew
    claim: an item that was claimed unheard waits for the end of its lease, and is taken then
    settle, retry, postpone, release: refused as lost, though the epoch is still ours: it was kept
    start_job, end_job: refused as taken or lost, though the row names us and what we said: it was kept
    hand_over: the second time there is nothing to hand over
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from robotfabrik.model.errors import JobTaken, LeaseLost, StoreLost
from robotfabrik.model.work import Item, Job
from robotfabrik.store.sql import SqlStore

PATIENCE: Final = 120.0
"""Seconds. Longer than a job's lease: a job that cannot be heard of ends, and another takes it up."""
PAUSES: Final = (0.1, 0.3, 1.0)  # the last one again and again


def _started(store: SqlStore, job: Job) -> bool:
    record = store.job(job.id)
    return record is not None and record.status == "running" and record.job.owner == job.owner


def _ended(store: SqlStore, job_id: str, status: str, *_: Any) -> bool:
    record = store.job(job_id)
    return record is not None and record.status == status


def _let_go(store: SqlStore, item: Item, *_: Any) -> bool:
    return store.let_go(item)


_KEPT: Final[Mapping[str, Callable[..., bool]]] = {
    "start_job": _started, "end_job": _ended,
    "settle": _let_go, "retry": _let_go, "postpone": _let_go, "release": _let_go,
}  # fmt: skip


class PatientStore:
    """A store of the same calls, for a job (engine.ports.Store)."""

    def __init__(self, store: SqlStore, patience: float = PATIENCE) -> None:
        self._store, self._patience = store, patience

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return partial(self._ask, name, found) if callable(found) else found

    def _ask(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        until, asked = time.monotonic() + self._patience, 0
        while True:
            try:
                return call(*arguments)
            except StoreLost:
                if time.monotonic() > until:
                    raise
            except (JobTaken, LeaseLost):
                if asked and name in _KEPT and self._ask("", _KEPT[name], self._store, *arguments):
                    return None
                raise
            time.sleep(PAUSES[min(asked, len(PAUSES) - 1)])
            asked += 1
