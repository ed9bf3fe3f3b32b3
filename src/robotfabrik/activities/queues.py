"""Activities for queues."""

from __future__ import annotations

from robotfabrik.activities.api import Activity, Context, Values, describe


async def add_queue_item(ctx: Context, fields: Values) -> str:
    """Add an item to the process's queue. Adding one again is harmless.

    fields: the fields of `queue.item`, each with its value. Returns added, pending, done, held or reopened.
    """
    return await ctx.add_item(fields)


async def exclude_queue_item(ctx: Context, exception: str) -> None:
    """Count a case that is left out on purpose, instead of adding it.

    exception: the id of the exception that says why.
    """
    ctx.exclude(exception)


ACTIVITIES: tuple[Activity, ...] = (
    describe(add_queue_item, "local"),
    describe(exclude_queue_item, "local"),
)
