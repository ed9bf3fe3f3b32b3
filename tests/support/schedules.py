"""Schedules for tests: written as YAML, built by the parser."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.schedule import Schedule, Trigger
from robotfabrik.model.source import Source
from robotfabrik.parsing import nodes
from robotfabrik.parsing.reader import Reader
from robotfabrik.parsing.schedule import Bots, ScheduleBuilder
from robotfabrik.timing.clock import midnight, wall
from robotfabrik.timing.fires import Fire, fires_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def built(text: str) -> tuple[Schedule, list[str]]:
    """A schedule of bots that nobody knows, and the errors and warnings about it."""
    found: list[Diagnostic] = []
    node = nodes.read(Source("schedule.yaml", text), found.append)
    assert node is not None, found
    schedule = ScheduleBuilder(Reader(found.append), Bots((), lambda name: None)).build(node)
    assert schedule is not None, found
    return schedule, [f"{d.span.line}:{d.span.column} {d.message}" for d in found if d.rule != "not-in-force"]


def trigger(text: str, head: str = "") -> Trigger:
    """A trigger from its keys, such as `cron: 0 6 * * mon`; `head` are other sections of the schedule."""
    keys = "".join(f"    {line}\n" for line in text.strip().splitlines())
    schedule, problems = built(f"schedule: 1\n{head}\ntriggers:\n  - name: t\n    bot: b\n{keys}")
    assert problems == []
    return schedule.triggers[0]


def between(one: Trigger, first: str, last: str, zone: ZoneInfo = STOCKHOLM) -> list[Fire]:
    """Its fires from the first day to the last, both included."""
    end = date.fromordinal(date.fromisoformat(last).toordinal() + 1)
    return list(fires_of(one, zone, midnight(date.fromisoformat(first), zone), midnight(end, zone)))


def locals_of(found: list[Fire]) -> list[str]:
    """The wall-clock times that fires name."""
    return [fire.local.isoformat(sep=" ", timespec="minutes") for fire in found]


def started(found: list[Fire], zone: ZoneInfo = STOCKHOLM) -> list[str | None]:
    """What the wall clock shows when they start their bot."""
    shown: list[datetime | None] = [wall(fire.starts, zone) if fire.starts else None for fire in found]
    return [local.isoformat(sep=" ", timespec="minutes") if local else None for local in shown]
