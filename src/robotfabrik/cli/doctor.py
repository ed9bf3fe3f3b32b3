"""`robotfabrik doctor`"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from robotfabrik import __version__
from robotfabrik.alerting import channels
from robotfabrik.cli.deploy import row
from robotfabrik.cli.run import load
from robotfabrik.cli.taking import Present, present
from robotfabrik.model.assets import AssetFilter, AssetReader, AssetType
from robotfabrik.model.deployment import Decision, short
from robotfabrik.model.errors import DefinitionError, RobotError, UsageError
from robotfabrik.model.work import Space
from robotfabrik.parsing.loader import definitions_in
from robotfabrik.sessions import browser
from robotfabrik.vault import Vault, keys, os_keyring, sealing
from robotfabrik.watching import FILE, MAIL_SPACE, settings_of
from robotfabrik.wiring import STORE_VARIABLE, Project, this_machine

SOON = 14  # days before it expires that an account is spoken of
Finding = tuple[bool, str]
"""Whether a run could use it, and what to print."""


def add(commands: Any) -> None:
    command = commands.add_parser("doctor", help="say what was found on this machine, and what is missing")
    command.set_defaults(run=doctor)


def doctor(given: argparse.Namespace) -> int:
    """Exit code 1 when something is missing that a run needs."""
    system = f"{platform.system()} {platform.release()}"
    print(f"robotfabrik {__version__}, Python {platform.python_version()}, {system}")
    project = Project(Path.cwd())
    sound = True
    for name, findings in (
        ("browser", _browser()), ("store", _store(project)), ("secrets", _secrets(project)),
        ("bots", _bots(project)), ("deployed", _deployed(project)), ("alerts", _alerts(project)),
    ):  # fmt: skip
        for number, (there, line) in enumerate(findings):
            print(f"{'' if number else name:<9} {line if there else f'MISSING: {line}'}")
            sound = sound and there
    return 0 if sound else 1


def _browser() -> Iterator[Finding]:
    try:
        browser.find_browser()
        found = True
    except UsageError as error:
        found = False
        yield False, str(error)
    if found:
        yield from ((True, line) for line in browser.report())


def _store(project: Project) -> Iterator[Finding]:
    """The store opens, and what a run leaves can be written. Nothing is made."""
    home = next(path for path in (project.home, *project.home.resolve().parents) if path.exists())
    if not home.is_dir():
        yield False, f"{home} is no folder; a run's files cannot be written there"
        return
    if not os.access(home, os.W_OK | os.X_OK):
        yield False, f"{home} cannot be written to"
        return
    if not os.environ.get(STORE_VARIABLE) and not (project.home / "store.db").exists():
        yield True, f"{project.home / 'store.db'}, made by the first run"
        return
    try:
        project.store().close()
    except UsageError as error:
        yield False, str(error)
    else:
        yield (
            True,
            f"from {STORE_VARIABLE}" if os.environ.get(STORE_VARIABLE) else str(project.home / "store.db"),
        )


def _alerts(project: Project) -> Iterator[Finding]:
    """Whether everybody whom alerts.yaml names can be told; nobody is."""
    try:
        settings = settings_of(project)
    except DefinitionError:
        yield False, f"{FILE} is wrong, see robotfabrik check"
        return
    if settings is None:
        yield True, f"nobody is told anything: there is no {FILE}"
        return
    for name in dict.fromkeys(one.name for one in settings.recipients):
        try:
            channels.addresses(name, os.environ)
        except UsageError as error:
            yield False, str(error)
        else:
            yield True, f"{name}, from {channels.variable(name)}"
    if settings.mail is not None and settings.mail.credential is not None:
        with project.vault(os.environ, MAIL_SPACE) as vault:
            yield _found(vault, "mail", settings.mail.credential, "credential")


def _secrets(project: Project) -> Iterator[Finding]:
    """The keyring, the key, and whether it opens every secret that the store holds."""
    keyring = os_keyring.backend()
    yield True, "this machine has no keyring" if keyring is None else f"the keyring is {keyring}"
    encrypted = []
    if project.has_store:
        with suppress(RobotError), project.store() as store:  # what is wrong with a store is told above
            encrypted = [asset for asset in store.find_assets(AssetFilter()) if asset.token is not None]
    try:
        found = keys.needed(os.environ) if encrypted else keys.find(os.environ)
    except UsageError as error:
        yield False, str(error)
        return
    if found is None:
        yield True, "there is no key; only secrets in the store need one"
        return
    more = f", {len(found.texts)} keys" if len(found.texts) > 1 else ""
    yield True, f"the key is from {found.source}{more}"
    for asset in encrypted:
        try:
            sealing.opened(found, asset)
        except UsageError as error:
            yield False, str(error)
    older = sum(not sealing.is_newest(found, asset) for asset in encrypted)
    if older and len(found.texts) > 1:
        yield True, f"{older} of {len(encrypted)} are encrypted with an older one: robotfabrik assets rotate"


def _bots(project: Project) -> Iterator[Finding]:
    """Every bot of the project, and where its accounts and secrets come from."""
    names = [path.stem for path in definitions_in(project.root / "bots")]
    if not names:
        yield True, "none here: no file in bots/"
    for name in names:
        try:
            bot, _, _ = load(project, name)
        except DefinitionError:
            yield False, f"{name}: its definition is wrong, see robotfabrik check"
            continue
        named = [a.credential for a in bot.applications.values() if a.credential is not None]
        named += [s.credential for s in bot.services.values() if s.credential is not None]
        space, reader = Space(bot.environment, bot.dataset, ""), AssetReader(bot.id, this_machine())
        with project.vault(os.environ, space, reader) as vault:
            for credential in dict.fromkeys([*named, *bot.credentials]):
                yield _found(vault, name, credential, "credential")
            for secret in bot.secrets:
                yield _found(vault, name, secret, "secret")
        if not (named or bot.credentials or bot.secrets):
            yield True, f"{name}: needs no account"


def _found(vault: Vault, bot: str, name: str, type: AssetType) -> Finding:
    """Where a credential or a secret comes from."""
    try:
        source = vault.source(name, type)
    except RobotError as error:
        return False, f"{bot}: {error}"
    accounts = f", {source.accounts} account{'s' * (source.accounts > 1)}" if type == "credential" else ""
    there = f"{bot}: {name}{accounts}, from {source.where}"
    if source.expires is None:
        return True, there
    if source.expires < date.today():
        return False, f"{there}; it expired {source.expires}"
    days = (source.expires - date.today()).days
    soon = f"; it expires {source.expires}, in {days} days" if days <= SOON else ""
    return True, there + soon


def _deployed(project: Project) -> Iterator[Finding]:
    """Where the bots in production stand; nothing when there is none. What is not deployed may rehearse."""
    production: dict[str, Present] = {}
    for path in definitions_in(project.root / "bots"):
        with suppress(DefinitionError):  # told above
            now = present(project, path.stem)
            if now.bot.environment == "production":
                production[path.stem] = now
    if not production:
        return
    decisions: Sequence[Decision] = ()
    with suppress(UsageError):  # told above
        if project.has_store:
            with project.store() as store:
                decisions = store.decisions()
    for name, now in production.items():
        found = row(name, now, [d for d in decisions if d.bot == name])
        parts = [found["state"]]
        if found["release"]:
            parts.append(f"release {short(found['release'])} since {found['since']} by {found['by']}")
        if found["review_by"]:
            parts.append(f"review by {found['review_by']}" + " (overdue)" * found["review_overdue"])
        yield True, f"{name}: {', '.join(parts)}"
