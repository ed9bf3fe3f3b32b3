"""Ids that were used once are not used again, also when SQLite makes a table anew to change it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

_SEQUENCE = sa.table("sqlite_sequence", sa.column("name", sa.Text), sa.column("seq", sa.Integer))


@contextmanager
def ids_kept(table: str) -> Iterator[None]:
    """Around a batch_alter_table of a table with `sqlite_autoincrement`: SQLite would count what is left."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        yield
        return
    of_table = _SEQUENCE.c.name == table
    used = connection.execute(sa.select(_SEQUENCE.c.seq).where(of_table)).scalar()
    yield
    if used is not None:
        connection.execute(sa.delete(_SEQUENCE).where(of_table))
        connection.execute(_SEQUENCE.insert().values(name=table, seq=used))
