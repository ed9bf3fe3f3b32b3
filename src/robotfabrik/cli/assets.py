"""`robotfabrik assets`: what robots share, and the accounts and secrets that people give them."""

from __future__ import annotations

import argparse
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from robotfabrik.cli import assets_keys, assets_set
from robotfabrik.cli.arguments import day
from robotfabrik.cli.assets_where import place_options, the_asset, wanted
from robotfabrik.cli.person import acting, add_by
from robotfabrik.cli.queues import facts, iso, shown, table
from robotfabrik.model.assets import ASSET_TYPES, Asset
from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Secret
from robotfabrik.vault import kept, os_keyring
from robotfabrik.wiring import Project

WIDTH = 40  # letters of a value in the list; `show` has all of it
DESCRIPTION = """\
Values that robots share: text, integer, boolean, credential (one account, or a pool of them) and secret.
They belong to an environment and a data set, and are set for all bots there, for one bot (--bot) or for one
machine (--machine). A robot gets what is set for its bot, else for its machine, else for all.

The secret ones are kept encrypted in the store, or in the machine's keyring, and never shown.
"""


def add(commands: Any) -> None:
    command = commands.add_parser(
        "assets", help="list, set, show and delete values, accounts and secrets", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    place_options(command)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=listed)
    actions = command.add_subparsers(metavar="ACTION")
    new = _action(actions, "set", "set one; accounts and secrets are asked for, or read from standard input")
    new.add_argument("value", nargs="?", metavar="VALUE", help="of a text, an integer or a boolean only")
    new.add_argument("--type", choices=ASSET_TYPES, help="of a new one; that of one that is there stays")
    new.add_argument(
        "--user", metavar="USER", help="set this account's password only, and leave the pool's others"
    )
    new.add_argument("--expires", type=day, metavar="DATE", help="the last day on which it may be used")
    new.add_argument("--into", choices=("store", "keyring"), help="where a secret is kept; the store")
    add_by(new)
    new.set_defaults(run=assets_set.run)
    one = _action(actions, "show", "everything about one, but what is secret")
    one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    one.set_defaults(run=show)
    gone = _action(actions, "delete", "delete one")
    add_by(gone)
    gone.set_defaults(run=delete)
    assets_keys.add(actions)


def _action(actions: Any, name: str, help: str) -> Any:
    command = actions.add_parser(name, help=help)
    command.add_argument("name", metavar="NAME")
    place_options(command, argparse.SUPPRESS)
    return command


# --- looking


def listed(given: argparse.Namespace) -> int:
    project, found = Project(Path.cwd()), list[Asset]()
    if project.has_store:
        with project.store() as store:
            found = list(store.find_assets(wanted(given)))
    if given.json:
        print(json.dumps({"assets": list(map(as_json, found))}, ensure_ascii=False))
    elif not found:
        print("no assets")
    else:
        headings = ("asset", "type", "environment", "for", "value", "expires", "changed", "by")
        table(headings, list(map(_row, found)))
    return 0


def _row(asset: Asset) -> list[str]:
    key, expires = asset.key, asset.expires
    over = " (over)" if expires is not None and expires < date.today() else ""
    return [
        key.name, asset.type, f"{key.environment}/{key.dataset}", key.scope.replace("/", " ", 1) or "all",
        f"in the {_place(asset)}" if asset.value is None else _on_one_line(asset.value),
        "" if expires is None else f"{expires}{over}", shown(asset.changed_at), asset.changed_by,
    ]  # fmt: skip


def _on_one_line(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def show(given: argparse.Namespace) -> int:
    with Project(Path.cwd()).existing_store() as store:
        asset = the_asset(store, given, only_one=True)
    users, unread = None, None
    if asset.is_secret:
        try:
            held = kept.content(asset, os.environ)
            users = None if isinstance(held, Secret) else [account.username for account in held]
        except UsageError as error:
            unread = str(error)
    if given.json:
        print(json.dumps({**as_json(asset), "users": users, "unread": unread}, ensure_ascii=False))
        return 0
    key = asset.key
    print(key.name)
    facts(
        [
            ("type", asset.type), ("environment", key.environment), ("dataset", key.dataset),
            ("bot", key.bot), ("machine", key.machine), ("value", asset.value),
            ("kept in", _place(asset) if asset.is_secret else ""), ("accounts", users), ("unread", unread),
            ("expires", asset.expires), ("changed", shown(asset.changed_at)), ("by", asset.changed_by),
        ],
        "  ",
    )  # fmt: skip
    return 0


def as_json(asset: Asset) -> dict[str, Any]:
    key = asset.key
    return {
        "name": key.name, "type": asset.type, "environment": key.environment, "dataset": key.dataset,
        "bot": key.bot, "machine": key.machine, "value": asset.value, "in": _place(asset),
        "expires": None if asset.expires is None else asset.expires.isoformat(),
        "changed_at": iso(asset.changed_at), "changed_by": asset.changed_by,
    }  # fmt: skip


def _place(asset: Asset) -> str:
    return "keyring" if asset.in_keyring else "store"


# --- deleting


def delete(given: argparse.Namespace) -> int:
    with Project(Path.cwd()).existing_store() as store:
        asset = the_asset(store, given)
        store.delete_asset(asset.key, acting(given))
    if asset.in_keyring:
        os_keyring.remove(str(asset.key))
    print(f"{asset.key.name} is deleted: {asset.type}, in {asset.key.environment}/{asset.key.dataset}")
    return 0
