"""Activities with the mouse and the keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from robotfabrik.activities.api import Activity, Context, ElementTarget, Keys, Modifier, Place, describe
from robotfabrik.activities.targets import allowed, element_of, session_of
from robotfabrik.model.errors import SystemException
from robotfabrik.model.keys import unknown_key

Modifiers = Literal["none", "alt", "control", "shift", "meta", "control+shift", "control+alt", "alt+shift"]
Corner = Literal["center", "top_left", "top_right", "bottom_left", "bottom_right"]
# Keys that move about on a page, and change nothing whatever has the focus.
MOVES = ("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown")
HARMLESS_KEYS = frozenset(("Tab", "Shift+Tab", "Escape", *MOVES))


async def click(
    ctx: Context,
    target: ElementTarget,
    kind: Literal["single", "double", "right"] = "single",
    modifiers: Modifiers = "none",
    position: Corner = "center",
    offset_x: int = 0,
    offset_y: int = 0,
) -> None:
    """Click an element, once it can be clicked.

    target: the element. One that `writes` may only be clicked inside `once`.
    kind: single, double or right click.
    modifiers: keys that are held down meanwhile, such as control or control+shift.
    position: where in the element; its center by default.
    offset_x: so many pixels to the right of the position; to the left when negative.
    offset_y: so many pixels below the position; above when negative.
    """
    held: list[Modifier] = [] if modifiers == "none" else modifiers.split("+")  # type: ignore[assignment]
    place = Place(position, offset_x, offset_y)
    await session_of(ctx, target).click(
        target,
        ctx.timeout,
        kind=kind,
        modifiers=held,
        place=None if place == Place() else place,
        guard=ctx.write_guard(element_of(target)),
    )


async def hover(ctx: Context, target: ElementTarget) -> None:
    """Move the mouse over an element, as to open a menu.

    target: the element.
    """
    await session_of(ctx, target).hover(target, ctx.timeout)


async def set_focus(ctx: Context, target: ElementTarget) -> None:
    """Put the keyboard's focus on an element.

    target: the element.
    """
    await allowed(ctx, target)
    await session_of(ctx, target).focus(target, ctx.timeout)


async def drag_and_drop(ctx: Context, target: ElementTarget, onto: ElementTarget) -> None:
    """Drag an element onto another one, with the mouse.

    target: what is dragged.
    onto: where it is dropped: an element, or {target, row, with}.
    """
    await allowed(ctx, target, onto)
    await session_of(ctx, target).drag(target, onto, ctx.timeout)


async def mouse_scroll(
    ctx: Context,
    direction: Literal["down", "up", "right", "left"] = "down",
    target: ElementTarget | None = None,
    amount: int = 500,
    until: ElementTarget | None = None,
    application: str = "",
) -> None:
    """Turn the mouse's wheel. An element that is clicked is scrolled to without this.

    direction: down, up, right or left.
    target: over which element; by default the middle of the window.
    amount: how far, in pixels.
    until: scroll on until this element is there, at most as long as the step's timeout.
    application: whose window, when neither target nor until says it.
    """
    known = target or until
    session = session_of(ctx, known) if known else ctx.session(application)
    await session.scroll(target, direction, amount, ctx.timeout, until=until)


async def keyboard_shortcuts(
    ctx: Context, keys: Keys, target: ElementTarget | None = None, application: str = ""
) -> None:
    """Press keys, such as Enter, Control+a or Shift+ArrowDown.

    keys: the keys, with + between those that are held together.
    target: the element that gets them. Needed for all keys but Tab, Escape, arrows, Home, End, PageUp and
    PageDown: it says (`writes`, `submits`) what the keys may do. Without it the element that has the focus.
    application: whose window, when there is no target.
    """
    if wrong := unknown_key(keys):
        raise SystemException(f"there is no key '{wrong[1]}'")
    if target is None:
        if keys not in HARMLESS_KEYS:
            raise SystemException(f"the keys {keys} may change something: say on which target")
        return await ctx.session(application).press(keys, None, ctx.timeout)
    await allowed(ctx, target)
    return await session_of(ctx, target).press(keys, target, ctx.timeout)


async def highlight(ctx: Context, target: ElementTarget, duration: timedelta = timedelta(seconds=1)) -> None:
    """Draw an outline around an element for a moment, for people who watch.

    target: the element.
    duration: how long, such as 2s; one second by default.
    """
    session = session_of(ctx, target)
    await session.highlight(target, ctx.timeout)
    try:
        await ctx.sleep(duration.total_seconds())
    finally:
        await session.highlight(None, ctx.timeout)


def _keys_without_target(arguments: Mapping[str, Any]) -> str | None:
    keys = getattr(arguments.get("keys"), "value", None)
    if "target" in arguments or not isinstance(keys, str) or keys in HARMLESS_KEYS or unknown_key(keys):
        return None
    return f"the keys {keys} may change something: say on which 'target:' they are pressed"


ACTIVITIES: tuple[Activity, ...] = (
    describe(click),
    describe(hover),
    describe(set_focus),
    describe(drag_and_drop),
    describe(mouse_scroll),
    describe(keyboard_shortcuts, problem=_keys_without_target),
    describe(highlight),
)
