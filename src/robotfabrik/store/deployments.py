"""Releases and the decisions about them: added, read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from robotfabrik.model.deployment import Decision, Release
from robotfabrik.store import audit, digests
from robotfabrik.store.tables import decisions, now, releases

COLUMNS = {
    "bot": "bot", "step": "step", "rollback": "rollback", "release": "release", "version": "version",
    "decided_by": "by", "role": "role", "decided_on": "on", "note": "note", "details": "details",
    "recorded_by": "recorded_by", "number": "number",
}  # fmt: skip
"""Column → what a Decision calls it."""


def record(connection: Connection, decision: Decision, release: Release | None) -> Decision:
    """Add a decision, keep its release, and tell the audit."""
    if release is not None:
        insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(releases)
        kept = insert.values(hash=release.hash, files=dict(release.files), kept_at=now())
        connection.execute(kept.on_conflict_do_nothing(index_elements=["hash"]))
    row = {column: getattr(decision, name) for column, name in COLUMNS.items() if column != "number"}
    row |= {"release": decision.release or None, "details": dict(decision.details), "recorded_at": now()}
    added = decisions.insert().values(row).returning(decisions.c.number)
    decision = replace(decision, number=connection.execute(added).scalar_one())
    held = sa.select(*digests.DECISION).where(decisions.c.number == decision.number)
    audit.append(connection, audit.decided(decision, digests.of(connection.execute(held).one())))
    return decision


def decided(connection: Connection, bot: str | None) -> Sequence[Decision]:
    """The decisions about a bot, or all, in their order."""
    query = sa.select(*(decisions.c[column] for column in COLUMNS)).order_by(decisions.c.number)
    if bot is not None:
        query = query.where(decisions.c.bot == bot)
    rows = connection.execute(query).mappings()
    named = [{name: row[column] for column, name in COLUMNS.items()} for row in rows]
    return [Decision(**row | {"release": row["release"] or ""}) for row in named]


def find(connection: Connection, hash: str) -> Release | None:
    """A release, by its whole hash."""
    files = connection.execute(sa.select(releases.c.files).where(releases.c.hash == hash)).scalar()
    return None if files is None else Release(files)
