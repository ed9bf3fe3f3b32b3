"""The period that a job belongs to, after the PDD's `period`."""

from __future__ import annotations

from datetime import date, timedelta

from robotfabrik.model.process import PeriodKind
from robotfabrik.model.values import Month


def period_name(period: PeriodKind | None, day: date) -> str:
    """`job.period`: 2022-11, 2022-W44 or 2022-11-01."""
    match period:
        case "month":
            return str(Month.of(day))
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
    return day.isoformat()


def period_of_items(period: PeriodKind | None, day: date) -> str:
    """The only period in which a job's items may be handled; empty, which is any, when the PDD has none."""
    return period_name(period, day) if period else ""


def period_start(period: PeriodKind | None, day: date) -> date:
    """The first day of the period that a day lies in."""
    match period:
        case "month":
            return Month.of(day).first_day
        case "week":
            return day - timedelta(days=day.weekday())
    return day
