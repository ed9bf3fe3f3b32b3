"""Activities that read screens."""

from __future__ import annotations

from typing import Any

from robotfabrik.activities import reading
from robotfabrik.activities.api import (
    Activity,
    Context,
    ElementTarget,
    ScreenTarget,
    TableTarget,
    describe,
)
from robotfabrik.activities.targets import element_of, element_type, screen_type, session_of, table_type
from robotfabrik.model.errors import SystemException, Unknown
from robotfabrik.model.process import Screen, Table
from robotfabrik.model.types import TEXT


async def get_text(ctx: Context, target: ElementTarget) -> Any:
    """Read one element, typed by its `as`.

    target: the element.
    """
    text = await session_of(ctx, target).read_text(target, ctx.timeout)
    ctx.remember_reading(target.id)
    return reading.field(ctx, element_of(target), text)


async def get_attribute(ctx: Context, target: ElementTarget, name: str) -> str | None:
    """Read an attribute of an element, such as href, title, class or value; none when it has none such.

    target: the element.
    name: the attribute. Value, checked, selected, disabled and open are read as they are now (ja or nej).
    """
    value = await session_of(ctx, target).attribute(target, name, ctx.timeout)
    ctx.remember_reading(target.id)
    if value is not None and element_of(target).private:
        ctx.remember_private(value)
    return value


async def read_form(ctx: Context, target: ScreenTarget) -> Any:
    """Read every field and table of a screen at once, from one state of the page.

    target: the screen. Its fields are its elements with `as` and all its tables. The result is none when
    an element with `means: none` is shown instead, such as "no such person".
    """
    screen = target.element
    assert isinstance(screen, Screen)
    nothing = screen.nothing
    instead = (*nothing, *ctx.unknown_elements(target.application))
    raw = await session_of(ctx, target).read_form(screen, instead, ctx.timeout)
    ctx.remember_reading(screen.id)
    if raw.unknown in {element.id for element in nothing}:
        return None
    if raw.unknown:
        raise Unknown(f"{screen.id}: {raw.unknown} is shown")
    return reading.form(ctx, screen, raw)


async def extract_table_data(ctx: Context, target: TableTarget, max_rows: int | None = None) -> Any:
    """Read a table, typed, to its end: following its `next`, pressing or scrolling for `more`.

    target: the table. Its columns, their types, and the way to the rest of it stand in the repository.
    max_rows: stop after so many rows; without it every row is read.
    """
    table = target.element
    assert isinstance(table, Table)
    if max_rows is not None and max_rows < 1:
        raise SystemException("max_rows is at least 1")
    unknown = ctx.unknown_elements(target.application)
    raw = await session_of(ctx, target).read_table(table, unknown, ctx.timeout, max_rows=max_rows)
    ctx.remember_reading(table.id)
    if isinstance(raw, str):
        raise Unknown(f"{table.id}: {raw} is shown")
    return tuple(reading.row(ctx, table, row) for row in raw)


async def element_exists(ctx: Context, target: ElementTarget) -> bool:
    """Is the element there now? Waits only when the step has a timeout.

    target: the element.
    """
    return await session_of(ctx, target).exists(target, ctx.own_timeout or 0)


async def find_element(ctx: Context, target: ElementTarget) -> None:
    """Wait until an element is there, once; fail naming what is there instead.

    target: the element.
    """
    await session_of(ctx, target).find(target, ctx.timeout)


async def wait_element_vanish(ctx: Context, target: ElementTarget) -> None:
    """Wait until an element is gone.

    target: the element.
    """
    await session_of(ctx, target).wait_element_vanish(target, ctx.timeout)


ACTIVITIES: tuple[Activity, ...] = (
    describe(get_text, result_type=element_type),
    describe(get_attribute, result_type=lambda arguments: TEXT.or_none()),
    describe(read_form, result_type=screen_type),
    describe(extract_table_data, result_type=table_type),
    describe(element_exists),
    describe(find_element),
    describe(wait_element_vanish),
)
