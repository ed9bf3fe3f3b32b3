"""Dates as Swedish rules count them: ages, months, periods of months, working days."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.reading import is_samordningsnummer
from robotfabrik.model.values import Month, Period, Record
from robotfabrik.timing import swedish

Day = date
"""The class, where a parameter is called `date`."""

MONTHS = (
    "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober",
    "november", "december",
)  # fmt: skip
WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_FORM = re.compile(r"åååå|åå|månad|mån|mm|m|dd|d|veckodag|vecka|[^\w\s]|\s+")
_ONE_DAY = timedelta(days=1)


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
    if day.year not in swedish.YEARS:
        first, last = swedish.YEARS[0], swedish.YEARS[-1]
        raise EvaluationError(f"the Swedish holidays are known from {first} to {last}")
    return swedish.is_bank_day(day)


def first_working_day(month: Month | date) -> date:
    """The month's first working day."""
    day = date(month.year, month.number if isinstance(month, Month) else month.month, 1)
    while not is_working_day(day):
        day += _ONE_DAY
    return day


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


def last_working_day(month: Month | date) -> date:
    """The month's last working day."""
    day = (month if isinstance(month, Month) else Month.of(month)).last_day
    while not is_working_day(day):
        day -= _ONE_DAY
    return day


def add_working_days(day: date, number: int) -> date:
    """The day so many working days later (earlier when negative); with 0 the day itself, or the next one."""
    if abs(number) > _MOST_DAYS:
        raise EvaluationError(f"at most {_MOST_DAYS} working days are counted")
    step = -_ONE_DAY if number < 0 else _ONE_DAY
    left = abs(number)
    while left or not is_working_day(day):
        day += step
        left -= left > 0 and is_working_day(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """The working days after `first` up to and with `last`; negative when `last` is earlier."""
    if last < first:
        return -working_days_between(last, first)
    if (last - first).days > 2 * _MOST_DAYS:
        raise EvaluationError("the days lie too far apart to be counted")
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(is_working_day(day) for day in days)


def week_number(day: date) -> int:
    """The number of the week, as Swedish calendars count (ISO 8601)."""
    return day.isocalendar().week


def weekday(day: date) -> int:
    """The day of the week: 1 is Monday, 7 is Sunday."""
    return day.isoweekday()


def quarter(day: date | Month) -> int:
    """The quarter of the year, 1 to 4."""
    return ((day.number if isinstance(day, Month) else day.month) + 2) // 3


def parse_date(text: str, form: str = "åååå-mm-dd") -> date:
    """The date that a text holds in a form: parse_date('1 november 2022', 'd månad åååå').

    åååå or åå is the year, mm or m the month, månad or mån its name, dd or d the day; the rest stands as
    it is. Nothing is guessed: two digits of a year are 20åå.
    """
    pattern = "".join(_READ.get(part, re.escape(part)) for part in parts_of_form(form))
    found = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
    if found is None:
        raise EvaluationError(f"the text is no date of the form {form}")
    parts = found.groupdict()
    name = (parts.get("name") or "").casefold()
    number = int(parts["month"]) if parts.get("month") else _month_named(name)
    if not parts.get("year") or not parts.get("day") or not number:
        raise EvaluationError("a form of a date has a year, a month and a day")
    year = int(parts["year"])
    return make_date(year + 2000 if year < 100 else year, number, int(parts["day"]))


def _month_named(name: str) -> int:
    return next((n for n, full in enumerate(MONTHS, 1) if name in (full, full[:3])), 0) if name else 0


_MOST_DAYS = 10_000
_NAMED = "|".join((*MONTHS, *(name[:3] for name in MONTHS)))
_READ = {
    "åååå": r"(?P<year>[0-9]{4})", "åå": r"(?P<year>[0-9]{2})", "mm": r"(?P<month>[0-9]{2})",
    "m": r"(?P<month>[0-9]{1,2})", "dd": r"(?P<day>[0-9]{2})", "d": r"(?P<day>[0-9]{1,2})",
    "månad": rf"(?P<name>{_NAMED})", "mån": rf"(?P<name>{_NAMED})\.?",
    "veckodag": f"(?:{'|'.join(WEEKDAYS)})", "vecka": "[0-9]{1,2}",
}  # fmt: skip


def written_date(day: date, form: str) -> str:
    """A date in a form, such as `d månad åååå` or `veckodag d/m`."""
    written = {
        "åååå": f"{day.year:04}", "åå": f"{day.year % 100:02}", "mm": f"{day.month:02}", "m": str(day.month),
        "månad": MONTHS[day.month - 1], "mån": MONTHS[day.month - 1][:3], "dd": f"{day.day:02}",
        "d": str(day.day), "veckodag": WEEKDAYS[day.weekday()], "vecka": str(week_number(day)),
    }  # fmt: skip
    return "".join(written.get(part, part) for part in parts_of_form(form))


def parts_of_form(form: str) -> list[str]:
    """A form's parts; EvaluationError when a letter of it has no meaning, or a part stands twice."""
    parts = _FORM.findall(form)
    named = [part if part[0] == "v" else part[0] for part in parts if part in _READ]
    if "".join(parts) != form or len(set(named)) < len(named):
        raise EvaluationError(
            "a form of a date is made of åååå åå mm m månad mån dd d veckodag vecka, each at most once, "
            "and what stands between them"
        )
    return parts
