"""A trigger fires at some time: 30 February never comes, and what a blackout leaves out starts nothing."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from robotfabrik.model.schedule import Cron, Interval, Schedule, Trigger
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report
from robotfabrik.timing.clock import midnight
from robotfabrik.timing.days import planned
from robotfabrik.timing.fires import fires_of

CHECK = Check("never-fires", "error", "A trigger never fires: not once in ten years, or only in blackouts.")
YEARS = 10
_SOON = timedelta(days=40)
_FIRES = 200
"""So many are looked at for one outside the blackouts."""


def check(schedule: Schedule, today: date, report: Report) -> None:
    """Each trigger with times, from today on."""
    zone = ZoneInfo(schedule.time_zone)
    for trigger in schedule.triggers:
        if (why := _why_never(trigger, today, zone)) is not None:
            report(CHECK.at(trigger.at, f"this trigger never fires: {why[0]}", why[1]))


def _why_never(trigger: Trigger, first: date, zone: ZoneInfo) -> tuple[str, str | None] | None:
    """The reason, and what to write."""
    if not isinstance(trigger.start, Cron | Interval):
        return None
    last = first + timedelta(days=YEARS * 366)
    coming = 0
    for end in (first + _SOON, last):  # most fire soon
        coming = 0
        for fire in islice(fires_of(trigger, zone, midnight(first, zone), midnight(end, zone)), _FIRES):
            if fire.starts is not None:
                return None
            coming += 1
    if coming:
        return f"its next {coming} times all lie in a blackout", "write misfire: run_once, or another time"
    cron = trigger.start if isinstance(trigger.start, Cron) else None
    if cron is not None and next(planned(trigger, cron, first, last), None) is None:
        return f"no day of the next {YEARS} years is one of these", None
    name = trigger.calendar.name if trigger.calendar else ""
    why = f"the calendar {name} leaves all its days out"
    return why, "write on_holiday: next, or previous_bank_day" if cron is not None else None
