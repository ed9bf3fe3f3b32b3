"""Activities for queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from robotfabrik.activities import reading
from robotfabrik.activities.api import Activity, Columns, Context, Data, Values, describe
from robotfabrik.model.errors import EvaluationError, SystemException
from robotfabrik.model.types import DATE, INTEGER, TEXT, Type, record_of, table_of
from robotfabrik.model.values import Record
from robotfabrik.model.work import StoredItem

COUNTED = ("added", "pending", "done", "held", "reopened", "refused")
ITEM_FIELDS = {
    "reference": TEXT, "status": TEXT, "exception": TEXT.or_none(), "progress": TEXT, "day": DATE.or_none(),
}  # fmt: skip


async def add_queue_item(ctx: Context, fields: Values) -> str:
    """Add an item to the process's queue. Adding one again is harmless.

    fields: the fields of `queue.item`, each with its value. Returns added, pending, done, held or reopened.
    """
    return (await ctx.add_items([fields]))[0]


async def bulk_add_queue_items(
    ctx: Context, table: Data, commit: Literal["all_or_nothing", "each"] = "all_or_nothing"
) -> Any:
    """Add an item for each row of a table. Gives how many were added, pending, done, held, reopened, refused.

    table: its columns are fields of `queue.item`.
    commit: all_or_nothing adds none when one cannot be added; each leaves such rows out, logged, as refused.
    """
    if commit == "all_or_nothing":
        return _counted(await ctx.add_items(table))
    states: list[str] = []
    for number, row in enumerate(table, 1):
        try:
            states += await ctx.add_items([row])
        except (SystemException, EvaluationError) as error:
            ctx.log("warning", f"row {number} is not added to the queue: {error}")
            states.append("refused")
    return _counted(states)


def _counted(states: Sequence[str]) -> Record:
    counts = Counter(states)
    return Record({name: counts[name] for name in COUNTED})


async def get_queue_items(
    ctx: Context,
    status: Literal[
        "all", "new", "in_progress", "successful", "business", "failed", "held", "abandoned", "deleted"
    ] = "all",
    process: str = "",
    columns: Columns = (),
) -> Any:
    """Read a queue: a table with reference, status, exception and progress of each item.

    Each has also `day`: the date of the job that ended it, none while it is open.
    status: only the items of this status.
    process: the id of another PDD, whose live queue in the same environment and data set is read; its own.
    columns: of its report, each name: type, or name: {header, as, private}; type? may be empty, as those of
        an item are whose exception has no details.
    """
    return tuple(
        Record(
            reference=i.reference, status=i.status, exception=i.exception, progress=i.progress, day=i.day,
            **_columns(ctx, i, columns),
        )
        for i in await ctx.queue_items(process)
        if status in ("all", i.status)
    )  # fmt: skip


def _columns(ctx: Context, item: StoredItem, columns: Columns) -> dict[str, Any]:
    """What the report said of an item, read as the types that the step wants."""
    said = item.output.get("columns", {})
    return {
        column.name: reading.value(
            ctx, f"queue item, {column.header}", column.type, column.optional, column.private,
            _shown(said.get(column.header)),
        )
        for column in columns
    }  # fmt: skip


def _shown(value: Any) -> str | None:
    """A kept value as a reading takes it."""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return None if value is None else str(value)


def _taken(arguments: Mapping[str, Any]) -> str | None:
    columns = getattr(arguments.get("columns"), "value", None) or ()
    taken = next((column.name for column in columns if column.name in ITEM_FIELDS), None)
    return f"'{taken}' is a field of every item: give the column another name" if taken else None


def _items(arguments: Mapping[str, Any]) -> Type:
    columns = getattr(arguments.get("columns"), "value", None) or ()
    return table_of({**ITEM_FIELDS, **{c.name: c.type.or_none() if c.optional else c.type for c in columns}})


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
    describe(bulk_add_queue_items, "local", result_type=lambda _: record_of(dict.fromkeys(COUNTED, INTEGER))),
    describe(get_queue_items, "read", result_type=_items, problem=_taken),
    describe(set_transaction_progress, "local"),
    describe(postpone, "local"),
    describe(exclude_queue_item, "local"),
)
