"""Activities that give fields and other controls a value."""

from __future__ import annotations

from datetime import timedelta

from robotfabrik.activities.api import (
    Activity,
    Context,
    ElementTarget,
    Fields,
    Rendered,
    SecretText,
    Texts,
    describe,
)
from robotfabrik.activities.targets import allowed, session_of
from robotfabrik.model.errors import SystemException


async def type_into(
    ctx: Context,
    target: ElementTarget,
    text: Rendered,
    empty_field: bool = True,
    delay: timedelta = timedelta(0),
    verify: bool = True,
) -> None:
    """Type a text into a field.

    target: the field.
    text: what shall stand there; dates as 2022-11-01, numbers without grouping.
    empty_field: true replaces what stands there, false types after it.
    delay: the time between two keys, such as 50ms. With it, or without emptying, every key is pressed; else
    the text comes at once, as from the clipboard.
    verify: look whether the field holds the text afterwards, perhaps in a form of its own (1000 as 1 000,00).
    False for a field that shows something else.
    """
    await allowed(ctx, target)
    session = session_of(ctx, target)
    if empty_field and not delay:
        return await session.fill(target, text, ctx.timeout, verify=verify)
    seconds = delay.total_seconds()
    return await session.type_keys(target, text, ctx.timeout, delay=seconds, empty=empty_field, verify=verify)


async def type_secure_text(ctx: Context, target: ElementTarget, text: SecretText) -> None:
    """Type a secret, such as a password. It appears in no log, picture or report.

    target: the field.
    text: a secret, such as ${{ credential.password }}.
    """
    await allowed(ctx, target)
    await session_of(ctx, target).fill(target, text.reveal(), ctx.timeout)


async def set_text(ctx: Context, target: ElementTarget, text: Rendered) -> None:
    """Give a control a value at once, whatever kind of control it is; fill_form does so for many.

    target: the control.
    text: its value: a text, a date as 2022-11-01, an item's text, ja or nej.
    """
    await allowed(ctx, target)
    await session_of(ctx, target).enter(target, text, ctx.timeout)


async def fill_form(ctx: Context, fields: Fields) -> None:
    """Give many controls their values, in the order written, each as its kind takes it.

    fields: element: value. Text fields and editors take a text, date fields a date, lists and radio buttons
    an item's text, fields with suggestions a suggestion's text, checkboxes and switches ja or nej.
    """
    for target, text in fields:
        await allowed(ctx, target)
        await session_of(ctx, target).enter(target, text, ctx.timeout)


async def select_item(ctx: Context, target: ElementTarget, item: Rendered) -> None:
    """Choose an item by its visible text: of a list, of one that opens, of suggestions or radio buttons.

    target: the list, the button that opens it, the field that suggests, or the group of radio buttons.
    item: the item's text, exactly. It is typed into a field that suggests; then the suggestion is chosen.
    """
    await allowed(ctx, target)
    await session_of(ctx, target).select(target, item, ctx.timeout)


async def select_multiple_items(ctx: Context, target: ElementTarget, items: Texts) -> None:
    """Choose these items of a list or group of checkboxes, and no others.

    target: the list, or what the checkboxes lie in. Suggestions are added one by one.
    items: the items' texts, exactly: [A, B], or ${{ a list of texts }}.
    """
    if isinstance(items, str) or not all(isinstance(item, str) for item in items):
        raise SystemException("select_multiple_items takes a list of texts")
    await allowed(ctx, target)
    await session_of(ctx, target).select_several(target, items, ctx.timeout)


async def check(ctx: Context, target: ElementTarget) -> None:
    """Tick a checkbox, or choose a radio button; nothing happens when it is ticked already.

    target: the checkbox.
    """
    await allowed(ctx, target)
    await session_of(ctx, target).check(target, True, ctx.timeout)


async def uncheck(ctx: Context, target: ElementTarget) -> None:
    """Clear a checkbox; nothing happens when it is clear already.

    target: the checkbox.
    """
    await allowed(ctx, target)
    await session_of(ctx, target).check(target, False, ctx.timeout)


ACTIVITIES: tuple[Activity, ...] = (
    describe(type_into),
    describe(type_secure_text),
    describe(set_text),
    describe(fill_form),
    describe(select_item),
    describe(select_multiple_items),
    describe(check),
    describe(uncheck),
)
