"""`robotfabrik alerts`: what is wrong now and who was told; look, test a channel, take care of one."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any, Final

from robotfabrik.alerting import channels, summaries, words
from robotfabrik.cli.person import acting, add_by
from robotfabrik.cli.queues import iso, shown, table
from robotfabrik.model.alerts import Alert, AlertSettings
from robotfabrik.model.errors import UsageError
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.watching import FILE, post_of, settings_of, watch
from robotfabrik.wiring import Project

SHOWN: Final = 50
TEST_TITLE: Final = "robotfabrik: a test"
TEST: Final = summaries.Letter(
    "Roboten", "test", "Prov av robotens brev", "Det här är ett prov: så här ser robotens brev ut.", (),
    ("Ingenting.",), "",
)  # fmt: skip


def add(commands: Any) -> None:
    command = commands.add_parser("alerts", help="what is wrong now, and who was told of it")
    command.add_argument("--all", action="store_true", help=f"the newest {SHOWN}, those that are over too")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=listed)
    actions = command.add_subparsers(metavar="ACTION")
    one = actions.add_parser("check", help="look once, tell what is to be told, mail what is due")
    one.set_defaults(run=check)
    one = actions.add_parser("test", help="send a test message")
    one.add_argument("name", metavar="NAME", help="a name of alerts.yaml, or a mail address")
    one.set_defaults(run=test)
    one = actions.add_parser("ack", help="say that you take care of it: it is not told again")
    one.add_argument("id", metavar="ID", type=int, help="its number")
    add_by(one)
    one.set_defaults(run=acknowledge)


def listed(given: argparse.Namespace) -> int:
    with Project(Path.cwd()).existing_store() as store:
        found = store.alerts.all(SHOWN) if given.all else store.alerts.open()
    if given.json:
        print(json.dumps({"alerts": list(map(as_json, found))}, ensure_ascii=False))
        return 0
    if not found:
        print("nothing is wrong")
        return 0
    rows = [
        (
            str(alert.id), words.whose(alert),
            words.WORDS[alert.cause.kind], str(alert.cause.count), shown(alert.cause.since),
            shown(alert.told_at) or "not told", shown(alert.over_at) or alert.acknowledged_by,
        )
        for alert in found
    ]  # fmt: skip
    table(("id", "of", "what", "count", "since", "told", "over, or taken care of by"), rows)
    for alert in found:
        print(f"\n{alert.id}  {alert.cause.what}\n   To do: {alert.cause.todo}")
    return 0


def as_json(alert: Alert) -> dict[str, Any]:
    cause = alert.cause
    return {
        "id": alert.id, "kind": cause.kind, "bot": cause.bot, "machine": cause.machine,
        "subject": cause.subject, "what": cause.what, "todo": cause.todo, "severity": cause.severity,
        "count": cause.count, "since": iso(cause.since), "latest": iso(cause.latest),
        "told": iso(alert.told_at), "over": iso(alert.over_at), "acknowledged_by": alert.acknowledged_by,
    }  # fmt: skip


def check(given: argparse.Namespace) -> int:
    """Exit code 1 when a message could not be sent."""
    failed = watch(Project(Path.cwd()), lambda level, text: print(f"robotfabrik: {text}", file=sys.stderr))
    return 1 if failed else 0


def test(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    if (settings := settings_of(project)) is None:
        raise UsageError(f"there is no {FILE} here")
    if "@" in given.name:
        if settings.mail is None:
            raise UsageError(f"{FILE} says no mail server: write mail: {{server: …, sender: …}}")
        problem = post_of(project, settings)(TEST, given.name)
    else:
        _known(settings, given.name)
        body = f"A test from {socket.gethostname()}: {given.name} is reached."
        problem = channels.send(given.name, TEST_TITLE, body, "info", os.environ)
    if problem is not None:
        print(f"robotfabrik: {problem}", file=sys.stderr)
        return 1
    print(f"{given.name} was told")
    return 0


def _known(settings: AlertSettings, name: str) -> None:
    names = list(dict.fromkeys(one.name for one in settings.recipients))
    if name not in names:
        raise UsageError(f"{FILE} tells nobody called '{name}'. {did_you_mean(name, names)}".rstrip())


def acknowledge(given: argparse.Namespace) -> int:
    by = acting(given)
    with Project(Path.cwd()).existing_store() as store:
        alert = store.alerts.acknowledge(given.id, by)
    print(f"{by} takes care of it: {alert.cause.what}")
    return 0
