"""Which asset a command means: its environment and data set, and for whom it is set."""

from __future__ import annotations

import argparse
from typing import Any

from robotfabrik.cli.run import dataset, load
from robotfabrik.model.assets import Asset, AssetFilter, AssetKey
from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.work import Space
from robotfabrik.parsing.loader import definitions_in
from robotfabrik.store import SqlStore
from robotfabrik.wiring import Project


def place_options(command: argparse.ArgumentParser, default: Any = None) -> None:
    """Where an asset belongs. Both the command and its actions take them."""
    group = command.add_argument_group("where it belongs")
    group.add_argument(
        "--environment", choices=("test", "production"), default=default,
        help="of the bots in this project, when all have the same",
    )  # fmt: skip
    group.add_argument("--dataset", default=default, metavar="NAME", help="likewise")
    group.add_argument("--bot", default=default, metavar="BOT", help="this bot's own")
    group.add_argument("--machine", default=default, metavar="HOST", help="this machine's own")


def wanted(given: argparse.Namespace, name: str | None = None) -> AssetFilter:
    return AssetFilter(given.environment, given.dataset, given.bot, given.machine, name)


def key_of(project: Project, given: argparse.Namespace) -> AssetKey:
    """The asset that is to be set; UsageError when it is not clear where it belongs."""
    if not given.name.strip():
        raise UsageError("an asset needs a name")
    if given.bot is not None:
        project.bot_file(given.bot)  # a misspelt one would be set for nobody
    environment, data = given.environment, dataset(given.dataset)
    if environment is None or data is None:
        environment, data = _where_bots_are(project, given)
    return AssetKey(Space(environment, data, "").case_space, given.name, _scope(given))


def _scope(given: argparse.Namespace) -> str:
    if given.bot is not None and given.machine is not None:
        raise UsageError("an asset is set for a bot or for a machine, not for both")
    if given.bot is not None:
        return f"bot/{given.bot}"
    return "" if given.machine is None else f"machine/{given.machine}"


def _where_bots_are(project: Project, given: argparse.Namespace) -> tuple[Any, str]:
    """The one environment and data set that the options leave of those of the project's bots."""
    files = definitions_in(project.root / "bots")
    found: set[tuple[str, str]] = set()
    for name in [given.bot] if given.bot is not None else [file.stem for file in files]:
        try:
            bot, _, _ = load(project, name)
        except DefinitionError:  # `check` tells what is wrong with it
            continue
        if given.environment in (None, bot.environment) and given.dataset in (None, bot.dataset):
            found.add((bot.environment, bot.dataset))
    if not found and given.environment is not None:
        return given.environment, given.dataset or "default"
    if len(found) != 1:
        choice = "; ".join(f"--environment {e} --dataset {d}" for e, d in sorted(found))
        raise UsageError(f"where does it belong? Say {choice or '--environment test or production'}")
    return found.pop()


def the_asset(store: SqlStore, given: argparse.Namespace, *, only_one: bool = False) -> Asset:
    """The one that is meant, without --bot and --machine the one for all; UsageError when there is none.

    `only_one`: when there is no other, it is meant without them too.
    """
    named = store.find_assets(AssetFilter(given.environment, given.dataset, name=given.name))
    scope = _scope(given)
    found = [asset for asset in named if asset.key.scope == scope]
    if only_one and not scope:
        found = found or list(named)
    if len(found) == 1:
        return found[0]
    if not named:
        names = {asset.key.name for asset in store.find_assets(AssetFilter())}
        raise UsageError(f"there is no asset '{given.name}'. {did_you_mean(given.name, names)}".rstrip())
    raise UsageError(f"which '{given.name}'? It is set {'; '.join(map(_options, found or named))}")


def _options(asset: Asset) -> str:
    key = asset.key
    owner = f" --{key.scope.replace('/', ' ', 1)}" if key.scope else ""
    return f"with --environment {key.environment} --dataset {key.dataset}{owner}"
