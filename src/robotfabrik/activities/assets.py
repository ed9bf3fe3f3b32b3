"""Assets: what robots share, and the accounts and secrets that the bot lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from robotfabrik.activities.api import Activity, Context, Rendered, describe
from robotfabrik.model.errors import Missing, SystemException, Unreadable
from robotfabrik.model.reading import parse
from robotfabrik.model.types import TEXT, Type
from robotfabrik.model.values import Credential, Secret


async def get_asset(
    ctx: Context,
    asset: str,
    type: Literal["text", "integer", "number", "money", "percent", "date", "month", "boolean"] = "text",
) -> Any:
    """Read a value that robots share. One that nobody has set is missing, as on a screen.

    What is set for this bot comes first, then what is set for this machine, then what is set for all.

    asset: its name.
    type: how the value is read; strictly, as from a screen.
    """
    found = await ctx.asset(asset)
    if found is None:
        raise Missing(f"the asset '{asset}' is not set")
    text = found.value
    if text is None:
        raise SystemException(f"the asset '{asset}' is a {found.type}: write get_{found.type}")
    if type == "text":
        return text
    try:
        return parse(Type(type), text)
    except ValueError as wanted:
        raise Unreadable(f"the asset '{asset}' cannot be read as {type}: expected {wanted}") from None


async def set_asset(ctx: Context, asset: str, value: Rendered) -> None:
    """Set a value that robots share, in this environment and data set. A rehearsal keeps its own.

    Set is the one that `get_asset` would read. Its type stays: a value that is not of it is a system
    exception, and a secret is set by people only.

    asset: its name.
    value: a text, number, date or boolean.
    """
    await ctx.set_asset(asset, value)


async def get_credential(ctx: Context, credential: str) -> Credential:
    """Give an account: username and password. The bot lists its name under `credentials:`.

    credential: its name among the assets; of several accounts the first one.
    """
    return ctx.credential(credential)


async def get_secret(ctx: Context, secret: str) -> Secret:
    """Give a text that nobody sees, such as a token. The bot lists its name under `secrets:`.

    secret: its name among the assets.
    """
    return ctx.secret(secret)


def _type(arguments: Mapping[str, Any]) -> Type:
    name = getattr(arguments.get("type"), "value", "text" if "type" not in arguments else "any")
    return Type(name) if isinstance(name, str) else TEXT


ACTIVITIES: tuple[Activity, ...] = (
    describe(get_asset, "read", result_type=_type),
    describe(set_asset, "local"),
    describe(get_credential, "read"),
    describe(get_secret, "read"),
)
