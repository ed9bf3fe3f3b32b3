"""Blackouts: stretches of time in which no trigger starts a bot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from robotfabrik.model.schedule import Blackout, DatedBlackout
from robotfabrik.timing.calendars import DAY
from robotfabrik.timing.clock import at, instant, wall

_MOST = 50


class Closed(NamedTuple):
    """A moment's blackout, and when starting is allowed again."""

    blackout: Blackout
    until: datetime


def closed(blackouts: Iterable[Blackout], moment: datetime, zone: ZoneInfo) -> Closed | None:
    """The blackout that a moment lies in; None when it lies in none.

    Blackouts that follow each other without a gap are one: `until` is the end of the last.
    """
    known = tuple(blackouts)
    first = _around(known, moment, zone)
    if first is None:
        return None
    until = first.until
    for _ in range(_MOST):  # they may leave no gap at all
        if (following := _around(known, until, zone)) is None:
            break
        until = following.until
    return Closed(first.blackout, until)


def _around(blackouts: tuple[Blackout, ...], moment: datetime, zone: ZoneInfo) -> Closed | None:
    """That which ends last of those around a moment."""
    found = [
        Closed(blackout, end)
        for blackout in blackouts
        for start, end in _near(blackout, moment, zone)
        if start <= moment < end
    ]
    return max(found, key=lambda one: one.until, default=None)


def _near(blackout: Blackout, moment: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of a blackout that a moment may lie in."""
    if isinstance(blackout, DatedBlackout):
        yield instant(blackout.start, zone), instant(blackout.end, zone)
        return
    today = wall(moment, zone).date()
    length = blackout.end - blackout.start
    for day in (today - DAY, today):
        if day.isoweekday() in blackout.days:
            end = blackout.start + (length if length > 0 else length + 1440)
            yield instant(at(day, blackout.start), zone), instant(at(day, end), zone)
