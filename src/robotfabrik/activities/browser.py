"""Activities for web pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from robotfabrik.activities import reading
from robotfabrik.activities.api import (
    Activity,
    Context,
    ElementTarget,
    Fields,
    Rendered,
    ScreenTarget,
    SecretText,
    Session,
    TableTarget,
    describe,
)  # fmt: skip
from robotfabrik.model.errors import Unknown
from robotfabrik.model.process import Element, Screen, Table, Target, TargetRef
from robotfabrik.model.types import ANY, TEXT, Type


async def go_to_url(ctx: Context, url: str, application: str = "") -> None:
    """Open an address in the application's window.

    url: the address.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    await ctx.session(application).goto(url, ctx.timeout)


async def click(
    ctx: Context, target: ElementTarget, kind: Literal["single", "double", "right"] = "single"
) -> None:
    """Click an element, once it can be clicked.

    target: the element. One that `writes` may only be clicked inside `once`.
    kind: single, double or right click.
    """
    guard = ctx.write_guard(_element(target))
    await _session(ctx, target).click(target, ctx.timeout, kind=kind, guard=guard)


async def type_into(ctx: Context, target: ElementTarget, text: Rendered) -> None:
    """Replace a field's content with a text, as if typed.

    target: the field.
    text: what shall stand there; dates as 2022-11-01, numbers without grouping.
    """
    await _allowed(ctx, target)
    await _session(ctx, target).fill(target, text, ctx.timeout)


async def type_secure_text(ctx: Context, target: ElementTarget, text: SecretText) -> None:
    """Type a secret, such as a password. It appears in no log, picture or report.

    target: the field.
    text: a secret, such as ${{ credential.password }}.
    """
    await _allowed(ctx, target)
    await _session(ctx, target).fill(target, text.reveal(), ctx.timeout)


async def select_item(ctx: Context, target: ElementTarget, item: Rendered) -> None:
    """Choose an item of a list by its visible text.

    target: the list.
    item: the item's text, exactly.
    """
    await _allowed(ctx, target)
    await _session(ctx, target).select(target, item, ctx.timeout)


async def check(ctx: Context, target: ElementTarget) -> None:
    """Tick a checkbox; nothing happens when it is ticked already.

    target: the checkbox.
    """
    await _allowed(ctx, target)
    await _session(ctx, target).check(target, True, ctx.timeout)


async def uncheck(ctx: Context, target: ElementTarget) -> None:
    """Clear a checkbox; nothing happens when it is clear already.

    target: the checkbox.
    """
    await _allowed(ctx, target)
    await _session(ctx, target).check(target, False, ctx.timeout)


async def fill_form(ctx: Context, fields: Fields) -> None:
    """Fill several fields, in the order written. Lists are chosen from, checkboxes ticked by ja or nej.

    fields: element: value.
    """
    for target, text in fields:
        await _allowed(ctx, target)
        await _session(ctx, target).fill(target, text, ctx.timeout)


async def get_text(ctx: Context, target: ElementTarget) -> Any:
    """Read one element, typed by its `as`.

    target: the element.
    """
    text = await _session(ctx, target).read_text(target, ctx.timeout)
    ctx.remember_reading(target.id)
    return reading.field(ctx, _element(target), text)


async def read_form(ctx: Context, target: ScreenTarget) -> Any:
    """Read every field and table of a screen at once, from one state of the page.

    target: the screen. Its fields are its elements with `as` and all its tables. The result is none when
    an element with `means: none` is shown instead, such as "no such person".
    """
    screen = target.element
    assert isinstance(screen, Screen)
    nothing = screen.nothing
    instead = (*nothing, *ctx.unknown_elements(target.application))
    raw = await _session(ctx, target).read_form(screen, instead, ctx.timeout)
    ctx.remember_reading(screen.id)
    if raw.unknown in {element.id for element in nothing}:
        return None
    if raw.unknown:
        raise Unknown(f"{screen.id}: {raw.unknown} is shown")
    return reading.form(ctx, screen, raw)


async def extract_table_data(ctx: Context, target: TableTarget) -> Any:
    """Read a table, typed, following its `next` to the last page.

    target: the table.
    """
    table = target.element
    assert isinstance(table, Table)
    raw = await _session(ctx, target).read_table(table, ctx.unknown_elements(target.application), ctx.timeout)
    ctx.remember_reading(table.id)
    if isinstance(raw, str):
        raise Unknown(f"{table.id}: {raw} is shown")
    return tuple(reading.row(ctx, table, row) for row in raw)


async def element_exists(ctx: Context, target: ElementTarget) -> bool:
    """Is the element there now? Waits only when the step has a timeout.

    target: the element.
    """
    return await _session(ctx, target).exists(target, ctx.own_timeout or 0)


async def wait_element_vanish(ctx: Context, target: ElementTarget) -> None:
    """Wait until an element is gone.

    target: the element.
    """
    await _session(ctx, target).wait_element_vanish(target, ctx.timeout)


async def highlight(
    ctx: Context, target: ElementTarget, duration: timedelta = timedelta(seconds=1)
) -> None:
    """Draw an outline around an element for a moment, for people who watch.

    target: the element.
    duration: how long, such as 2s; one second by default.
    """
    session = _session(ctx, target)
    await session.highlight(target, ctx.timeout)
    try:
        await ctx.sleep(duration.total_seconds())
    finally:
        await session.highlight(None, ctx.timeout)


def _session(ctx: Context, target: Target) -> Session:
    return ctx.session(target.application)


async def _allowed(ctx: Context, target: Target) -> None:
    """A field may save by itself: one that `writes` passes the guard before it is touched."""
    guard = ctx.write_guard(_element(target))
    if guard is not None:
        await guard()


def _element(target: Target) -> Element:
    assert isinstance(target.element, Element)
    return target.element


def _element_type(arguments: Mapping[str, Any]) -> Type:
    target = arguments.get("target")
    if not isinstance(target, TargetRef) or not isinstance(target.element, Element):
        return ANY
    type_ = target.element.type or TEXT
    return type_.or_none() if target.element.optional else type_


def _screen_type(arguments: Mapping[str, Any]) -> Type:
    target = arguments.get("target")
    if not (isinstance(target, TargetRef) and isinstance(target.element, Screen)):
        return ANY
    screen = target.element
    return screen.type.or_none() if screen.nothing else screen.type


def _table_type(arguments: Mapping[str, Any]) -> Type:
    target = arguments.get("target")
    return target.element.type if isinstance(target, TargetRef) and isinstance(target.element, Table) else ANY


ACTIVITIES: tuple[Activity, ...] = (
    describe(go_to_url),
    describe(click),
    describe(type_into),
    describe(type_secure_text),
    describe(select_item),
    describe(check),
    describe(uncheck),
    describe(fill_form),
    describe(get_text, result_type=_element_type),
    describe(read_form, result_type=_screen_type),
    describe(extract_table_data, result_type=_table_type),
    describe(element_exists),
    describe(wait_element_vanish),
    describe(highlight),
)
