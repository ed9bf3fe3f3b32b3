"""A trigger fires at some time: 30 February never comes, and what a blackout leaves out starts nothing."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from robotfabrik.model.schedule import Cron, Interval, Schedule, Trigger
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report
from robotfabrik.timing.clock import midnight
from robotfabrik.timing.days import days_of, planned
from robotfabrik.timing.fires import fires_of

CHECK = Check("never-fires", "error", "A trigger never fires: not once in ten years, or only in blackouts.")
YEARS = 10
_FIRES = 200
"""So many are looked at for one outside the blackouts."""


def check(schedule: Schedule, today: date, report: Report) -> None:
    """Each trigger with times, from today on."""
    zone = ZoneInfo(schedule.time_zone)
    last = today + timedelta(days=YEARS * 366)
    for trigger in schedule.triggers:
        if (why := _why_never(trigger, today, last, zone)) is not None:
            report(CHECK.at(trigger.at, f"this trigger never fires: {why[0]}", why[1]))


def _why_never(trigger: Trigger, first: date, last: date, zone: ZoneInfo) -> tuple[str, str | None] | None:
    """The reason, and what to write."""
    cron = trigger.start
    if isinstance(cron, Cron) and not days_of(trigger, cron, first, last):
        if next(planned(trigger, cron, first, last), None) is None:
            return f"no day of the next {YEARS} years is one of these", None
        name = trigger.calendar.name if trigger.calendar else ""
        return f"the calendar {name} leaves all its days out", "write on_holiday: next, or previous_bank_day"
    if not trigger.blackouts or not isinstance(cron, Cron | Interval):
        return None
    coming = list(islice(fires_of(trigger, zone, midnight(first, zone), midnight(last, zone)), _FIRES))
    if coming and all(fire.starts is None for fire in coming):
        hint = "write misfire: run_once, or another time"
        return f"its next {len(coming)} times all lie in a blackout", hint
    return None
