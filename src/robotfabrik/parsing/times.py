"""Dates and times of the wall clock as a schedule writes them: read strictly, wrong ones are reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from robotfabrik.model.reading import parse
from robotfabrik.model.schedule import Blackout, DailyBlackout, DatedBlackout
from robotfabrik.model.types import DATE
from robotfabrik.parsing.cron import read_weekdays
from robotfabrik.parsing.nodes import MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader
from robotfabrik.timing import swedish
from robotfabrik.timing.clock import at

BLACKOUT = ("days", "from", "to", "reason")
LONGEST = 366
"""So many days may stand in one stretch of free days."""
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4])[:.]([0-5][0-9])")
_STRETCH = re.compile(r"\s*[-–]\s*")
_EVERY_DAY = frozenset(range(1, 8))


def read_dates(reader: Reader, node: Node | None, what: str) -> frozenset[date]:
    """Dates and stretches of them, `2026-12-28..2026-12-30`, both ends included."""
    return frozenset(day for item in reader.list(node, what) for day in _dates(reader, item, what))


def _dates(reader: Reader, node: Node, what: str) -> Iterator[date]:
    scalar = reader.scalar(node, what)
    if scalar is None:
        return
    ends = scalar.text.split("..")
    if len(ends) > 2:
        reader.error(scalar.span, "a stretch has two ends", "wrong-value", "2026-12-28..2026-12-30")
        return
    found = [reader.parsed(end.strip(), DATE, what, scalar.span) for end in ends]
    if None in found or not all(_in_known_years(reader, scalar, day) for day in found):
        return
    first, last = found[0], found[-1]
    if not 0 <= (last - first).days < LONGEST:
        problem = "ends before it begins" if last < first else f"is longer than {LONGEST} days"
        reader.error(scalar.span, f"this stretch {problem}", "wrong-value")
        return
    yield from (first + timedelta(days=number) for number in range((last - first).days + 1))


def read_moment(reader: Reader, node: Node | None, what: str) -> datetime | None:
    """A wall-clock time of a day, `2026-12-23 17:00`, or its midnight."""
    scalar = reader.scalar(node, what)
    if scalar is None:
        return None
    written, _, time = scalar.text.strip().partition(" ")
    minutes = clock(time.strip()) if time else 0
    try:
        day = parse(DATE, written)
    except ValueError:
        minutes = None
    if minutes is None:
        message = f"{what} must be a day and a time, such as 2026-12-23 17:00, not '{scalar.text}'"
        reader.error(scalar.span, message, "wrong-type")
        return None
    return at(day, minutes) if _in_known_years(reader, scalar, day) else None


def _in_known_years(reader: Reader, scalar: ScalarNode, day: date) -> bool:
    first, last = swedish.YEARS[1], swedish.YEARS[-2]
    if first <= day.year <= last:
        return True
    message = f"the Swedish calendars are known from {first} to {last}"
    reader.error(scalar.span, message, "wrong-value")
    return False


def clock(text: str) -> int | None:
    """Minutes after midnight of `07:30`; 24:00 is the end of the day. None when it is no such time."""
    found = _CLOCK.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else None
    return minutes if minutes is not None and minutes <= 1440 else None


# --- blackouts


def read_blackouts(reader: Reader, node: Node | None) -> tuple[Blackout, ...]:
    """One blackout or a list of them: `22:00-04:00`, or {days, from, to, reason}."""
    if isinstance(node, MapNode) or (isinstance(node, ScalarNode) and not node.empty):
        found = [_blackout(reader, node)]
    else:
        found = [_blackout(reader, item) for item in reader.list(node, "blackout")]
    return tuple(blackout for blackout in found if blackout is not None)


def _blackout(reader: Reader, node: Node) -> Blackout | None:
    if isinstance(node, ScalarNode):
        ends = _STRETCH.split(node.text.strip())
        times = [clock(end) for end in ends]
        if len(times) == 2 and times[0] is not None and times[1] is not None:
            return _daily(reader, node, times[0], times[1])
        message = f"a blackout goes from one time to another, such as 22:00-04:00, not '{node.text}'"
        hint = "for certain days write {days: mon-fri, from: 02:00, to: 06:00}"
        reader.error(node.span, message, "wrong-type", hint)
        return None
    fields = reader.mapping(node, "a blackout", BLACKOUT, ("from", "to"))
    if fields is None or "from" not in fields or "to" not in fields:
        return None
    reason = reader.text(fields["reason"], "reason")
    start, end = (reader.scalar(fields[name], name) for name in ("from", "to"))
    if start is None or end is None:
        return None
    times = [clock(one.text) for one in (start, end)]
    if times == [None, None]:
        return _dated(reader, fields, reason)
    for name, one, minutes in (("from", start, times[0]), ("to", end, times[1])):
        if minutes is None:
            message = f"{name} must be a time, such as 07:30, not '{one.text}'"
            reader.error(one.span, message, "wrong-type", "both ends are times, or both are days with times")
            return None
    days = reader.scalar(fields["days"], "days")
    on = _EVERY_DAY if days is None else read_weekdays(days.located, reader.report)
    return _daily(reader, end, times[0] or 0, times[1] or 0, on, reason)


def _daily(
    reader: Reader, node: Node, start: int, end: int, days: frozenset[int] = _EVERY_DAY, reason: str = ""
) -> Blackout | None:
    if start == end or start == 1440:
        problem = "has no length" if start == end else "begins at 00:00, not at 24:00"
        reader.error(node.span, f"this blackout {problem}", "wrong-value", "a whole day is 00:00-24:00")
        return None
    return DailyBlackout(days, start, end, reason)


def _dated(reader: Reader, fields: Fields, reason: str) -> Blackout | None:
    if "days" in fields:
        message = "days: belong to times of the day, not to a stretch with dates"
        reader.error(fields.key("days"), message, "wrong-value", "write from: 02:00, to: 06:00")
    start, end = (read_moment(reader, fields[name], name) for name in ("from", "to"))
    if start is None or end is None:
        return None
    if end <= start:
        reader.error(fields.key("to"), "this blackout ends before it begins", "wrong-value")
        return None
    return DatedBlackout(start, end, reason)
