"""Retention: what is personal in an item goes; that it was done, when and how stays, for ever.

Its reference and lock stay as keyed hashes: the same case is still not done twice, and the date of its last
check is still known.
"""

from __future__ import annotations

import hmac
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.store.tables import effects, interventions, items, jobs, now

_SOME: Final = 500  # items in one round
_bind = sa.bindparam

def hashed(pepper: bytes, space: str, text: str) -> str:
    """What stands for a text of a space when the text itself is gone."""
    return "#" + hmac.new(pepper, f"{space}\0{text}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def sent_and_unseen() -> sa.ColumnElement[bool]:
    """An effect of the item was sent, and nobody has seen since whether it arrived."""
    return (
        sa.exists()
        .where(effects.c.item == items.c.id, effects.c.status == "submitting")
        .correlate(items)
    )


_theirs = sa.select(jobs.c.id).where(jobs.c.bot == _bind("of_bot"))
# What a bot's jobs have settled, or added when no job has settled it.
_of_bot = sa.and_(
    sa.func.coalesce(items.c.settled_by, items.c.added_by).in_(_theirs), items.c.thinned_at.is_(None)
)
_is_over = sa.and_(items.c.status.not_in(["new", "in_progress", "held"]), ~sent_and_unseen())
_old = sa.and_(_of_bot, _is_over, items.c.settled_at < _bind("before"))
_unsettled = sa.and_(_of_bot, ~_is_over, items.c.added_at < _bind("before"))
_some = (
    sa.select(items.c.id, items.c.space, items.c.reference, items.c.lock)
    .where(_old)
    .order_by(items.c.id)
    .limit(_SOME)
)
_thin = (
    sa.update(items)
    .where(items.c.id == _bind("of"))
    .values(
        reference=_bind("hash_of_reference"), lock=_bind("hash_of_lock"), fields={}, output={}, reason="",
        progress="", thinned_at=now(),
    )
)  # fmt: skip
_forget = sa.update(interventions).where(interventions.c.item == _bind("of")).values(note="")


def thin(connection: Connection, pepper: bytes, bot: str, before: float) -> int:
    """Thin what a bot ended before a time; how many items. What is open or in doubt stays whole."""
    total = 0
    while rows := connection.execute(_some, {"of_bot": bot, "before": before}).all():
        values: list[dict[str, Any]] = [
            {
                "of": row.id, "hash_of_reference": hashed(pepper, row.space, row.reference),
                "hash_of_lock": hashed(pepper, row.space, row.lock) if row.lock else None,
            }
            for row in rows
        ]  # fmt: skip
        connection.execute(_thin, values)
        connection.execute(_forget, [{"of": value["of"]} for value in values])
        total += len(rows)
    return total


def old(connection: Connection, bot: str, before: float) -> int:
    """How many items `thin` would thin."""
    return _count(connection, _old, bot, before)


def unsettled(connection: Connection, bot: str, before: float) -> int:
    """How many items from before a time are open or in doubt, and stay whole until somebody settles them."""
    return _count(connection, _unsettled, bot, before)


def _count(connection: Connection, which: sa.ColumnElement[bool], bot: str, before: float) -> int:
    statement = sa.select(sa.func.count()).select_from(items).where(which)
    return connection.execute(statement, {"of_bot": bot, "before": before}).scalar_one()
