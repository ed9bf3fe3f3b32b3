"""`robotfabrik schedule list | fires | pause | resume | fire`: what triggers did, and what people decide."""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from robotfabrik.cli.person import acting, add_by
from robotfabrik.cli.plans import ScheduleFile
from robotfabrik.cli.queues import iso, moment, table
from robotfabrik.cli.schedule_next import starts
from robotfabrik.model.errors import RobotError, UsageError
from robotfabrik.model.firing import BY_HAND, EVERY, Due, FireRow, Pause
from robotfabrik.model.schedule import Cron, Interval, Schedule, Trigger
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.scheduling.looking import REACH
from robotfabrik.scheduling.plan import Plan
from robotfabrik.timing.blackouts import closed
from robotfabrik.timing.fires import fires_of
from robotfabrik.wiring import Project

SHOWN: Final = 50


def add(actions: Any) -> None:
    listing = actions.add_parser("list", help="the triggers: next fire, last fire, what became of it")
    listing.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    listing.set_defaults(run=listed)
    fires = actions.add_parser("fires", help="what became of fires, the newest first")
    fires.add_argument("--trigger", metavar="NAME", help="of this trigger only")
    fires.add_argument("--since", type=moment, metavar="TIME", help="only those decided on since")
    fires.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"the newest N; {SHOWN}")
    fires.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    fires.set_defaults(run=decided)
    for name, help, run in (
        ("pause", "let a trigger start nothing until it is resumed", pause),
        ("resume", "let a paused trigger start its bot again", resume),
    ):
        command = actions.add_parser(name, help=help)
        which = command.add_mutually_exclusive_group(required=True)
        which.add_argument("trigger", nargs="?", metavar="TRIGGER", help="its name")
        which.add_argument("--all", action="store_true", help="every trigger, those to come too")
        command.add_argument("--note", default="", metavar="TEXT", help="why")
        add_by(command)
        command.set_defaults(run=run)
    now = actions.add_parser("fire", help="start a trigger's bot now, as the trigger would")
    now.add_argument("trigger", metavar="TRIGGER", help="its name")
    add_by(now)
    now.set_defaults(run=fire)


# --- looking


def listed(given: argparse.Namespace) -> int:
    """Exit code 0; a wrong schedule is 2."""
    schedule = ScheduleFile(Path()).load().schedule
    with Project(Path.cwd()).store() as store:
        newest, pauses, standings = store.fires.newest(), store.fires.pauses(), store.fires.standings()
    zone = ZoneInfo(schedule.time_zone)
    lines = []
    for trigger in schedule.triggers:
        standing, pause = standings.get(trigger.name), paused(pauses, trigger)
        row = newest.get(trigger.name)
        lines.append(
            {
                "trigger": trigger.name, "bot": trigger.bot, "starts": starts(trigger) or None,
                "next": _next(trigger, zone), "last": None if row is None else as_data(row, zone),
                "paused": None if pause is None else _pause(pause), "known": standing is not None,
                "problem": standing.problem or None if standing else None,
                "waiting": len(standing.waiting) if standing else 0,
                "active": standing.active if standing else 0,
            }
        )  # fmt: skip
    if given.json:
        print(json.dumps({"triggers": lines}, ensure_ascii=False))
    elif not lines:
        print("no triggers")
    else:
        heads = ("trigger", "bot", f"next, {zone.key}", "last", "became", "state")
        table(heads, [_line(line) for line in lines])
    return 0


def _next(trigger: Trigger, zone: ZoneInfo) -> str | None:
    """When it starts its bot next, within a year and a bit."""
    now = datetime.now(UTC)
    for days in (2, 40, 400):
        coming = fires_of(trigger, zone, now, now + timedelta(days=days))
        if (found := next((fire.starts for fire in coming if fire.starts is not None), None)) is not None:
            return found.astimezone(zone).isoformat(timespec="minutes")
    return None


def paused(pauses: Mapping[str, Pause], trigger: Trigger) -> Pause | None:
    """Its own pause, or that of all."""
    return pauses.get(trigger.name) or pauses.get(EVERY)


def _pause(pause: Pause) -> dict[str, Any]:
    return {"by": pause.by, "at": iso(pause.at), "note": pause.note, "all": pause.trigger == EVERY}


def _line(line: Mapping[str, Any]) -> tuple[str, ...]:
    last = line["last"]
    states = [
        *([f"paused by {line['paused']['by']}"] if line["paused"] else []),
        *([line["problem"]] if line["problem"] else []),
        *([f"{line['waiting']} waiting"] if line["waiting"] else []),
        *([f"{line['active']} at work"] if line["active"] else []),
        *([] if line["known"] else ["no service has seen it"]),
    ]
    coming = line["next"][:16].replace("T", " ") if line["next"] else line["starts"] or "never"
    became = " ".join(filter(None, (last["outcome"], last["why"] and f"({last['why']})"))) if last else ""
    due = last["due"][:16].replace("T", " ") if last else ""
    return line["trigger"], line["bot"], coming, due, became, "; ".join(states)


def decided(given: argparse.Namespace) -> int:
    if given.limit < 1:
        raise UsageError("--limit is a number from 1 on")
    schedule = _schedule()
    with Project(Path.cwd()).store() as store:
        rows = store.fires.rows(given.trigger, given.since, given.limit)
        if given.trigger and not rows and schedule is not None:
            seen = store.fires.newest()  # those that have left the schedule too
            _known(given.trigger, [*(trigger.name for trigger in schedule.triggers), *seen])
    # What became of fires is shown also when the schedule cannot be read, by this machine's clock then.
    zone = None if schedule is None else ZoneInfo(schedule.time_zone)
    if given.json:
        print(json.dumps({"fires": [as_data(row, zone) for row in rows]}, ensure_ascii=False))
    elif not rows:
        print("no fires")
    else:
        table(
            (
                f"due, {zone.key if zone else 'by this machine'}", "trigger", "bot", "became", "why", "job",
                "decided", "by",
            ),
            [
                (
                    _shown(row.due, zone), row.trigger, row.bot, row.outcome, row.why, row.job,
                    _shown(row.decided_at, zone), row.by,
                )
                for row in rows
            ],
        )  # fmt: skip
    return 0


def _schedule() -> Schedule | None:
    """None: there is none that can be read."""
    try:
        return ScheduleFile(Path()).load().schedule
    except RobotError:
        return None


def _shown(seconds: float, zone: ZoneInfo | None) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def as_data(row: FireRow, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """A row in JSON; its times are those of a zone, or of this machine's."""
    due, decided = (datetime.fromtimestamp(at, UTC).astimezone(zone) for at in (row.due, row.decided_at))
    return {
        "trigger": row.trigger, "key": row.key, "bot": row.bot, "due": due.isoformat(timespec="seconds"),
        "outcome": row.outcome, "why": row.why, "job": row.job or None,
        "decided": decided.isoformat(timespec="seconds"), "by": row.by,
    }  # fmt: skip


# --- deciding


def pause(given: argparse.Namespace) -> int:
    name = _which(given)
    now = datetime.now(UTC)
    with Project(Path.cwd()).store() as store:
        if not store.fires.pause(name, acting(given), given.note, now):
            raise UsageError(f"{_called(name)} paused already")
    print(f"{_called(name)} paused: what comes due is left out until robotfabrik schedule resume")
    return 0


def resume(given: argparse.Namespace) -> int:
    name = _which(given)
    with Project(Path.cwd()).store() as store:
        if not store.fires.resume(name, acting(given), given.note, datetime.now(UTC)):
            raise UsageError(f"{_called(name)} not paused")
        others = [one for one in store.fires.pauses() if one != EVERY]
    print(f"{_called(name)} resumed")
    if name == EVERY and others:
        print(f"paused by themselves: {', '.join(others)}")
    return 0


def _which(given: argparse.Namespace) -> str:
    if given.all:
        return EVERY
    return the_trigger(ScheduleFile(Path()).load().schedule, given.trigger).name


def _called(name: str) -> str:
    return "all triggers are" if name == EVERY else f"the trigger {name} is"


def the_trigger(schedule: Schedule, name: str) -> Trigger:
    """The trigger of that name; UsageError when there is none."""
    names = [trigger.name for trigger in schedule.triggers]
    _known(name, names)
    return schedule.triggers[names.index(name)]


def _known(name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UsageError(f"there is no trigger '{name}'. {did_you_mean(name, names)}".strip())


def fire(given: argparse.Namespace) -> int:
    """A person may do so at any time, also when the trigger is paused."""
    plan = ScheduleFile(Path()).load()
    trigger = the_trigger(plan.schedule, given.trigger)
    by, now = acting(given), datetime.now(UTC)
    due = Due(f"{BY_HAND}{now.isoformat()} {secrets.token_hex(3)}", now, _planned(plan, trigger, now))
    with Project(Path.cwd()).store() as store:
        row = store.fires.fire(trigger.name, due, plan.job(trigger, due, now, by), by)
        pauses = store.fires.pauses()
    print(f"{row.job} waits for a machine: robotfabrik jobs show {row.job}")
    if paused(pauses, trigger):
        print("the trigger itself is paused")
    if closed(trigger.blackouts, now, plan.zone):
        print("a blackout lasts now")
    return 0


def _planned(plan: Plan, trigger: Trigger, now: datetime) -> date:
    """The day that its last fire was planned for, where that is what its job runs as."""
    if trigger.arguments.date != "planned" or not isinstance(trigger.start, Cron | Interval):
        return plan.today(now)
    *_, last = None, *fires_of(trigger, plan.zone, now - REACH, now)
    return plan.today(now) if last is None else last.moved_from or last.local.date()
