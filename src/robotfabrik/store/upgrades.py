"""Brings the tables of an older store up to date, in the transaction that opens it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy.engine import Connection

from robotfabrik.store.tables import SCHEMA_VERSION

STATEMENTS: Final[Mapping[int, tuple[str, ...]]] = {
    2: (
        "ALTER TABLE items ADD COLUMN period TEXT DEFAULT '' NOT NULL",
        # A job's period is its day also where the process has none: there its items belong to any.
        "UPDATE items SET period = (SELECT CASE WHEN length(jobs.period) = 10 THEN '' ELSE jobs.period END"
        " FROM jobs WHERE jobs.id = items.added_by)",
    ),
    3: (
        "ALTER TABLE items ADD COLUMN progress TEXT DEFAULT '' NOT NULL",
        "CREATE TABLE assets (space TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,"
        " changed_by TEXT NOT NULL, changed_at FLOAT NOT NULL, PRIMARY KEY (space, name))",
    ),
}
"""What leads from the version before to each version, in words that both databases know."""


def upgrade(connection: Connection, version: int) -> None:
    """Run what leads from a store's version to this one."""
    for newer in range(version + 1, SCHEMA_VERSION + 1):
        for statement in STATEMENTS[newer]:
            connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"UPDATE meta SET value = '{SCHEMA_VERSION}' WHERE key = 'schema_version'")
