"""schedule.yaml: triggers and calendars. Their shape and names are checked; no trigger is run yet."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection

from robotfabrik.model.errors import Diagnostic
from robotfabrik.parsing.bots import SCHEDULE
from robotfabrik.parsing.nodes import Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader

STARTS = ("cron", "interval", "file", "queue", "after")
"""What starts a trigger's bot: a trigger has one of them."""
TRIGGER = (
    "bot", *STARTS, "name", "arguments", "calendar", "on_holiday", "misfire", "max_parallel", "blackout",
)  # fmt: skip
HOLIDAYS = ("skip", "previous_bank_day", "next")
MISFIRES = ("skip", "run_once")
CRON = "minute hour day month weekday"


def check(reader: Reader, node: Node, bots: Collection[str]) -> None:
    """Check a schedule; `bots` are the names of the bots that there are, empty when they are not known."""
    fields = reader.mapping(node, "a schedule", SCHEDULE, ("schedule",))
    if fields is None:
        return
    reader.version(fields["schedule"], "schedule")
    if (zone := reader.scalar(fields["time_zone"], "time_zone")) is not None:
        known = zoneinfo.available_timezones()
        if known and zone.text not in known:
            reader.unknown(zone, "time zone", sorted(known), rule="unknown-value")
    calendars = reader.map(fields["calendars"], "calendars")
    for item in reader.list(fields["triggers"], "triggers"):
        trigger = reader.mapping(item, "a trigger", TRIGGER, ("bot",))
        if trigger is not None:
            _trigger(reader, trigger, bots, calendars.keys() if calendars else ())


def _trigger(reader: Reader, trigger: Fields, bots: Collection[str], calendars: Collection[str]) -> None:
    started = [key for key in STARTS if key in trigger]
    if len(started) != 1:
        how = f"{' and '.join(started)} both stand here" if started else "nothing says when it starts"
        reader.error(trigger.span, f"a trigger has one of {', '.join(STARTS)}: {how}", "trigger")
    for name in (trigger["bot"], trigger["after"]):
        scalar = reader.scalar(name, "bot")
        if scalar is not None and bots and scalar.text not in bots:
            reader.unknown(scalar, "bot", bots, rule="unknown-bot")
    cron = reader.scalar(trigger["cron"], "cron")
    if cron is not None and len(cron.text.split()) != len(CRON.split()):
        reader.error(cron.span, f"cron has five parts: {CRON}", "wrong-value", "0 6 1 * * is the 1st at 6:00")
    reader.seconds(trigger["interval"], "interval")
    reader.choice(trigger["on_holiday"], "on_holiday", HOLIDAYS, "skip")
    reader.choice(trigger["misfire"], "misfire", MISFIRES, "skip")
    if (calendar := trigger["calendar"]) is not None:
        reader.choice(calendar, "calendar", calendars, "")
    reader.integer(trigger["max_parallel"], "max_parallel", 1, minimum=1)
    reader.map(trigger["arguments"], "arguments")
    bot = trigger["bot"]
    hint = f"start it with: robotfabrik run {bot.text}" if isinstance(bot, ScalarNode) else None
    reader.report(Diagnostic(trigger.span, "triggers are not run yet", "not-in-force", hint, "warning"))
