"""Bots that start each other: each would be started again whenever it has ended."""

from __future__ import annotations

from robotfabrik.model.schedule import After, Schedule
from robotfabrik.model.source import place_of
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("trigger-cycle", "error", "After-triggers start bots in a circle.")


def check(schedule: Schedule, report: Report) -> None:
    """Each circle once, at the `after:` that closes it in the order of the file."""
    starts: dict[str, set[str]] = {}  # bot → the bots that are started after it
    for trigger in schedule.triggers:
        if not isinstance(trigger.start, After):
            continue
        before = trigger.start.bot
        if (way := _way(starts, trigger.bot, before)) is not None:
            circle = " → ".join([before, *way])
            itself = len(way) == 1
            message = f"{before} would start itself for ever" if itself else f"this never ends: {circle}"
            hint = "let something else start one of them"
            report(CHECK.at(place_of(before, trigger.at), message, hint))
        else:
            starts.setdefault(before, set()).add(trigger.bot)


def _way(starts: dict[str, set[str]], bot: str, to: str) -> list[str] | None:
    """The bots from one to another, both included; None when there is no way."""
    if bot == to:
        return [bot]
    for following in sorted(starts.get(bot, ())):
        if (rest := _way(starts, following, to)) is not None:
            return [bot, *rest]
    return None
