"""What the audit forgets when its time has come: contents and the keys of their hashes.

What items forget: thinning.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.store.tables import audit, contents, now

_DAY: Final = 86_400.0
_bind = sa.bindparam

_old_rows = sa.select(audit.c.seq).where(audit.c.bot == _bind("of_bot"), audit.c.at < _bind("before"))
_old = contents.c.seq.in_(_old_rows)


def days_ago(connection: Connection, days: int) -> float:
    """The time so many days ago, in seconds since 1970, by the database's clock."""
    return float(connection.execute(sa.select(now())).scalar_one()) - days * _DAY


def told_before(at: float, detail: Mapping[str, Any]) -> float | None:
    """Before when contents were deleted by a retention that the chain tells of; None when none were."""
    days = detail.get("days")
    kept = days.get("audit") if isinstance(days, Mapping) else None
    return at - kept * _DAY if type(kept) is int and isinstance(at, int | float) else None


def delete_contents(connection: Connection, bot: str, before: float) -> int:
    """Delete the contents of a bot's audit rows from before a time; how many."""
    return connection.execute(sa.delete(contents).where(_old), {"of_bot": bot, "before": before}).rowcount


def old_contents(connection: Connection, bot: str, before: float) -> int:
    """How many contents `delete_contents` would delete."""
    statement = sa.select(sa.func.count()).select_from(contents).where(_old)
    return connection.execute(statement, {"of_bot": bot, "before": before}).scalar_one()
