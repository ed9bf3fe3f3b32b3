"""Activities on windows: going to addresses, several windows, dialogs."""

from __future__ import annotations

from typing import Literal

from robotfabrik.activities.api import Activity, Context, Rendered, describe
from robotfabrik.model.errors import SystemException
from robotfabrik.model.types import TEXT


async def go_to_url(ctx: Context, url: str, application: str = "") -> None:
    """Open an address in the application's window.

    url: the address.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    await ctx.session(application).goto(url, ctx.timeout)


async def navigate_browser(
    ctx: Context, action: Literal["back", "forward", "refresh"], application: str = ""
) -> None:
    """Go back or forward, or ask for the page again. A form that was sent is never sent again.

    action: back, forward or refresh.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    await ctx.session(application).navigate(action, ctx.timeout)


async def use_application(
    ctx: Context,
    window: str = "main",
    application: str = "",
    url: str = "",
    open_mode: Literal["if_not_open", "always", "never"] = "if_not_open",
) -> None:
    """Go on in a window of an application; steps on its elements then look there.

    window: the window's name. `main` is the one in which the engine has logged in; any other name is yours.
    application: whose window; by default the application of the workflow that the step stands in.
    url: what a window that is opened shows.
    open_mode: if_not_open opens it when there is none of that name; always closes that one first; never
    fails when there is none.
    """
    session = ctx.session(application)
    there = await session.has_window(window)
    if there and open_mode == "always" and window != "main":
        await session.close_window(window)
        there = False
    if there or open_mode == "never":
        return await session.use_window(window)
    return await session.open_window(window, url, ctx.timeout)


async def attach_window(ctx: Context, window: str, title: str = "", application: str = "") -> None:
    """Wait for the window or tab that a step has opened, name it, and go on in it.

    window: the name that it shall have.
    title: a part of its title, when several windows may open.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    await ctx.session(application).attach_window(window, title, ctx.timeout)


async def close_window(
    ctx: Context,
    window: str,
    application: str = "",
    close_mode: Literal["always", "if_open"] = "always",
) -> None:
    """Close a window and go on in the one that it was opened from.

    window: its name. `main` cannot be closed; the others are closed anyway before the next item.
    application: whose window; by default the application of the workflow that the step stands in.
    close_mode: always fails when it is not open; if_open does nothing then, as in a `finally`.
    """
    session = ctx.session(application)
    if close_mode == "always" or await session.has_window(window):
        await session.close_window(window)


async def handle_dialog(
    ctx: Context,
    answer: Literal["accept", "dismiss"] = "accept",
    text: Rendered = "",
    message: str = "",
    application: str = "",
) -> None:
    """Prepare for the dialog (alert, confirm, prompt) of the next acting step, which stands right after this.

    answer: accept presses OK, dismiss presses Cancel.
    text: what is written into a prompt.
    message: a part of what the dialog must say; another dialog is dismissed, and the acting step fails.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    if answer == "dismiss" and text:
        raise SystemException("a prompt that is dismissed takes no text")
    await ctx.session(application).answer_dialog(answer == "accept", text, message)


async def get_dialog_text(ctx: Context, application: str = "") -> str | None:
    """What the dialog said that the last acting step brought; none when there was none.

    application: whose window; by default the application of the workflow that the step stands in.
    """
    text = await ctx.session(application).dialog_text()
    if text is not None:
        ctx.remember_private(text)
    return text


ACTIVITIES: tuple[Activity, ...] = (
    describe(go_to_url),
    describe(navigate_browser),
    describe(use_application),
    describe(attach_window),
    describe(close_window),
    describe(handle_dialog),
    describe(get_dialog_text, result_type=lambda arguments: TEXT.or_none()),
)
