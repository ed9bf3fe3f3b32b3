"""Digests of rows: what the audit's chain says of a row, it can say in 64 digits.

A digest is over what a database holds, to the letter; JSON and days as text. Times are in none: the row of
the chain has its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from robotfabrik.store.tables import decisions, items

_AS_TEXT: Final = (sa.JSON, sa.Date)


def held(columns: Iterable[sa.Column[Any]]) -> list[Any]:
    """Columns as they are held: a damaged one can still be read."""
    return [
        sa.cast(column, sa.Text).label(column.name) if isinstance(column.type, _AS_TEXT) else column
        for column in columns
    ]


def _only(table: sa.Table, *names: str) -> list[Any]:
    return held(table.c[name] for name in names)


ITEM: Final = _only(
    items, "space", "reference", "case_space", "lock", "fields", "reason", "attempts", "postponed",
    "completed_on", "rules", "output", "added_by", "claimed_by", "settled_by", "progress", "period",
    "priority", "analytics",
)  # fmt: skip
"""What does not change any more when an item has ended, until it is thinned."""
DECISION: Final = _only(
    decisions, "bot", "step", "rollback", "release", "version", "decided_by", "role", "decided_on", "note",
    "details", "recorded_by",
)  # fmt: skip


def of(values: Iterable[Any]) -> str:
    """The digest of a row's columns."""
    text = json.dumps([value if value is None else str(value) for value in values])
    return hashlib.sha256(text.encode()).hexdigest()
