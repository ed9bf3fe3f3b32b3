"""`robotfabrik schedule next`: when the triggers are due."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from robotfabrik.cli.arguments import day, positive
from robotfabrik.cli.plans import ScheduleFile
from robotfabrik.model.errors import UsageError
from robotfabrik.model.schedule import After, Cron, Files, Interval, NewItems, Schedule, Trigger
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.timing import swedish
from robotfabrik.timing.calendars import why_free
from robotfabrik.timing.clock import midnight, wall
from robotfabrik.timing.fires import Fire, fires, job_date, left_out

_DAY = "%a %Y-%m-%d"
_MOMENT = "%a %Y-%m-%d %H:%M"


def add(actions: Any) -> None:
    command = actions.add_parser("next", help="list the coming fires")
    command.add_argument("--days", type=positive, default=14, metavar="N", help="so many days; 14")
    command.add_argument("--from", dest="first", type=day, metavar="DATE", help="from this day on; from now")
    command.add_argument("--trigger", metavar="NAME", help="of this trigger only")
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(run=show)


def show(given: argparse.Namespace) -> int:
    """Exit code 0; a wrong schedule is 2."""
    schedule = only(ScheduleFile(Path()).load().schedule, given.trigger)
    zone = ZoneInfo(schedule.time_zone)
    now = datetime.now(UTC)
    first = given.first or wall(now, zone).date()
    last = last_day(first, given.days)
    start = midnight(first, zone) if given.first else now
    found = list(fires(schedule, start, midnight(last + timedelta(days=1), zone)))
    skipped = [(d, t, why) for t in schedule.triggers for d, why in left_out(t, first, last)]
    skipped.sort(key=lambda one: (one[0], one[1].name))
    others = [trigger for trigger in schedule.triggers if not isinstance(trigger.start, Cron | Interval)]
    if given.json:
        print(json.dumps(as_data(schedule, first, last, found, skipped, others), ensure_ascii=False))
        return 0
    print(f"From {_day(first)} to {_day(last)}, {schedule.time_zone}")
    due = [(_moment(wall(f.due, zone)), f.trigger.name, f.trigger.bot, notes(f, zone)) for f in found]
    if due:
        _table("", ("when", "trigger", "bot", "note"), due)
    else:
        print("\nNothing is due.")
    _table("Left out", ("day", "trigger", "why"), [(_day(d), t.name, why) for d, t, why in skipped])
    _table("Without times", ("trigger", "bot", "starts"), [(t.name, t.bot, starts(t)) for t in others])
    return 0


def only(schedule: Schedule, name: str | None) -> Schedule:
    """The schedule with one trigger; with all when none is named."""
    names = [trigger.name for trigger in schedule.triggers]
    if name is None:
        return schedule
    if name not in names:
        raise UsageError(f"there is no trigger '{name}'. {did_you_mean(name, names)}".strip())
    return replace(schedule, triggers=(schedule.triggers[names.index(name)],))


def last_day(first: date, days: int) -> date:
    """The last day of the list; its years are such that the calendars know them."""
    years = swedish.YEARS
    if first.year > years[0] and days < 366 * len(years):
        last = first + timedelta(days=days - 1)
        if last.year < years[-1]:
            return last
    raise UsageError(f"the Swedish calendars are known from {years[0] + 1} to {years[-1] - 1}")


# --- in words


def notes(fire: Fire, zone: ZoneInfo) -> str:
    """What is special about a fire; '' for most."""
    found = [_moved(fire), _clock(fire, zone), _blackout(fire, zone)]
    return "; ".join(filter(None, found))


def _moved(fire: Fire) -> str:
    if fire.moved_from is None or fire.trigger.calendar is None:
        return ""
    return f"moved from {_day(fire.moved_from)} ({why_free(fire.trigger.calendar, fire.moved_from)})"


def _clock(fire: Fire, zone: ZoneInfo) -> str:
    """What the change of the clock does to it."""
    shown = wall(fire.due, zone)
    if shown != fire.local:
        return f"there is no {fire.local:%H:%M} on this day"
    summer, winter = (shown.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if summer == winter:
        return ""
    return f"the {'second' if shown.fold else 'first'} {shown:%H:%M} of two"


def _blackout(fire: Fire, zone: ZoneInfo) -> str:
    if fire.closed is None:
        return ""
    reason = f"blackout ({fire.closed.blackout.reason})" if fire.closed.blackout.reason else "blackout"
    if fire.closed.until is None:
        return f"left out, {reason} without end"
    until = _moment(wall(fire.closed.until, zone))
    return f"left out, {reason} until {until}" if fire.starts is None else f"{reason}, starts {until}"


def starts(trigger: Trigger) -> str:
    """When a trigger without times starts its bot."""
    match trigger.start:
        case Files(folder, pattern, quiet):
            return f"complete files in {folder}: {pattern}, unchanged for {_length(quiet)}"
        case NewItems(items, older_than):
            many = f"{items} new items" if items else ""
            old = f"an item older than {_length(older_than)}" if older_than else ""
            return " or ".join(filter(None, (many, old)))
        case After(bot, statuses, delay):
            later = f", {_length(delay)} later" if delay else ""
            return f"after {bot} is {' or '.join(sorted(statuses))}{later}"
    return ""


def _length(length: timedelta) -> str:
    """As it is written in a definition."""
    seconds = length.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"


def _day(day: date) -> str:
    return day.strftime(_DAY)


def _moment(local: datetime) -> str:
    return local.strftime(_MOMENT)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns under their heads; nothing without rows."""
    lines = list(rows)
    if not lines:
        return
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    print(f"\n{title}" if title else "")
    for line in (heads, *lines):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


# --- as data


def as_data(
    schedule: Schedule, first: date, last: date, found: Iterable[Fire],
    skipped: Iterable[tuple[date, Trigger, str]], others: Iterable[Trigger],
) -> dict[str, Any]:  # fmt: skip
    """What --json prints. Moments have their offset from UTC."""
    zone = ZoneInfo(schedule.time_zone)
    return {
        "time_zone": schedule.time_zone, "from": first.isoformat(), "to": last.isoformat(),
        "fires": [_fire(fire, zone) for fire in found],
        "left_out": [{"day": d.isoformat(), "trigger": t.name, "why": why} for d, t, why in skipped],
        "without_times": [{"trigger": t.name, "bot": t.bot, "starts": starts(t)} for t in others],
    }  # fmt: skip


def _fire(fire: Fire, zone: ZoneInfo) -> dict[str, Any]:
    closed, until = fire.closed, fire.closed and fire.closed.until
    return {
        "trigger": fire.trigger.name, "bot": fire.trigger.bot, "key": fire.key,
        "due": fire.due.astimezone(zone).isoformat(), "weekday": wall(fire.due, zone).strftime("%a"),
        "starts": fire.starts.astimezone(zone).isoformat() if fire.starts else None,
        "date": job_date(fire, zone).isoformat(),
        "moved_from": fire.moved_from.isoformat() if fire.moved_from else None,
        "blackout": None if closed is None else {
            "until": until.astimezone(zone).isoformat() if until else None, "reason": closed.blackout.reason,
        },
    }  # fmt: skip
