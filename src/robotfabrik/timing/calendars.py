"""Which days a calendar holds free, and why."""

from __future__ import annotations

from datetime import date, timedelta

from robotfabrik.model.schedule import Calendar
from robotfabrik.timing import swedish

DAY = timedelta(days=1)


def is_free(calendar: Calendar, day: date) -> bool:
    """Whether nothing is done on this day."""
    return why_free(calendar, day) is not None


def why_free(calendar: Calendar, day: date) -> str | None:
    """The name of a free day, for people; None when it is a working day."""
    if day in calendar.working:
        return None
    return _why(calendar, day) or ("klämdag" if _is_squeezed(calendar, day) else None)


def _why(calendar: Calendar, day: date) -> str | None:
    """Free by anything but being squeezed in."""
    if day in calendar.free:
        return "a date of the calendar"
    for kind, days in (("red_days", swedish.red_days), ("eves", swedish.eves)):
        if kind in calendar.kinds and (name := days(day.year).get(day)) is not None:
            return name
    if day.weekday() == 5 and "saturdays" in calendar.kinds:
        return "Saturday"
    return "Sunday" if day.weekday() == 6 and "sundays" in calendar.kinds else None


def _is_squeezed(calendar: Calendar, day: date) -> bool:
    """A single working day between two days that are free: for the banks, or by this calendar.

    The banks' days count in a calendar that works on Saturdays too: the Friday after Ascension Day is a
    klämdag for everybody.
    """
    if "klämdagar" not in calendar.kinds:
        return False

    def free(day: date) -> bool:
        closed = not swedish.is_bank_day(day) or _why(calendar, day) is not None
        return closed and day not in calendar.working

    return not free(day) and free(day - DAY) and free(day + DAY)
