"""What the commands about items share: finding one, saying who acts, showing times and tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from robotfabrik.cli.person import add_by
from robotfabrik.model.errors import UsageError
from robotfabrik.model.records import ItemFilter, QueueItem
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.work import PRIORITIES
from robotfabrik.store import SqlStore

WHERE = ("bot", "environment", "dataset", "process")
NAMED = 500  # references among which a misspelt one is looked for
PRIORITY = {number: name for name, number in PRIORITIES.items()}


def place_options(command: argparse.ArgumentParser, default: Any = None) -> None:
    """Which queue is meant. Both a command and its actions take them."""
    group = command.add_argument_group("which queue")
    group.add_argument("--bot", default=default, metavar="BOT", help="the queues that this bot works on")
    group.add_argument(
        "--environment", choices=("test", "production"), default=default, help="the bot's environment"
    )
    group.add_argument(
        "--dataset", default=default, metavar="NAME", help="the data set of a test application"
    )
    group.add_argument("--process", default=default, metavar="ID", help="the id of a PDD")


def action(actions: Any, name: str, help: str, *, reference: str = "", by: bool = True) -> Any:
    """An action of a command; `reference`: + for one reference or more, 1 for exactly one."""
    command = actions.add_parser(name, help=help)
    if reference:
        many = {} if reference == "1" else {"nargs": reference}
        command.add_argument("reference", metavar="REF", help="the item's reference", **many)
    if by:
        add_by(command)
    place_options(command, argparse.SUPPRESS)
    return command


def note(text: str, option: str) -> str:
    """A text that must say something."""
    if not text.strip():
        raise UsageError(f"{option} is empty: say why")
    return text.strip()


def the_item(store: SqlStore, given: argparse.Namespace, reference: str) -> QueueItem:
    """The one item that is meant; UsageError when there is none, or more than one."""
    where = {name: getattr(given, name) for name in WHERE}
    found = store.find_items(ItemFilter(reference=reference, **where))
    if not found:
        known = [item.reference for item in store.find_items(ItemFilter(limit=NAMED, **where))]
        raise UsageError(f"there is no item '{reference}'. {did_you_mean(reference, known)}".rstrip())
    if len(found) > 1:
        places = "; ".join(f"--environment {s.environment} --dataset {s.dataset} --process {s.process}"
                           for s in (item.space for item in found))  # fmt: skip
        raise UsageError(f"'{reference}' stands in {len(found)} queues. Say which: {places}")
    return found[0]


# --- times


def moment(text: str) -> float:
    """A day or a time of this machine's calendar, in seconds since 1970."""
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no time, such as 2022-11-01 or 2022-11-01T14:30"
        ) from None


def shown(seconds: float | None) -> str:
    """A time as people read it; empty for none."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"


def iso(seconds: float | None) -> str | None:
    """A time in JSON."""
    return None if seconds is None else datetime.fromtimestamp(seconds).astimezone().isoformat("T", "seconds")


def lasted(seconds: float) -> str:
    """How long something took: 42 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


# --- on the terminal


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their headings, each column as wide as its longest cell."""
    lines = [headings, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(headings))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def facts(pairs: Sequence[tuple[str, Any]], indent: str = "") -> None:
    """Name and value, one a line; what is empty is left out. Further lines of a value stand below it."""
    there = [(name, text) for name, value in pairs if (text := as_text(value))]
    width = max((len(name) for name, _ in there), default=0) + 2
    for name, text in there:
        first, *more = text.splitlines()
        print(f"{indent}{name.ljust(width)}{first}")
        for line in more:
            print(f"{indent}{' ' * width}{line}".rstrip())


def intended(item: QueueItem, indent: str = "") -> None:
    """What the robot intended of an item in doubt, and what it saw of it."""
    doubt = item.doubt
    if doubt is None:
        print(f"{indent}What the robot intended is not known.")
        return
    print(f"{indent}The robot intended: {doubt.effect}")
    facts(list(doubt.content.items()), f"{indent}  ")
    if not doubt.candidates:
        print(f"{indent}It saw nothing of it.")
    for candidate in doubt.candidates:
        print(f"{indent}It saw: {candidate['id']}")
        facts([(name, value) for name, value in candidate.items() if name != "id"], f"{indent}  ")


def as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case list() | tuple():
            return ", ".join(map(as_text, value))
        case dict():
            return ", ".join(f"{name}: {as_text(part)}" for name, part in value.items())
    return str(value)
