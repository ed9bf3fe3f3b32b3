"""Backup and restore of a store: which way depends on where it is kept; both are told in the audit."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from robotfabrik.model.audit import Entry, Head
from robotfabrik.model.errors import UsageError
from robotfabrik.store.connection import file_of
from robotfabrik.store.copies import copy_out, take_in
from robotfabrik.store.dumps import dump, load
from robotfabrik.store.sql import SqlStore, open_store


@dataclass(frozen=True, slots=True)
class Restored:
    """`head` is that of the backup, `at` its time; `kept` where the store until now is; `newer` its effects
    that the backup does not have, None when they could not be counted."""

    head: Head
    at: datetime
    kept: str | None
    newer: int | None


def backup(url: str, file: Path, by: str) -> None:
    """Write a whole and consistent copy of the store to a new file, while runs go on."""
    if file.exists():
        raise UsageError(f"{file} is there already; a backup never writes over a file")
    if not file.parent.is_dir():
        raise UsageError(f"'{file}' cannot be written: there is no folder {file.parent}")
    with open_store(url) as store:
        source = file_of(url)
        with _beside(file) as part:
            if source is not None:
                copy_out(source, part)
            else:
                dump(url, part)
            digest = _digest(part)
            os.link(part, file)  # unlike a renaming, this never writes over a file that came meanwhile
        store.audit(Entry("store.backed_up", file.name, by, detail={"sha256": digest}))


def restore(url: str, file: Path, by: str) -> Restored:
    """Put a backup in the store's place, in which nobody may be; the store until now is kept aside."""
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    digest = _digest(file)
    found: list[tuple[Head, float]] = []

    def tell(store: SqlStore, replaced: Head | None) -> None:
        last = store.last_row()
        found.append((Head(last.seq, last.hash), last.at))
        detail = {
            "sha256": digest, "taken_at_row": last.seq,
            "replaced": None if replaced is None else {"row": replaced.seq, "hash": replaced.hash},
        }  # fmt: skip
        store.audit(Entry("store.restored", file.name, by, detail=detail))

    target = file_of(url)
    kept, newer = load(url, file, tell) if target is None else take_in(target, file, tell)
    head, at = found[0]
    return Restored(head, datetime.fromtimestamp(at), kept, newer)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """An empty file beside the wanted one, for the owner alone; gone in the end."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
