"""Dates as Swedish rules count them: ages, months, periods of months, working days."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.reading import is_samordningsnummer
from robotfabrik.model.values import Month, Period, Record

Day = date
"""The class, where a parameter is called `date`."""

_ONE_DAY = timedelta(days=1)
_FIXED = frozenset({(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)})


def birth_date(identity: str) -> date:
    """The day of birth in a personnummer or samordningsnummer of twelve digits."""
    try:
        if len(identity) != 12:
            raise ValueError
        day = int(identity[6:8]) - (60 if is_samordningsnummer(identity) else 0)
        return date(int(identity[:4]), int(identity[4:6]), day)
    except ValueError:
        raise EvaluationError("this is no personnummer or samordningsnummer of twelve digits") from None


def age(identity: str, on: date) -> int:
    """Whole years on the day `on`. Who is born on 29 February turns a year on the 28th in other years."""
    return months_between(birth_date(identity), on) // 12


def months_between(first: date | Month, last: date | Month) -> int:
    """Whole months from `first` to `last`; negative when `last` is earlier."""
    a, b = (day.first_day if isinstance(day, Month) else day for day in (first, last))
    if b < a:
        return -months_between(b, a)
    months = (b.year - a.year) * 12 + b.month - a.month
    return months if _later(a, months) <= b else months - 1


def add_months(day: date | Month, months: int) -> date | Month:
    """The same day so many months later (earlier when negative), or the last of a shorter month."""
    if isinstance(day, Month):
        return Month.of(_later(day.first_day, months))
    return _later(day, months)


def _later(day: date, months: int) -> date:
    year, index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, index + 1, min(day.day, calendar.monthrange(year, index + 1)[1]))


def days_between(first: date, last: date) -> int:
    """Days from `first` to `last`; negative when `last` is earlier."""
    return (last - first).days


def running_period(
    purchases: list[Record], date: str = "date", months: int = 12, *, on: Day
) -> Period | None:
    """The period that holds the day `on`, or none. A period is `months` long and starts with a purchase:
    the first one, then the first after the period before has ended. `date` names the field."""
    if months < 1:
        raise EvaluationError("a period is at least one month")
    end: Day | None = None
    for first in sorted(_day(purchase, date) for purchase in purchases):
        if end is None or first > end:
            end = _later(first, months) - _ONE_DAY
            if first <= on <= end:
                return Period(first, end)
    return None


def _day(purchase: Record, name: str) -> date:
    day = purchase.get(name)
    if not isinstance(day, date):
        raise EvaluationError(f"every purchase must have a date in the field '{name}'")
    return day


def is_working_day(day: date) -> bool:
    """Monday to Friday and no Swedish holiday; midsommarafton, julafton and nyårsafton are closed."""
    return day.weekday() < 5 and (day.month, day.day) not in _FIXED and day not in _moving(day.year)


def first_working_day(month: Month | date) -> date:
    """The month's first working day."""
    day = date(month.year, month.number if isinstance(month, Month) else month.month, 1)
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def _moving(year: int) -> set[date]:
    """Långfredag, annandag påsk, Kristi himmelsfärdsdag, midsommarafton (the others are weekends)."""
    easter = _easter(year)
    midsummer = next(date(year, 6, day) for day in range(19, 26) if date(year, 6, day).weekday() == 4)
    return {easter - 2 * _ONE_DAY, easter + _ONE_DAY, easter + 39 * _ONE_DAY, midsummer}


def _easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computation)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    correction = century - century // 4 - (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def month(day: date) -> Month:
    """The month that a day lies in."""
    return Month.of(day)


def make_date(year: int, month: int, day: int) -> date:
    """The day with these numbers."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise EvaluationError("there is no such day") from None


def days(number: int) -> timedelta:
    """A duration of whole days: `job.date + days(14)`."""
    return timedelta(days=number)
