"""Heads of the audit's chain, kept in a file outside the store: one line a day, `2026-11-22 1204 HASH`.

Whoever may write in the store can write its whole chain anew, so that it agrees with itself; not so that it
agrees with a file that lies where they may not write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from robotfabrik.model.audit import Finding, Head
from robotfabrik.store.sql import SqlStore

_LINE: Final = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{1,18}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A line of the file."""

    number: int
    day: str
    head: Head


def export(store: SqlStore, path: Path, day: date) -> Head:
    """Add the chain's head to the file, made if it is not there; nothing when it stands there already."""
    head = store.audit_head()
    line = f"{day} {head.seq} {head.hash}"
    before = _lines(path)
    if not before or before[-1].partition(" ")[2] != line.partition(" ")[2]:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, f"{line}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return head


def has(path: Path, day: date) -> bool:
    """Was a head kept that day?"""
    return any(line.startswith(f"{day} ") for line in _lines(path)[-1:])


def last_day(path: Path) -> date | None:
    """The day on which a head was last kept."""
    found = [line for line in map(_LINE.fullmatch, _lines(path)) if line is not None]
    return date.fromisoformat(found[-1][1]) if found else None


def verify(store: SqlStore, path: Path) -> Iterator[Finding]:
    """What of the kept heads the chain does not agree with."""
    kept: list[KeptHead] = []
    for number, line in enumerate(_lines(path), 1):
        if (found := _LINE.fullmatch(line)) is None:
            yield Finding(0, f"{path}:{number}: this is no head of an audit; the file was damaged or changed")
        else:
            kept.append(KeptHead(number, found[1], Head(int(found[2]), found[3])))
    there = store.audit_hashes([one.head.seq for one in kept])
    for one in kept:
        seq = one.head.seq
        if seq not in there:
            message = f"row {seq}, the last one on {one.day}, is gone: the end of the chain was cut off"
            yield Finding(seq, message)
        elif there[seq] != one.head.hash:
            yield Finding(seq, f"row {seq} is not what it was on {one.day}: the chain was written anew")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
