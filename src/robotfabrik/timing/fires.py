"""The fires of a schedule: when each of its triggers is due, and when it then starts its bot.

A cron trigger names times of the wall clock: each of them fires once a day, whatever the clock does. An
interval is counted in real time from its anchor. File, queue and after triggers have no times.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from robotfabrik.model.schedule import Cron, Interval, Schedule, Trigger
from robotfabrik.timing.blackouts import Closed, closed
from robotfabrik.timing.calendars import DAY, is_free, why_free
from robotfabrik.timing.clock import at, instant, wall
from robotfabrik.timing.days import days_of, moved, planned


@dataclass(frozen=True, slots=True)
class Fire:
    """One time at which a trigger is due.

    `local`: what the trigger names, by the wall clock, without a zone. `due`: the moment, in UTC, that this
    is. `starts`: when the bot may start, in UTC; later than `due` when a blackout holds it back, None when
    that leaves it out. `moved_from`: the free day that it was planned for. `closed`: the blackout.
    """

    trigger: Trigger
    local: datetime
    due: datetime
    starts: datetime | None
    moved_from: date | None = None
    closed: Closed | None = None

    @property
    def key(self) -> str:
        """What it is called among the trigger's fires: no other fire ever has the same key.

        A cron trigger's is the wall-clock time; an interval's the moment, since a wall-clock time comes twice
        when summer time ends.
        """
        if isinstance(self.trigger.start, Cron):
            return self.local.isoformat(timespec="minutes")
        return self.due.isoformat().replace("+00:00", "Z")


def fires(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Fire]:
    """The fires that are due from `start` until before `end` (moments with a zone), in order."""
    zone = ZoneInfo(schedule.time_zone)
    found = (fires_of(trigger, zone, start, end) for trigger in schedule.triggers)
    return heapq.merge(*found, key=lambda fire: (fire.due, fire.trigger.name))


def fires_of(trigger: Trigger, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Fire]:
    """The fires of one trigger that are due from `start` until before `end`, in order."""
    if not trigger.blackouts:
        yield from _due(trigger, zone, start, end)
        return
    # Whether a blackout's last fire is made up for depends on the one after it.
    following = chain(_due(trigger, zone, start, end), [_next(trigger, zone, end)])
    for fire, after in pairwise(following):
        if fire is not None:
            yield _held_back(fire, after, zone)


def job_date(fire: Fire, zone: ZoneInfo) -> date:
    """The day that the bot runs as: `--date` of `robotfabrik run`."""
    if fire.trigger.arguments.date == "planned":
        return fire.moved_from or fire.local.date()
    return wall(fire.starts or fire.due, zone).date()


def left_out(trigger: Trigger, first: date, last: date) -> Iterator[tuple[date, str]]:
    """The days from `first` to `last` that the trigger names and its calendar leaves out, and why."""
    if (calendar := trigger.calendar) is None:
        return
    if isinstance(trigger.start, Cron):
        named = (d for d in planned(trigger, trigger.start, first, last) if moved(trigger, d) is None)
    elif isinstance(trigger.start, Interval):
        named = (first + number * DAY for number in range((last - first).days + 1))
    else:
        return
    for day in named:
        if (why := why_free(calendar, day)) is not None:
            yield day, why


# --- when a trigger is due


def _due(trigger: Trigger, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Fire]:
    """The fires of a trigger, as if there were no blackouts."""
    match trigger.start:
        case Cron():
            found = _by_cron(trigger, trigger.start, zone, start, end)
        case Interval():
            found = _by_interval(trigger, trigger.start, zone, start, end)
        case _:
            return
    yield from (fire for fire in found if start <= fire.due < end)


def _by_cron(trigger: Trigger, cron: Cron, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Fire]:
    # A day more on both sides: what the clock skips is due an hour later, perhaps on the next day.
    first, last = wall(start, zone).date() - DAY, wall(end, zone).date() + DAY
    for day, moved_from in days_of(trigger, cron, first, last).items():
        times = (at(day, hour * 60 + minute) for hour in cron.hours for minute in cron.minutes)
        of_the_day = [_fire(trigger, local, instant(local, zone), moved_from) for local in times]
        yield from sorted(of_the_day, key=lambda fire: fire.due)


def _by_interval(
    trigger: Trigger, interval: Interval, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[Fire]:
    anchor = instant(interval.anchor, zone)
    number = max(0, -((anchor - start) // interval.every))
    while (due := anchor + number * interval.every) < end:
        local = wall(due, zone)
        if trigger.calendar is None or not is_free(trigger.calendar, local.date()):
            yield _fire(trigger, local, due, None)
        number += 1


def _fire(trigger: Trigger, local: datetime, due: datetime, moved_from: date | None) -> Fire:
    return Fire(trigger, local, due, due, moved_from)


# --- blackouts


def _next(trigger: Trigger, zone: ZoneInfo, after: datetime) -> Fire | None:
    """The first fire from a moment on, unless that is more than a year away."""
    for days in (2, 40, 400):
        if (found := next(_due(trigger, zone, after, after + timedelta(days=days)), None)) is not None:
            return found
    return None


def _held_back(fire: Fire, following: Fire | None, zone: ZoneInfo) -> Fire:
    """A fire in a blackout is left out, or the blackout's last one starts the bot when it is over."""
    found = closed(fire.trigger.blackouts, fire.due, zone)
    if found is None:
        return fire
    until = found.until
    last = until is not None and (following is None or following.due > until)
    made_up = last and fire.trigger.misfire == "run_once"
    return replace(fire, starts=until if made_up else None, closed=found)
