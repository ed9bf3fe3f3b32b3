"""The chain of the audit: how a row is bound to the one before it, and what a changed row shows.

Pure functions; the stores keep the rows. A row's hash covers all its other columns, among them the hash of
the row before. No secret takes part: whoever may write in the store could read it there. What shows that the
chain was cut or written anew is a head that was kept elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, Final

from robotfabrik.model.audit import AuditRow, Entry, Finding, Head
from robotfabrik.store.tables import dump_json

_columns = attrgetter(*(field.name for field in fields(AuditRow) if field.name != "hash"))
NOTHING: Final = Head(0, "0" * 64)
"""What the first row follows."""

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True, allow_nan=False).encode
# Columns that somebody has damaged may hold anything: they must give another hash, never an error.
_encode_any = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=repr).encode


def link(entry: Entry, at: float, head: Head, content: str | None) -> AuditRow:
    """The row of an entry behind `head`; `content` is the keyed hash of what is kept apart."""
    row = AuditRow(
        seq=head.seq + 1, at=at, action=entry.action, subject=entry.subject, by=entry.by, bot=entry.bot,
        release=entry.release, detail=_encode(dict(entry.detail)), content=content, previous=head.hash,
        hash="",
    )  # fmt: skip
    return replace(row, hash=hash_of(row))


def hash_of(row: AuditRow) -> str:
    """What stands in the row's `hash` when nobody has changed it."""
    return hashlib.sha256(_encode_any(_columns(row)).encode()).hexdigest()


def sealed(content: Mapping[str, Any]) -> tuple[str, str, str]:
    """Content as text, a key of its own for its hash, and that hash.

    The key is deleted with the content: what remains in the chain then tells nothing, not even to somebody
    who tries every identity number.
    """
    text, key = dump_json(dict(content)), secrets.token_hex(32)
    return text, key, seal(text, key)


def seal(text: str, key: str) -> str:
    """The keyed hash of content."""
    return hmac.new(_bytes(key), _bytes(text), hashlib.sha256).hexdigest()


def _bytes(text: Any) -> bytes:
    return str(text).encode("utf-8", "surrogateescape")


def broken(rows: Iterable[AuditRow], head: Head = NOTHING) -> Iterator[Finding]:
    """What is wrong with a chain, in the order of its rows. `head` is the row before the first one.

    A row that was changed is named itself; of rows that were taken out, put in or moved, the place.
    """
    last = head
    for row in rows:
        is_whole = hash_of(row) == row.hash
        if row.seq <= last.seq:
            yield Finding(row.seq, f"row {row.seq} stands behind row {last.seq}: it was moved or put in")
        elif row.seq > last.seq + 1:
            yield Finding(last.seq + 1, f"{_missing(last.seq + 1, row.seq - 1)} missing before row {row.seq}")
        elif row.previous != last.hash and is_whole:
            behind = f"row {last.seq}" if last.seq else "the beginning"
            message = f"row {row.seq} does not follow {behind}: one of them was written anew or put in"
            yield Finding(row.seq, message)
        if not is_whole:
            yield Finding(row.seq, f"row {row.seq} was changed")
        last = Head(row.seq, row.hash)
    if last == NOTHING:
        yield Finding(1, "the chain is empty: all its rows are gone")


def _missing(first: int, last: int) -> str:
    return f"row {first} is" if first == last else f"rows {first} to {last} are"
