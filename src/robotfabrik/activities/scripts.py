"""Activities that reach behind the screen: a last resort."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from robotfabrik.activities.api import Activity, Context, ElementTarget, Rendered, Storage, describe
from robotfabrik.activities.targets import session_of
from robotfabrik.model.types import TEXT
from robotfabrik.model.values import Record


async def inject_js_script(
    ctx: Context,
    script: str,
    target: ElementTarget | None = None,
    argument: Rendered = "",
    application: str = "",
) -> Any:
    """Run a script in the page. Unsafe: nothing can check what it does, so it belongs inside `once`.

    script: a function's body, such as "return element.dataset.id"; it knows `element` and `argument`.
    target: the element that the script knows.
    argument: a text that the script knows.
    application: whose window, when there is no target.
    """
    session = session_of(ctx, target) if target else ctx.session(application)
    await ctx.effect_guard("a script")()
    return _plain(await session.script(script, target, argument, ctx.timeout))


async def get_browser_data(
    ctx: Context, name: str, kind: Storage = "cookie", application: str = ""
) -> str | None:
    """Read a cookie or a value of the page's storage; none when it is not there. It is masked in logs.

    name: the name of the cookie or value.
    kind: cookie, local_storage or session_storage.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    value = await ctx.session(application).browser_data(kind, name, ctx.timeout)
    if value is not None:
        ctx.remember_private(value)
    return value


async def set_browser_data(
    ctx: Context,
    name: str,
    value: Rendered = "",
    kind: Storage = "cookie",
    remove: bool = False,
    application: str = "",
) -> None:
    """Set a cookie or a value of the page's storage, or take it away.

    name: the name of the cookie or value.
    value: what it shall be.
    kind: cookie, local_storage or session_storage.
    remove: true takes it away.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    await ctx.effect_guard("what the browser keeps")()
    await ctx.session(application).set_browser_data(kind, name, None if remove else value, ctx.timeout)


def _plain(value: Any) -> Any:
    """What a script returned as a value of the language."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, list):
        return tuple(_plain(part) for part in value)
    if isinstance(value, Mapping):
        return Record({str(name): _plain(part) for name, part in value.items()})
    return value


ACTIVITIES: tuple[Activity, ...] = (
    describe(inject_js_script, "write", unsafe=True),
    describe(get_browser_data, result_type=lambda arguments: TEXT.or_none()),
    describe(set_browser_data, "write", unsafe=True),
)
