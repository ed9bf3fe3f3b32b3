"""Alerts: what a robot tells administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from robotfabrik.activities.api import Activity, Context, describe


async def raise_alert(
    ctx: Context, notification: str, severity: Literal["info", "warning", "error"] = "warning"
) -> None:
    """Tell those whom alerts.yaml names for `raised`. The same again only counts; a rehearsal only logs it.

    notification: one line, without ${{ }}: an alert holds nothing of a case.
    severity: info, warning or error.
    """
    await ctx.raise_alert(notification, severity)


def _not_plain(arguments: Mapping[str, Any]) -> str | None:
    """What a robot has read must not leave the case system by this way."""
    given = arguments.get("notification")
    text = getattr(given, "value", None)
    if given is None:
        return None
    if not isinstance(text, str) or "\n" in text.strip():
        return "a notification is one plain line, without ${{ }}: an alert holds nothing of a case"
    return None


ACTIVITIES: tuple[Activity, ...] = (describe(raise_alert, "local", problem=_not_plain),)
