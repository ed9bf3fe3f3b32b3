"""Assets and credentials: what robots share, and the accounts that the bot lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from robotfabrik.activities.api import Activity, Context, Rendered, describe
from robotfabrik.model.errors import Missing, Unreadable
from robotfabrik.model.reading import parse
from robotfabrik.model.types import TEXT, Type
from robotfabrik.model.values import Credential


async def get_asset(
    ctx: Context,
    asset: str,
    type: Literal["text", "integer", "number", "money", "percent", "date", "month", "boolean"] = "text",
) -> Any:
    """Read a value that robots share. One that nobody has set is missing, as on a screen.

    asset: its name.
    type: how the value is read; strictly, as from a screen.
    """
    text = await ctx.asset(asset)
    if text is None:
        raise Missing(f"the asset '{asset}' is not set")
    if type == "text":
        return text
    try:
        return parse(Type(type), text)
    except ValueError as wanted:
        raise Unreadable(f"the asset '{asset}' cannot be read as {type}: expected {wanted}") from None


async def set_asset(ctx: Context, asset: str, value: Rendered) -> None:
    """Set a value that robots share, in this environment and data set. A rehearsal keeps its own.

    asset: its name.
    value: a text, number, date or boolean.
    """
    await ctx.set_asset(asset, value)


async def get_credential(ctx: Context, credential: str) -> Credential:
    """Give an account: username and password. The bot lists its name under `credentials:`.

    credential: the name; the account comes from ROBOTFABRIK_CREDENTIAL_NAME, the first one of a pool.
    """
    return ctx.credential(credential)


def _type(arguments: Mapping[str, Any]) -> Type:
    name = getattr(arguments.get("type"), "value", "text" if "type" not in arguments else "any")
    return Type(name) if isinstance(name, str) else TEXT


ACTIVITIES: tuple[Activity, ...] = (
    describe(get_asset, "read", result_type=_type),
    describe(set_asset, "local"),
    describe(get_credential, "read"),
)
