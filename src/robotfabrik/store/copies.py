"""Copies of a store in a file: out while it is used, in only while nobody does."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from robotfabrik.model.audit import Head
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.store.connection import BUSY_SECONDS
from robotfabrik.store.sql import SqlStore, open_store

Tell = Callable[[SqlStore, Head | None], None]
"""Tells in a restored store what it has replaced."""

_LOGS: Final = ("-wal", "-shm")


def copy_out(store: Path, target: Path) -> None:
    """SQLite's online copy: one state of the store, whatever is written meanwhile."""
    try:
        with closing(sqlite3.connect(store, timeout=BUSY_SECONDS)) as source:
            _copy(source, target)
    except sqlite3.Error as error:
        raise SystemException(f"the backup failed: {error}") from None
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def take_in(store: Path, backup: Path, tell: Tell) -> tuple[str | None, int | None]:
    """Put a backup in a store's place. Where the old one is kept, and how many effects it alone knows."""
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = store.with_name(f".{store.name}.{os.getpid()}.restoring")
    try:
        _fetch(backup, new)
        name = f"{store.name}.before-{datetime.now():%Y%m%dT%H%M%S}"
        kept = store.with_name(name) if store.exists() else None
        with _alone(store) as old:
            with _opened(new, backup) as fresh:
                tell(fresh, _head(old))
            newer = _only_in(old, new)
            if kept is not None:
                for log in _LOGS:  # of a damaged store; they would be taken for the new one's
                    if store.with_name(store.name + log).exists():
                        os.replace(store.with_name(store.name + log), kept.with_name(kept.name + log))
                os.link(store, kept)
            if os.name == "nt" and old is not None:
                old.close()  # there, nothing takes the place of a file that is open
            os.replace(new, store)
        return (None if kept is None else str(kept)), newer
    finally:
        for log in ("", *_LOGS):
            new.with_name(new.name + log).unlink(missing_ok=True)


def _copy(source: sqlite3.Connection, target: Path) -> None:
    with closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        (said,) = copy.execute("PRAGMA integrity_check").fetchone()
    if said != "ok":
        raise SystemException(f"the copy is damaged: {said}")


def _fetch(backup: Path, new: Path) -> None:
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        with closing(sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)) as source:
            tables = source.execute("SELECT name FROM sqlite_master WHERE name IN ('meta', 'items')")
            if len(tables.fetchall()) != 2:
                raise UsageError(f"{backup} is no backup of a store")
            _copy(source, new)
    except sqlite3.Error as error:
        raise UsageError(f"{backup} is no backup of a store, or a damaged one: {error}") from None


@contextmanager
def _opened(new: Path, backup: Path) -> Iterator[SqlStore]:
    """The new store, brought up to date; what is said about it names the backup."""
    try:
        fresh = open_store(new)
    except UsageError as error:
        raise UsageError(str(error).replace(str(new.absolute()), str(backup))) from None
    with fresh:
        yield fresh


@contextmanager
def _alone(store: Path) -> Iterator[sqlite3.Connection | None]:
    """Keep everybody else out of a store. None when there is none, or it is too damaged to be opened."""
    if not store.exists():
        yield None
        return
    with closing(sqlite3.connect(store, timeout=0.0, isolation_level=None)) as old:
        usable = True
        try:
            old.execute("PRAGMA locking_mode = EXCLUSIVE")
            old.execute("PRAGMA journal_mode = DELETE")  # waits for nobody, and fails while anybody is there
            old.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise UsageError(f"{store} is in use: stop the runs and services that use it first") from None
            usable = False
        except sqlite3.DatabaseError:
            usable = False
        yield old if usable else None


def _head(old: sqlite3.Connection | None) -> Head | None:
    if old is None:
        return None
    try:
        last = old.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    except sqlite3.Error:  # damaged, or from before there was an audit
        return None
    return Head(*last) if last else None


def _only_in(old: sqlite3.Connection | None, new: Path) -> int | None:
    """How many effects the old store knows, and the new one does not."""
    if old is None:
        return None
    question = "SELECT scope, hash FROM effects"
    try:
        with closing(sqlite3.connect(new)) as fresh:
            return len({*old.execute(question)} - {*fresh.execute(question)})
    except sqlite3.Error:
        return None
