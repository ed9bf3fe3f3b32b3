"""A run that a free day moves into another month would count as that month's: its items are done already."""

from __future__ import annotations

from datetime import date, timedelta

from robotfabrik.model.process import PeriodKind
from robotfabrik.model.schedule import Cron, Schedule
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report
from robotfabrik.timing.days import days_of

CHECK = Check("moved-period", "warning", "A free day moves a fire into another period of its PDD.")
YEARS = 4


def check(schedule: Schedule, periods: dict[str, PeriodKind | None], today: date, report: Report) -> None:
    """Each trigger that moves fires; `periods` are those of its bot's PDD."""
    for trigger in schedule.triggers:
        period = periods.get(trigger.bot)
        if not isinstance(trigger.start, Cron) or trigger.arguments.date == "planned":
            continue
        if trigger.on_holiday == "skip" or period not in ("week", "month"):
            continue
        days = days_of(trigger, trigger.start, today, today + timedelta(days=YEARS * 366))
        for day, planned in days.items():
            if planned is not None and _period(period, planned) != _period(period, day):
                message = f"free days move this into another {period}, and it would count as that {period}'s"
                report(CHECK.at(trigger.at, message, "write arguments: {date: planned}"))
                break


def _period(period: PeriodKind, day: date) -> tuple[int, int]:
    return (day.year, day.month) if period == "month" else day.isocalendar()[:2]
