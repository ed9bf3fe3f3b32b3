"""Activities that touch no application: waiting, checking and logging."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from robotfabrik.activities.api import Activity, Context, Data, Rendered, describe
from robotfabrik.model.errors import InDoubt, SystemException

LONGEST = timedelta(hours=24)


async def delay(ctx: Context, duration: timedelta) -> None:
    """Wait. Prefer waiting for something: a screen's element, or check_app_state.

    duration: how long, with its unit, such as 2s; at most 24h.
    """
    await ctx.sleep(duration.total_seconds())


async def log_message(
    ctx: Context, message: Rendered, level: Literal["trace", "debug", "info", "warning", "error"] = "info"
) -> None:
    """Write a line to the log. Personal data that the robot has read is masked.

    message: the text.
    level: trace, debug, info, warning or error.
    """
    ctx.log(level, message)


async def check_true(ctx: Context, condition: bool, otherwise: Literal["system", "held"] = "system") -> None:
    """Go on only when a condition is true.

    condition: true or false.
    otherwise: system fails the item as a system exception; held leaves it to a person, in doubt.
    """
    if not condition:
        raise (InDoubt if otherwise == "held" else SystemException)("a check that had to be true was false")


async def report_table(ctx: Context, title: str, table: Data, figures_only: bool = False) -> None:
    """Show a table of the whole job in its report. In `dispatch` or `finish`.

    title: its heading, which stands once in a report; the same one again takes its place.
    table: the rows; their columns are its headings.
    figures_only: it holds nothing of a case, so it stands first, and `summary.json` shows it too.
    """
    ctx.show_table(title, table, figures_only)


def _too_long(arguments: Mapping[str, Any]) -> str | None:
    given = getattr(arguments.get("duration"), "value", None)
    return "delay waits at most 24h" if isinstance(given, timedelta) and given > LONGEST else None


ACTIVITIES: tuple[Activity, ...] = (
    describe(delay, "none", problem=_too_long),
    describe(log_message, "local"),
    describe(check_true, "none"),
    describe(report_table, "local"),
)
