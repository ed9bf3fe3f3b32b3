"""What the store forgets when its time has come.

The rows stay: they are counted, and keep work from being done twice. What they say of a case goes. An item
keeps its reference and lock, outcome, exception, rules, days and jobs; a row of the audit keeps the keyed
hash of its content, whose key is deleted with it.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.store.tables import audit, contents, items, jobs, now

_DAY: Final = 86_400.0
_CLOSED: Final = ("successful", "business", "failed")
_EMPTY: Final = "{}"

_of_bot = sa.select(jobs.c.id).where(jobs.c.bot == sa.bindparam("bot_"))
_before = now() - sa.bindparam("days_", type_=sa.Float) * _DAY
_full = sa.or_(
    sa.cast(items.c.fields, sa.Text) != _EMPTY, sa.cast(items.c.output, sa.Text) != _EMPTY,
    items.c.reason != "", items.c.progress != "",
)  # fmt: skip
_old_items = sa.and_(
    items.c.status.in_(_CLOSED), items.c.settled_by.in_(_of_bot), items.c.settled_at < _before, _full
)
_thin = sa.update(items).where(_old_items).values(fields={}, output={}, reason="", progress="")
_unsettled = sa.and_(
    items.c.status.not_in(_CLOSED), items.c.added_by.in_(_of_bot), items.c.added_at < _before, _full
)
_old_rows = sa.select(audit.c.seq).where(audit.c.bot == sa.bindparam("bot_"), audit.c.at < _before)
_old_contents = contents.c.seq.in_(_old_rows)


def thin_items(connection: Connection, bot: str, days: int) -> int:
    """Empty the items of a bot's jobs that were settled so many days ago, held ones not; how many."""
    return connection.execute(_thin, {"bot_": bot, "days_": days}).rowcount


def delete_contents(connection: Connection, bot: str, days: int) -> int:
    """Delete the contents of a bot's audit rows of that age; how many."""
    return connection.execute(sa.delete(contents).where(_old_contents), {"bot_": bot, "days_": days}).rowcount


def old_items(connection: Connection, bot: str, days: int) -> int:
    """How many items `thin_items` would empty."""
    return _count(connection, items, _old_items, bot, days)


def old_contents(connection: Connection, bot: str, days: int) -> int:
    """How many contents `delete_contents` would delete."""
    return _count(connection, contents, _old_contents, bot, days)


def unsettled(connection: Connection, bot: str, days: int) -> int:
    """How many items of that age are open or held, and keep what they hold until a person settles them."""
    return _count(connection, items, _unsettled, bot, days)


def _count(
    connection: Connection, table: sa.Table, which: sa.ColumnElement[bool], bot: str, days: int
) -> int:
    statement = sa.select(sa.func.count()).select_from(table).where(which)
    return connection.execute(statement, {"bot_": bot, "days_": days}).scalar_one()
