"""Which version of the tables a store has, and what brings an older one up to date."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.store.tables import REVISION, meta

MIGRATIONS: Final = "robotfabrik.store:migrations"
VERSION: Final = sa.table("alembic_version", sa.column("version_num", sa.Text))


def stamp(connection: Connection, revision: str) -> None:
    """Say that a store without a version has this one."""
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) CONSTRAINT alembic_version_pkc PRIMARY KEY)"
    )
    connection.execute(VERSION.insert().values(version_num=revision))


def version_of(connection: Connection) -> str | None:
    """The revision of a store's tables; None when it has no version."""
    if sa.inspect(connection).has_table("alembic_version"):
        found: str | None = connection.execute(sa.select(VERSION.c.version_num)).scalar()
        return found
    # Stores made before Alembic kept a number among their settings.
    numbered = meta.c.key == "schema_version"
    number = connection.execute(sa.select(meta.c.value).where(numbered)).scalar()
    if number is None or not number.isdigit():
        return None
    stamp(connection, f"{int(number):04}")
    connection.execute(meta.delete().where(numbered))
    return f"{int(number):04}"


def upgrade(connection: Connection, revision: str = REVISION) -> None:
    """Run what leads from a store's version to this one, in the connection's transaction."""
    from alembic import command  # only here: it takes longer to load than a store to open
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", MIGRATIONS)
    command.upgrade(config, revision)
