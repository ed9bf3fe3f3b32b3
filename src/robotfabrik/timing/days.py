"""On which days a cron trigger fires, and which of them its calendar has moved or left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from robotfabrik.model.schedule import BANK_DAYS, Calendar, Cron, MonthDays, Trigger, Weekdays, WorkingDay
from robotfabrik.model.values import Month
from robotfabrik.timing import swedish
from robotfabrik.timing.calendars import DAY, is_free


def days_of(trigger: Trigger, cron: Cron, first: date, last: date) -> Mapping[date, date | None]:
    """The days from `first` to `last` on which it fires, in order, each with the day that it was moved from.

    A day onto which another one is moved, although it fires by itself, fires once and was not moved.
    """
    found: dict[date, date | None] = {}
    begin, end = _reach(trigger, first, last)
    for day in planned(trigger, cron, begin, end):
        there = moved(trigger, day)
        if there is None or not first <= there <= last:
            continue
        if there == day:
            found[there] = None
        else:
            found.setdefault(there, day)
    return dict(sorted(found.items()))


def planned(trigger: Trigger, cron: Cron, first: date, last: date) -> Iterator[date]:
    """The days that the cron line names, in order, whether they are free or not."""
    month = Month.of(first)
    while month.first_day <= last:
        if month.number in cron.months:
            for day in _days_in(month, cron, trigger.calendar or BANK_DAYS):
                if first <= day <= last:
                    yield day
        month = Month.of(month.last_day + DAY)


def _days_in(month: Month, cron: Cron, calendar: Calendar) -> list[date]:
    last = month.last_day
    days = [last.replace(day=number) for number in range(1, last.day + 1)]
    match cron.days:
        case MonthDays():
            return [d for d in days if d.day in cron.days.numbers or (cron.days.last and d == last)]
        case Weekdays():
            return [d for d in days if not cron.days.days.isdisjoint(_in_the_month(d, last))]
        case WorkingDay(number):
            working = [day for day in days if not is_free(calendar, day)]
            index = number - 1 if number > 0 else number
            return working[index : index + 1 or None] if abs(number) <= len(working) else []
    return days


def _in_the_month(day: date, last: date) -> tuple[tuple[int, int | None], ...]:
    """What a day is called: Monday, the second Monday, perhaps the last one."""
    weekday = day.isoweekday()
    named: tuple[tuple[int, int | None], ...] = ((weekday, None), (weekday, (day.day + 6) // 7))
    return (*named, (weekday, -1)) if day.day + 7 > last.day else named


# --- free days


def moved(trigger: Trigger, day: date) -> date | None:
    """The day on which a planned day's fires happen; None when they are left out."""
    calendar = trigger.calendar
    if calendar is None or not is_free(calendar, day):
        return day
    if trigger.on_holiday == "skip":
        return None
    while not _takes(trigger, calendar, day):
        day = day - DAY if trigger.on_holiday == "previous_bank_day" else day + DAY
    return day


def _takes(trigger: Trigger, calendar: Calendar, day: date) -> bool:
    """Whether fires may be moved to this day."""
    return not is_free(calendar, day) and (
        trigger.on_holiday != "previous_bank_day" or swedish.is_bank_day(day)
    )


def _reach(trigger: Trigger, first: date, last: date) -> tuple[date, date]:
    """The days around these from which fires may be moved into them."""
    if (calendar := trigger.calendar) is not None:
        while trigger.on_holiday == "next" and not _takes(trigger, calendar, first - DAY):
            first -= DAY
        while trigger.on_holiday == "previous_bank_day" and not _takes(trigger, calendar, last + DAY):
            last += DAY
    return first, last
