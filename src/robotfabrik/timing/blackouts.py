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
"""So many may follow each other without a gap; more are taken to have no end."""


class Closed(NamedTuple):
    """A moment's blackout, and when starting is allowed again; `until` is None when no end is in sight."""

    blackout: Blackout
    until: datetime | None


def closed(blackouts: Iterable[Blackout], moment: datetime, zone: ZoneInfo) -> Closed | None:
    """The blackout that a moment lies in; None when it lies in none.

    Blackouts that follow each other without a gap are one: `until` is the end of the last.
    """
    known = tuple(blackouts)
    first = _around(known, moment, zone)
    if first is None:
        return None
    blackout, until = first
    for _ in range(_MOST):
        if (following := _around(known, until, zone)) is None:
            return Closed(blackout, until)
        until = following[1]
    return Closed(blackout, None)


def _around(
    blackouts: tuple[Blackout, ...], moment: datetime, zone: ZoneInfo
) -> tuple[Blackout, datetime] | None:
    """That which ends last of those around a moment, and its end."""
    found = [
        (blackout, end)
        for blackout in blackouts
        for start, end in _near(blackout, moment, zone)
        if start <= moment < end
    ]
    return max(found, key=lambda one: one[1], default=None)


def _near(blackout: Blackout, moment: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of a blackout that a moment may lie in."""
    if isinstance(blackout, DatedBlackout):
        yield instant(blackout.start, zone), instant(blackout.end, zone)
        return
    today = wall(moment, zone).date()
    end = blackout.end if blackout.end > blackout.start else blackout.end + 1440
    for day in (today - DAY, today):
        if day.isoweekday() in blackout.days:
            yield instant(at(day, blackout.start), zone), instant(at(day, end), zone)
