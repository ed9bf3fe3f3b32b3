"""Activities for queues."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, Literal

from robotfabrik.activities.api import Activity, Context, Data, Values, describe
from robotfabrik.model.types import INTEGER, TEXT, record_of, table_of
from robotfabrik.model.values import Record

ADDED = ("added", "pending", "done", "held", "reopened")
ITEM = table_of({"reference": TEXT, "status": TEXT, "exception": TEXT.or_none(), "progress": TEXT})


async def add_queue_item(ctx: Context, fields: Values) -> str:
    """Add an item to the process's queue. Adding one again is harmless.

    fields: the fields of `queue.item`, each with its value. Returns added, pending, done, held or reopened.
    """
    return await ctx.add_item(fields)


async def bulk_add_queue_items(ctx: Context, table: Data) -> Any:
    """Add an item for each row of a table. Gives how many were added, pending, done, held and reopened.

    table: its columns are fields of `queue.item`.
    """
    counts = Counter([await ctx.add_item(row) for row in table])
    return Record({name: counts[name] for name in ADDED})


async def get_queue_items(
    ctx: Context,
    status: Literal["all", "new", "in_progress", "successful", "business", "failed", "held"] = "all",
) -> Any:
    """Read this process's own queue: a table with reference, status, exception and progress of each item.

    status: only the items of this status.
    """
    return tuple(
        Record(reference=i.reference, status=i.status, exception=i.exception, progress=i.progress)
        for i in await ctx.queue_items()
        if status in ("all", i.status)
    )


async def set_transaction_progress(ctx: Context, progress: str) -> None:
    """Note how far the work on the item has come, for whoever looks at the queue meanwhile.

    progress: a few words.
    """
    await ctx.set_progress(progress)


async def postpone(ctx: Context, delay: timedelta, at_most: int = 3) -> None:
    """Give the item back, to be taken again from its beginning later on. It counts as no attempt.

    delay: how long it waits at least, such as 30m.
    at_most: after so many times the step fails instead.
    """
    ctx.postpone(delay.total_seconds(), at_most)


async def exclude_queue_item(ctx: Context, exception: str) -> None:
    """Count a case that is left out on purpose, instead of adding it.

    exception: the id of the exception that says why.
    """
    ctx.exclude(exception)


ACTIVITIES: tuple[Activity, ...] = (
    describe(add_queue_item, "local"),
    describe(bulk_add_queue_items, "local", result_type=lambda _: record_of(dict.fromkeys(ADDED, INTEGER))),
    describe(get_queue_items, "read", result_type=lambda _: ITEM),
    describe(set_transaction_progress, "local"),
    describe(postpone, "local"),
    describe(exclude_queue_item, "local"),
)
