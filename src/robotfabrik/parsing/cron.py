"""Cron lines: five parts as in crontab, and Swedish working days. What is wrong is said at its own part.

    minute hour day month weekday        0 6 1 * *      30 5 * * mon-fri      0 6 first_working_day * *

Weekdays are mon to sun, or numbers as in crontab: 0 and 7 are Sunday.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from robotfabrik.model.errors import Diagnostic, unknown
from robotfabrik.model.schedule import Cron, MonthDays, Weekdays, WorkingDay
from robotfabrik.model.source import Located

Report = Callable[[Diagnostic], None]
RULE = "cron"
PARTS = "minute hour day month weekday"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WORKING = {"first_working_day": 1, "last_working_day": -1}
_SWEDISH = ("sön", "mån", "tis", "ons", "tor", "fre", "lör")
_MACROS = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * sun",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_ITEM = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\w+))?(?:#(?P<nth>-?\w+))?")
_WORKING = re.compile(r"working_day\((-?[0-9]{1,3})\)")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Part:
    """One of the five. `names` stand for `low` and the numbers after it."""

    what: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # what else may stand here, for suggestions


MINUTE, HOUR = Part("minute", 0, 59), Part("hour", 0, 23)
DAY = Part("day", 1, 31, words=("last", *WORKING))
MONTH = Part("month", 1, 12, MONTHS)
WEEKDAY = Part("weekday", 0, 7, ("sun", *DAYS))


class _Wrong(Exception):
    """A part cannot be read; it has been reported."""


def read_cron(written: Located, report: Report) -> Cron | None:
    """A cron line; None after having reported what is wrong in each of its parts."""
    found = [written.part(*match.span()) for match in re.finditer(r"\S+", written.text)]
    if len(found) != 5:
        report(_not_five(written, len(found)))
        return None
    minute, hour, day, month, weekday = found
    minutes = _read(_numbers, minute, MINUTE, report)
    hours = _read(_numbers, hour, HOUR, report)
    days = _read(_days, day, DAY, report)
    months = _read(_numbers, month, MONTH, report)
    weekdays = _read(_weekdays, weekday, WEEKDAY, report)
    if minutes is None or hours is None or months is None or days is None or weekdays is None:
        return None
    if days[0] is not None and weekdays[0] is not None:
        message = "a day of the month and one of the week: crontab takes days that are either, others both"
        hint = "write * for one of them; mon#1 is the first Monday of the month"
        report(Diagnostic(weekday.span(), message, RULE, hint))
        return None
    on = days[0] or weekdays[0]
    return Cron(tuple(sorted(minutes)), tuple(sorted(hours)), frozenset(months), on)


def read_weekdays(written: Located, report: Report) -> frozenset[int]:
    """Days of the week by ISO number, such as `mon-fri`; none after having reported what is wrong."""
    found = _read(_weekdays, written, WEEKDAY, report)
    if found is None:
        return frozenset()
    every = frozenset(range(1, 8))
    if found[0] is None:
        return every
    if any(nth is not None for _, nth in found[0].days):
        report(Diagnostic(written.span(), "these are days of every week: no # here", RULE))
    return frozenset(day for day, _ in found[0].days)


def _not_five(written: Located, number: int) -> Diagnostic:
    hint = "0 6 1 * * is the 1st at 06:00"
    message = f"cron has five parts, {PARTS}; here {'is' if number == 1 else 'are'} {number}"
    if (macro := _MACROS.get(written.text.strip())) is not None:
        hint = f"write {macro}"
    elif number in (6, 7):
        message += " (UiPath's lines begin with seconds)"
        hint = "leave the seconds out, and write weekdays as mon to sun: UiPath counts them from Sunday = 1"
    return Diagnostic(written.span(), message, RULE, hint)


def _read(
    reading: Callable[[Located, Part, Report], _T], written: Located, part: Part, report: Report
) -> _T | None:
    try:
        return reading(written, part, report)
    except _Wrong:
        return None


# --- the parts


def _numbers(written: Located, part: Part, report: Report) -> set[int]:
    """The numbers of a list of items: `*`, `5`, `1-5`, `*/15`, `0-30/10`."""
    return {number for numbers, _ in _items(written, part, report) for number in numbers}


def _days(written: Located, part: Part, report: Report) -> tuple[MonthDays | WorkingDay | None]:
    """Days of the month; none: every day."""
    text = written.text
    if text == "*":
        return (None,)
    if text in WORKING:
        return (WorkingDay(WORKING[text]),)
    if (found := _WORKING.fullmatch(text)) is not None:
        if not 1 <= abs(int(found[1])) <= 23:
            message = "a month has working days 1 to 23, and -1 to -23 from its end"
            raise _told(report, written, message, "first_working_day is working_day(1)")
        return (WorkingDay(int(found[1])),)
    for word, place in _split(written):
        if word in WORKING or _WORKING.fullmatch(word):
            raise _told(report, place, "a working day of the month stands alone in its part")
    plain = [place for word, place in _split(written) if word != "last"]
    numbers = {number for place in plain for number in _numbers(place, part, report)}
    return (MonthDays(frozenset(numbers), last=len(plain) < len(text.split(","))),)


def _weekdays(written: Located, part: Part, report: Report) -> tuple[Weekdays | None]:
    """Days of the week; none: every day."""
    if written.text == "*":
        return (None,)
    found = {
        (number or 7, nth) for numbers, nth in _items(written, part, report, nth=True) for number in numbers
    }
    return (Weekdays(frozenset(found)),)


def _split(written: Located) -> Iterator[tuple[str, Located]]:
    """The items of a list, each with its place."""
    start = 0
    for word in written.text.split(","):
        yield word, written.part(start, start + len(word)) if word else written
        start += len(word) + 1


def _items(
    written: Located, part: Part, report: Report, *, nth: bool = False
) -> Iterator[tuple[range, int | None]]:
    for word, place in _split(written):
        found = _ITEM.fullmatch(word)
        if found is None or (found["nth"] is not None and not nth):
            raise _not_an_item(report, place, word, part)
        yield _range(found, place, part, report), _nth(found, place, report)


def _range(found: re.Match[str], place: Located, part: Part, report: Report) -> range:
    """The numbers of one item."""
    step = found["step"]
    if found["first"] == "*":
        if found["last"] is not None or found["nth"] is not None:
            raise _not_an_item(report, place, found[0], part)
        # Weekdays are 0 to 7 for people; counted through, Sunday comes once.
        first, last = part.low, part.high - (part is WEEKDAY)
    else:
        first = last = _number(found, "first", place, part, report)
        if found["last"] is not None:
            last = _number(found, "last", place, part, report)
        elif step is not None:
            end = part.names[-1] if part.names else part.high
            message = f"a step needs a range: {found['first']} is one {part.what}"
            raise _told(report, place, message, f"write {found['first']}-{end}/{step}")
    if part is WEEKDAY and last == 0 < first:
        last = 7
    if last < first:
        begin = "mon" if part is WEEKDAY else _name(part, part.low)
        rest = f"{begin}-{found['last']}" if begin != found["last"] else begin
        hint = f"write {found['first']}-{_name(part, part.high)},{rest}"
        raise _told(report, place, f"{found['first']}-{found['last']} ends before it begins", hint)
    return range(first, last + 1, _step(found, place, part, report))


def _step(found: re.Match[str], place: Located, part: Part, report: Report) -> int:
    if (step := found["step"]) is None:
        return 1
    most = part.high - part.low
    if not (step.isascii() and step.isdecimal() and 1 <= int(step) <= most):
        hint = f"write interval: {step}m" if part is MINUTE and step.isdecimal() and int(step) else None
        message = f"a step of {part.what}s is a number from 1 to {most}, not '{step}'"
        raise _told(report, place.part(*found.span("step")), message, hint)
    return int(step)


def _number(found: re.Match[str], group: str, place: Located, part: Part, report: Report) -> int:
    text, where = found[group], place.part(*found.span(group))
    if text.isascii() and text.isdecimal():
        if part.low <= int(text) <= part.high:
            return int(text)
        midnight = "midnight is hour 0" if part is HOUR and int(text) == 24 else None
        raise _told(report, where, f"{part.what} must be {part.low} to {part.high}, not {text}", midnight)
    name = text.casefold()
    if name in part.names:
        number = part.low + part.names.index(name)
        return 7 if part is WEEKDAY and group == "last" and number == 0 else number
    short = name[:3]
    if part is WEEKDAY and short in _SWEDISH:
        short = WEEKDAY.names[_SWEDISH.index(short)]
    if short in part.names:
        raise _told(report, where, f"unknown {part.what}: '{text}'", f"write {short}")
    if part.names or part.words:
        known = (*dict.fromkeys(part.names), *part.words)
        report(unknown(where.span(), f"unknown {part.what}: '{text}'", RULE, text, known))
        raise _Wrong
    raise _not_an_item(report, where, text, part)


def _nth(found: re.Match[str], place: Located, report: Report) -> int | None:
    """Which one of the month: `mon#1`, `fri#last`."""
    if (nth := found["nth"]) is None:
        return None
    if nth == "last":
        return -1
    if found["step"] is not None or nth not in ("1", "2", "3", "4", "5"):
        message = "a weekday of the month is mon#1 to mon#5, or mon#last"
        raise _told(report, place, message)
    return int(nth)


def _name(part: Part, number: int) -> str:
    return part.names[number - part.low] if part.names else str(number)


def _not_an_item(report: Report, place: Located, word: str, part: Part) -> _Wrong:
    if not word:
        return _told(report, place, "here is a comma too many")
    if word == "?":
        return _told(report, place, "? is not used here", "write *")
    message = f"'{word}' is no {part.what}: write *, a number from {part.low} to {part.high}, 1-5, */5, 1,3"
    return _told(report, place, message)


def _told(report: Report, place: Located, message: str, hint: str | None = None) -> _Wrong:
    report(Diagnostic(place.span(), message, RULE, hint))
    return _Wrong()
