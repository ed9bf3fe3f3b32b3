"""schedule.yaml: calendars, blackouts, and the triggers that start bots."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from robotfabrik.model.process import Bot, Process
from robotfabrik.model.schedule import (
    BANK_DAYS,
    DAY_KINDS,
    JOB_DATES,
    JOB_STATUSES,
    MISFIRES,
    ON_HOLIDAY,
    PHASES,
    After,
    Arguments,
    Blackout,
    Calendar,
    Cron,
    Files,
    Interval,
    NewItems,
    Schedule,
    Start,
    Trigger,
    WorkingDay,
)
from robotfabrik.model.source import Span, Word, place_of
from robotfabrik.model.types import DURATION, enumeration
from robotfabrik.parsing.bots import given_settings
from robotfabrik.parsing.checks.duplicates import twice
from robotfabrik.parsing.cron import read_cron
from robotfabrik.parsing.nodes import ListNode, Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader
from robotfabrik.parsing.times import read_blackouts, read_dates, read_moment

SCHEDULE = ("schedule", "time_zone", "calendars", "blackout", "triggers")
CALENDAR = ("free", "dates")
DATES = ("free", "working")
STARTS = ("cron", "interval", "file", "queue", "after")
"""What starts a trigger's bot: a trigger has one of them."""
TRIGGER = (
    "name", "bot", *STARTS, "anchor", "calendar", "on_holiday", "blackout", "misfire", "max_parallel",
    "arguments",
)  # fmt: skip
FILE = ("folder", "pattern", "quiet")
QUEUE = ("items", "older_than")
AFTER = ("bot", "status", "delay")
ARGUMENTS = ("rehearse", "date", "workers", "limit", "only", "config")
TIME_ZONE = "Europe/Stockholm"
_ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "anchor": ("interval",), "calendar": ("cron", "interval"), "on_holiday": ("cron", "interval"),
    "misfire": ("cron", "interval", "after"), "max_parallel": ("cron", "interval", "file", "after"),
}  # fmt: skip
"""Keys of a trigger that say something about some ways of starting only."""
_NAME = re.compile(r"[\w.-]+")
_ANCHOR = datetime(2000, 1, 1)
_QUIET = timedelta(seconds=30)
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=366)


@cache
def _time_zones() -> tuple[str, ...]:
    """The names of the time zones; they are looked for in many files."""
    return tuple(sorted(zoneinfo.available_timezones()))


class Bots(NamedTuple):
    """The bots that a schedule may start. `load`: one with its process, None when that cannot be read."""

    names: tuple[str, ...]
    load: Callable[[str], tuple[Bot, Process] | None]


class ScheduleBuilder:
    """Builds a schedule from its tree. Without names of bots nothing is known of them, and nothing said."""

    def __init__(self, reader: Reader, bots: Bots) -> None:
        self.reader, self.bots = reader, bots

    def build(self, node: Node) -> Schedule | None:
        """The schedule, of all that could be read."""
        reader = self.reader
        fields = reader.mapping(node, "a schedule", SCHEDULE, ("schedule",))
        if fields is None:
            return None
        reader.version(fields["schedule"], "schedule")
        zone = self._time_zone(fields["time_zone"])
        calendars = self._calendars(fields["calendars"])
        blackouts = read_blackouts(reader, fields["blackout"])
        items = reader.list(fields["triggers"], "triggers")
        found = [_TriggerBuilder(reader, self.bots, calendars, blackouts).build(item) for item in items]
        triggers = tuple(trigger for trigger in found if trigger is not None)
        twice("trigger", ((t.name, place_of(t.name, t.span)) for t in triggers if t.name), reader.report)
        return Schedule(fields.span, zone, calendars, blackouts, triggers)

    def _time_zone(self, node: Node | None) -> str:
        zone = self.reader.scalar(node, "time_zone")
        if zone is None or zone.text in _time_zones():
            return zone.text if zone else TIME_ZONE
        self.reader.unknown(zone, "time zone", _time_zones(), rule="unknown-value")
        return TIME_ZONE

    def _calendars(self, node: Node | None) -> dict[str, Calendar]:
        found = self.reader.map(node, "calendars")
        calendars: dict[str, Calendar] = {BANK_DAYS.name: BANK_DAYS}
        for entry in found.entries if found else ():
            name = entry.key.text
            if name == BANK_DAYS.name:
                message = f"the calendar {name} is always there and stays as it is"
                self.reader.error(entry.key.span, message, "duplicate-id", "give it a name of its own")
            else:
                calendars[Word(name, entry.key.span)] = self._calendar(name, entry.value)
        return calendars

    def _calendar(self, name: str, node: Node) -> Calendar:
        reader = self.reader
        fields = reader.mapping(node, f"calendar {name}", CALENDAR)
        if fields is None:
            return Calendar(name)
        dates = reader.mapping(fields["dates"], "dates", DATES)
        free = read_dates(reader, dates["free"], "dates") if dates else frozenset()
        working = read_dates(reader, dates["working"], "dates") if dates else frozenset()
        if dates and (both := free & working):
            message = f"{min(both)} cannot be both free and working"
            reader.error(dates.key("working"), message, "wrong-value")
        kind = enumeration(*DAY_KINDS)
        kinds = [reader.literal(item, kind, "a kind of day") for item in reader.list(fields["free"], "free")]
        known = frozenset(one for one in kinds if one is not None) if "free" in fields else BANK_DAYS.kinds
        return Calendar(name, known, free, working)


class _TriggerBuilder:
    """Builds one trigger of a schedule."""

    def __init__(
        self, reader: Reader, bots: Bots, calendars: Mapping[str, Calendar], blackouts: tuple[Blackout, ...]
    ) -> None:
        self.reader, self.bots = reader, bots
        self.calendars, self.blackouts = calendars, blackouts

    def build(self, node: Node) -> Trigger | None:
        """None when nothing can be said of when it starts."""
        reader = self.reader
        fields = reader.mapping(node, "a trigger", TRIGGER, ("name", "bot"))
        if fields is None:
            return None
        name = self._name(fields["name"])
        bot = self._bot(fields["bot"])
        loaded = self.bots.load(bot) if bot in self.bots.names else None
        process = loaded[1] if loaded else None
        starts = self._starts(fields, process)
        calendar = self._calendar(fields)
        on_holiday = reader.choice(fields["on_holiday"], "on_holiday", ON_HOLIDAY, "skip")
        misfire = reader.choice(fields["misfire"], "misfire", MISFIRES, "skip")
        parallel = reader.integer(fields["max_parallel"], "max_parallel", 1, minimum=1)
        blackouts = (*self.blackouts, *read_blackouts(reader, fields["blackout"]))
        arguments = self._arguments(fields["arguments"], process)
        if len(starts) != 1:
            return None
        ((start, at),) = starts
        self._fits(fields, start, on_holiday, arguments)
        return Trigger(
            name, fields.span, bot, start, at, calendar, on_holiday, misfire, parallel, blackouts, arguments
        )  # fmt: skip

    def _name(self, node: Node | None) -> str:
        """What it is paused and started by: one word."""
        name = self.reader.text(node, "name")
        if node is not None and name and not _NAME.fullmatch(name):
            message = f"a trigger's name is made of letters, digits, _, - and .: not '{name}'"
            hint = f"write name: {'-'.join(re.findall(_NAME, name)) or 'monthly'}"
            self.reader.error(node.span, message, "bad-name", hint)
        return name

    def _bot(self, node: Node | None) -> str:
        name = self.reader.text(node, "bot")
        if isinstance(node, ScalarNode) and name and self.bots.names and name not in self.bots.names:
            self.reader.unknown(node, "bot", self.bots.names, rule="unknown-bot")
        return name

    def _calendar(self, fields: Fields) -> Calendar | None:
        """The calendar that is named; the banks' when only `on_holiday:` is said."""
        named = self.reader.scalar(fields["calendar"], "calendar")
        if named is None:
            return BANK_DAYS if "on_holiday" in fields else None
        if named.text not in self.calendars:
            self.reader.unknown(named, "calendar", self.calendars, rule="unknown-calendar")
        return self.calendars.get(named.text, BANK_DAYS)

    # --- what starts it

    def _starts(self, fields: Fields, process: Process | None) -> list[tuple[Start, Span]]:
        """The ways of starting that could be read, of which there should be one, each with its place."""
        written = {key: node for key in STARTS if (node := fields[key]) is not None}
        if len(written) != 1:
            how = f"{' and '.join(written)} stand here" if written else "nothing says when it starts"
            message = f"a trigger has one of {', '.join(STARTS)}: {how}"
            self.reader.error(fields.span, message, "trigger")
        for key, kinds in _ONLY_FOR.items():
            if key in fields and written and not written.keys() & set(kinds):
                message = f"{key}: says nothing about a trigger with {next(iter(written))}:"
                self.reader.error(fields.key(key), message, "trigger", f"it goes with {', '.join(kinds)}")
        found = [(self._start(key, node, fields, process), node.span) for key, node in written.items()]
        return [(start, span) for start, span in found if start is not None and len(written) == 1]

    def _start(self, kind: str, node: Node, trigger: Fields, process: Process | None) -> Start | None:
        match kind:
            case "cron":
                return self._cron(node, trigger)
            case "interval":
                return self._interval(node, trigger["anchor"])
            case "file":
                return self._files(node)
            case "queue":
                return self._items(node, trigger, process)
        return self._after(node)

    def _cron(self, node: Node, trigger: Fields) -> Cron | None:
        written = self.reader.scalar(node, "cron")
        if written is None:
            return None
        if trigger.node.flow and written.style == "plain" and 0 < len(written.text.split()) < 5:
            message = "this cron line has less than five parts: inside {…} a comma ends it"
            self.reader.error(written.span, message, "cron", 'quote it: cron: "0 6 1,15 * *"')
            return None
        return read_cron(written.located, self.reader.report)

    def _interval(self, node: Node, anchor: Node | None) -> Interval | None:
        every = self._duration(node, "interval")
        first = read_moment(self.reader, anchor, "anchor") or _ANCHOR
        if every is not None and every < _SHORTEST:
            self.reader.error(node.span, "an interval is at least 1m", "wrong-value")
            return None
        return None if every is None else Interval(every, first)

    def _files(self, node: Node) -> Files | None:
        fields = self.reader.mapping(node, "file", FILE, ("folder",))
        if fields is None:
            return None
        folder = self.reader.text(fields["folder"], "folder")
        pattern = self.reader.text(fields["pattern"], "pattern", "*")
        if "/" in pattern or "\\" in pattern:
            message = "a pattern is of names in the folder: no / in it"
            self.reader.error(place_of(pattern, fields.span), message, "wrong-value", "write it in folder:")
        quiet = self._duration(fields["quiet"], "quiet")
        return Files(folder, pattern, _QUIET if quiet is None else quiet) if folder else None

    def _items(self, node: Node, trigger: Fields, process: Process | None) -> NewItems | None:
        fields = self.reader.mapping(node, "queue", QUEUE)
        if process is not None and process.queue is None:
            message = f"the PDD of this bot, {process.id}, has no queue:"
            self.reader.error(trigger.key("queue"), message, "trigger")
        if fields is None or not ("items" in fields or "older_than" in fields):
            place = fields.span if fields else trigger.key("queue")
            hint = "write queue: {items: 10, older_than: 2h}"
            self.reader.error(place, "queue needs 'items:' or 'older_than:'", "missing-key", hint)
            return None
        items = self.reader.integer(fields["items"], "items", 1, minimum=1) if "items" in fields else None
        return NewItems(items, self._duration(fields["older_than"], "older_than"))

    def _after(self, node: Node) -> After | None:
        if isinstance(node, ScalarNode):
            return After(self._bot(node), frozenset({"successful"}), timedelta())
        fields = self.reader.mapping(node, "after", AFTER, ("bot",))
        if fields is None:
            return None
        status = fields["status"]
        words = status.items if isinstance(status, ListNode) else (status,) if status is not None else ()
        named = [self.reader.choice(word, "status", JOB_STATUSES, "successful") for word in words]
        delay = self._duration(fields["delay"], "delay") or timedelta()
        return After(self._bot(fields["bot"]), frozenset(named or ("successful",)), delay)

    def _duration(self, node: Node | None, what: str) -> timedelta | None:
        found: timedelta | None = self.reader.literal(node, DURATION, what)
        if found is not None and node is not None and found > _LONGEST:
            self.reader.error(node.span, f"{what} must be at most {_LONGEST.days}d", "wrong-value")
            return None
        return found

    # --- how the bot is run

    def _arguments(self, node: Node | None, process: Process | None) -> Arguments:
        reader = self.reader
        fields = reader.mapping(node, "arguments", ARGUMENTS)
        if fields is None:
            return Arguments()
        only = reader.choice(fields["only"], "only", PHASES, "") or None
        limit, workers = (
            reader.integer(fields[name], name, 1, minimum=1) if name in fields else None
            for name in ("limit", "workers")
        )
        if process is not None:
            if only is not None and not getattr(process, only):
                message = f"the PDD of this bot, {process.id}, has no {only}:"
                reader.error(fields.key("only"), message, "surplus-argument")
            if limit is not None and process.queue is None:
                message = f"the PDD of this bot, {process.id}, has no queue: there is one item"
                reader.error(fields.key("limit"), message, "surplus-argument")
        return Arguments(
            rehearse=reader.boolean(fields["rehearse"], "rehearse"),
            date=reader.choice(fields["date"], "date", JOB_DATES, "started"),
            workers=workers,
            limit=limit,
            only=only,
            **self._config(fields["config"], process),
        )

    def _config(self, node: Node | None, process: Process | None) -> dict[str, Any]:
        found = self.reader.map(node, "config")
        if found is None or process is None:
            return {}
        for entry in found.entries:
            if isinstance(entry.value, ListNode):
                message = f"a trigger cannot give a list, such as config '{entry.key.text}'"
                self.reader.error(entry.value.span, message, "wrong-value", "write it in the bot's config:")
        config = given_settings(self.reader, process, found.entries)
        words = {e.key.text: e.value.text for e in found.entries if isinstance(e.value, ScalarNode)}
        return {"config": config, "written": words}

    def _fits(self, fields: Fields, start: Start, on_holiday: str, arguments: Arguments) -> None:
        """What is said of free days, beside what starts the bot."""
        moves = on_holiday != "skip"
        if isinstance(start, Interval) and moves:
            message = "an interval's fires on free days are left out, not moved"
            self.reader.error(fields.key("on_holiday"), message, "trigger", "write on_holiday: skip")
        if isinstance(start, Cron) and isinstance(start.days, WorkingDay) and "on_holiday" in fields:
            message = "a working day is never a free day: on_holiday: says nothing here"
            hint = "leave it out; calendar: says which days are working days"
            self.reader.error(fields.key("on_holiday"), message, "trigger", hint)
        if arguments.date == "planned" and not (isinstance(start, Cron) and moves):
            message = "date: planned is the day that on_holiday: has moved: nothing is moved here"
            self.reader.error(fields.key("arguments"), message, "trigger", "leave date: out")
