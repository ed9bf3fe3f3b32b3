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
_of_bot = sa.func.coalesce(items.c.settled_by, items.c.added_by).in_(_theirs)
_old = (
    sa.select(items.c.id, items.c.space, items.c.reference, items.c.lock)
    .where(
        items.c.status.not_in(["new", "in_progress", "held"]), items.c.settled_at < _bind("before"),
        items.c.thinned_at.is_(None), ~sent_and_unseen(),
    )
    .order_by(items.c.id)
    .limit(_SOME)
)  # fmt: skip
_thin = (
    sa.update(items)
    .where(items.c.id == _bind("of"))
    .values(
        reference=_bind("hash_of_reference"), lock=_bind("hash_of_lock"), fields={}, output={}, reason="",
        progress="", thinned_at=now(),
    )
)  # fmt: skip
_forget = sa.update(interventions).where(interventions.c.item == _bind("of")).values(note="")


def thin(connection: Connection, pepper: bytes, before: float, bot: str | None) -> int:
    """Thin what has ended before a time; how many items. What is open or in doubt stays whole.

    `bot`: only what its jobs have settled, or added when no job has settled it.
    """
    total = 0
    old, which = (_old, {"before": before}) if bot is None else (
        _old.where(_of_bot), {"before": before, "of_bot": bot}
    )
    while rows := connection.execute(old, which).all():
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
