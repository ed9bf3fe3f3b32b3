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

EXAMPLE = """\
schedule: 1
time_zone: Europe/Stockholm
calendars:
  kontoret:
    free: [saturdays, sundays, red_days, eves, klämdagar]
    dates: {free: [2026-12-28..2026-12-30], working: [2026-05-15]}
blackout:
  - 22:00-04:00
  - {days: "sat,sun", from: 18:00, to: 24:00, reason: drift}
  - {from: 2026-12-23 17:00, to: 2026-12-27 06:00}
triggers:
  - name: monthly
    bot: folkbokforing
    cron: 0 6 first_working_day jan-nov *
    misfire: run_once
    max_parallel: 2
  - name: weekdays
    bot: folkbokforing
    cron: "30 5 * * mon-thu,fri#last"
    calendar: kontoret
    on_holiday: previous_bank_day
    arguments: {date: planned, rehearse: true, limit: 5, only: process, workers: 2}
  - name: often
    bot: folkbokforing
    interval: 30m
    anchor: 2026-01-01 07:00
    blackout: 12:00-13:00
  - name: files
    bot: folkbokforing
    file: {folder: /srv/inkorg, pattern: "*.xlsx", quiet: 1m}
  - name: items
    bot: folkbokforing
    queue: {items: 10, older_than: 2h}
  - name: again
    bot: folkbokforing
    after: {bot: invoices, status: [successful, faulted, interrupted], delay: 10m}
"""
"""Every key at least once."""
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def built(text: str, bots: tuple[str, ...] = ()) -> tuple[Schedule, list[str]]:
    """A schedule, and what is said about it, each with its place. Of the bots only names are known."""
    found: list[Diagnostic] = []
    node = nodes.read(Source("schedule.yaml", text), found.append)
    assert node is not None, found
    schedule = ScheduleBuilder(Reader(found.append), Bots(bots, lambda name: None)).build(node)
    assert schedule is not None, found
    told = [f"{d.span.line}:{d.span.column} {d.message} {d.suggestion or ''}".strip() for d in found]
    return schedule, told


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
