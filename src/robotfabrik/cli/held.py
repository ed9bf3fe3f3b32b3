"""`robotfabrik held`: what is in doubt, and a person's word on it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, get_args

from robotfabrik.cli.items import as_json, next_run
from robotfabrik.cli.person import acting
from robotfabrik.cli.queues import WHERE, action, facts, intended, note, place_options, shown, the_item
from robotfabrik.model.errors import UsageError
from robotfabrik.model.records import ItemEffect, ItemFilter, QueueItem, Verdict
from robotfabrik.wiring import Project


def add(commands: Any) -> None:
    command = commands.add_parser("held", help="show what is in doubt, and settle it")
    place_options(command)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=listed)
    actions = command.add_subparsers(metavar="ACTION")
    one = action(actions, "settle", "say what became of an effect in doubt", reference="1")
    one.add_argument(
        "--as", dest="verdict", choices=get_args(Verdict), required=True,
        help="done: it happened; redo: it did not, the robot may do it; by-hand: a person does it",
    )  # fmt: skip
    one.add_argument("--note", required=True, metavar="TEXT", help="how you know")
    one.add_argument(
        "--candidate", metavar="ID", help="with done: which of those that the robot saw is the effect"
    )
    one.set_defaults(run=settle)


def listed(given: argparse.Namespace) -> int:
    where = {name: getattr(given, name) for name in WHERE}
    with Project(Path.cwd()).store() as store:
        store.abandon()
        items = store.find_items(ItemFilter(in_doubt=True, **where))
        sent = {item.id: store.effects_of(item.id) for item in items}
    if given.json:
        print(json.dumps({"items": list(map(as_json, items))}, ensure_ascii=False))
        return 0
    if not items:
        print("nothing is in doubt")
    for number, item in enumerate(items):
        if number:
            print()
        _show(item, [effect for effect in sent[item.id] if effect.status == "submitting"])
    return 0


def _show(item: QueueItem, sent: list[ItemEffect]) -> None:
    space = item.space
    print(f"{item.reference}  {item.status} {shown(item.settled_at)}")
    facts(
        [
            ("queue", f"{space.environment}/{space.dataset}/{space.process}"), ("period", item.period),
            ("job", item.settled_by), ("reason", item.reason), *(("sent", _sent(e)) for e in sent),
        ],
        "  ",
    )  # fmt: skip
    intended(item, "  ")


def _sent(effect: ItemEffect) -> str:
    return f"{effect.key.scope} {shown(effect.submitted_at)}, not seen since"


def settle(given: argparse.Namespace) -> int:
    why = note(given.note, "--note")
    if given.candidate is not None and given.verdict != "done":
        raise UsageError("--candidate says as what it happened: it goes with --as done")
    with Project(Path.cwd()).store() as store:
        store.abandon()
        item = the_item(store, given, given.reference)
        store.settle_held(item.id, given.verdict, acting(given), why, given.candidate)
        then = next_run(store, item)
    if given.verdict == "by-hand":
        print(f"{item.reference} is left to a person; no robot takes it again")
    else:
        told = "as done" if given.verdict == "done" else "as not done"
        print(f"{item.reference} is settled {told} and goes on: {then}")
    return 0
