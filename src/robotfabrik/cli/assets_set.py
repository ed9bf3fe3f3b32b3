"""`robotfabrik assets set`: a plain value from the command line, a secret one from a prompt or a pipe."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import warnings
from dataclasses import replace
from pathlib import Path

from robotfabrik.cli.assets_where import key_of
from robotfabrik.cli.person import acting
from robotfabrik.model.assets import Asset, AssetFilter, AssetType, check_value
from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Credential, Secret
from robotfabrik.vault import kept, keys, os_keyring
from robotfabrik.vault.accounts import Pool, pool, with_account, written
from robotfabrik.vault.vault import variable_of
from robotfabrik.wiring import Project, this_machine


def run(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    key, by = key_of(project, given), acting(given)
    with project.store() as store:
        alike = store.find_assets(AssetFilter(key.environment, key.dataset, name=key.name))
        there = next((asset for asset in alike if asset.key == key), None)
        asset = Asset(key, _type(given, alike[0] if alike else None), expires=given.expires, changed_by=by)
        _check_together(given, asset)
        asset = _secret(given, asset, there) if asset.is_secret else _plain(given, asset)
        store.keep_asset(asset)
    if there is not None and there.in_keyring and not asset.in_keyring:
        os_keyring.remove(str(key))
    place = f", in the {'keyring' if asset.in_keyring else 'store'}" if asset.is_secret else ""
    print(f"{key.name} is set: {asset.type}{place}, {key.environment}/{key.dataset}{key.owner}")
    variable = variable_of(key.name, asset.type)
    if asset.is_secret and os.environ.get(variable, "").strip():
        print(f"Here {variable} is set too, and comes first.")
    return 0


def _type(given: argparse.Namespace, alike: Asset | None) -> AssetType:
    """An asset's type is the same for all bots and machines, and stays."""
    new: AssetType | None = given.type
    if alike is not None and new in (None, alike.type):
        return alike.type
    if alike is not None:
        message = f"the asset '{given.name}' is of type {alike.type}"
        raise UsageError(f"{message}: delete it first to make it one of type {new}")
    if new is None:
        raise UsageError(f"there is no asset '{given.name}' yet: say what it is, such as --type credential")
    return new


def _check_together(given: argparse.Namespace, asset: Asset) -> None:
    """UsageError for an option that says nothing here, and for a secret that was written down."""
    if asset.is_secret and given.value is not None:
        raise UsageError(
            f"a {asset.type} is not written on the command line, where others see it:"
            " it is asked for, or read from standard input"
        )
    if not asset.is_secret and given.value is None:
        raise UsageError(f"which value? robotfabrik assets set {given.name} VALUE")
    if given.into is not None and not asset.is_secret:
        raise UsageError("--into goes with a credential or a secret")
    if given.user is not None and asset.type != "credential":
        raise UsageError("--user goes with a credential")


def _plain(given: argparse.Namespace, asset: Asset) -> Asset:
    value = str(given.value).encode("utf-8", "replace").decode()
    try:
        check_value(asset.type, value)
    except ValueError as wanted:
        raise UsageError(f"'{value}' is no {asset.type}: expected {wanted}") from None
    return replace(asset, value=value)


# --- secret ones


def _secret(given: argparse.Namespace, asset: Asset, there: Asset | None) -> Asset:
    """Ask for the content, and put it where it shall lie: where it lies already, unless that is said."""
    if given.user is not None and given.expires is None and there is not None:
        asset = replace(asset, expires=there.expires)  # the pool's other passwords are as old as before
    keyring = given.into == "keyring" or (given.into is None and there is not None and there.in_keyring)
    if keyring and asset.key.machine not in (None, this_machine()):
        raise UsageError(f"{asset.key.machine} has a keyring of its own: set the asset there")
    if not keyring:
        keys.needed(os.environ)  # before anything is typed
    content = Secret(_hidden(asset.key.name)) if asset.type == "secret" else _accounts(given, there)
    return kept.with_content(asset, content, os.environ, keyring=keyring)


def _accounts(given: argparse.Namespace, there: Asset | None) -> Pool:
    if given.user is not None:
        before = () if there is None else kept.content(there, os.environ)
        assert not isinstance(before, Secret)
        return with_account(
            before, Credential(_user(given.user), Secret(_hidden(f"password of {given.user}")))
        )
    if not sys.stdin.isatty():
        return written(sys.stdin.read().splitlines(), "standard input")
    typed = []
    while user := _asked("user (empty: no more): "):
        typed.append(Credential(user, Secret(_hidden(f"password of {user}"))))
    return pool(typed, "what was typed")


def _asked(what: str) -> str:
    try:
        return input(what).strip()
    except EOFError:  # Ctrl-D
        return ""


def _user(name: str) -> str:
    if not name.strip():
        raise UsageError("--user is empty: which account?")
    return name.strip()


def _hidden(what: str) -> str:
    """A text that is typed unseen; from a pipe all of it, without its last line end."""
    text = _typed(what) if sys.stdin.isatty() else sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not text:
        raise UsageError("nothing was given: nothing is set")
    return text


def _typed(what: str) -> str:
    """A text that is typed unseen, twice."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            text, again = getpass.getpass(f"{what}: "), getpass.getpass("again: ")
        except getpass.GetPassWarning:
            message = "this terminal would show what is typed: give it by standard input"
            raise UsageError(message) from None
        except EOFError:
            return ""
    if text != again:
        raise UsageError("the two are not alike: nothing is set")
    return text
