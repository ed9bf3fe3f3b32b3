"""The wall clock and real time, over the days on which the clock is changed.

A wall-clock time that is skipped in spring is an hour later: 02:30 is 03:30 that day, as long after
yesterday's 02:30 as ever. One that comes twice in autumn is the first of the two.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, of a wall-clock time without a zone."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the wall clock shows at a moment, without its zone; `fold` is 1 in the second of two hours."""
    return moment.astimezone(zone).replace(tzinfo=None)


def at(day: date, minutes: int) -> datetime:
    """So many minutes after midnight by the wall clock; 1440 is the next midnight."""
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which a day begins."""
    return instant(at(day, 0), zone)
