"""Reading queue items: what robots and reports ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from robotfabrik.model.work import OpenItem, Space, StoredItem
from robotfabrik.store.tables import ABANDONED, IN_PROGRESS, NEW, RETRIED, SUCCESSFUL, items, jobs, now
from robotfabrik.store.thinning import hashed

_bind = sa.bindparam

_counting = sa.and_(items.c.space == _bind("in_space"), items.c.status != RETRIED)
_stored = sa.select(items).where(_counting).order_by(items.c.id)
_of_job = _stored.where(items.c.settled_by == _bind("job"))


def all_of(connection: Connection, space: Space, job_id: str | None) -> Sequence[StoredItem]:
    """The items that count: of those that were tried again only the newest."""
    if job_id is None:
        rows = connection.execute(_stored, {"in_space": space.key})
    else:
        rows = connection.execute(_of_job, {"in_space": space.key, "job": job_id})
    return [_stored_item(row) for row in rows]


def _stored_item(row: Row[Any]) -> StoredItem:
    return StoredItem(
        reference=row.reference, lock=row.lock or "", fields=row.fields, status=row.status,
        exception=row.exception, reason=row.reason, attempts=row.attempts, rules=tuple(row.rules),
        output=row.output, job=row.settled_by or "", period=row.period, progress=row.progress,
        day=row.completed_on,
    )  # fmt: skip


_began = sa.select(jobs.c.started_at).where(jobs.c.id == _bind("seen_by")).scalar_subquery()
_waiting = (
    sa.select(
        items.c.reference, items.c.period, items.c.status,
        (items.c.added_at >= _began).label("seen"), (items.c.deadline < now()).label("late"),
    )
    .where(_counting, items.c.status.in_([NEW, IN_PROGRESS, ABANDONED]))
    .order_by(items.c.id)
)  # fmt: skip


def open_of(connection: Connection, space: Space, job_id: str) -> Sequence[OpenItem]:
    rows = connection.execute(_waiting, {"in_space": space.key, "seen_by": job_id})
    return [
        OpenItem(row.reference, row.period, bool(row.seen), row.status == "abandoned", bool(row.late))
        for row in rows
    ]


# Two questions with an index each; `lock = key OR reference = key` would have none. The second must not say
# `status = 'successful'` as a condition: without statistics PostgreSQL then reads all of items_completed.
# What was thinned is known by the hash of its lock and reference.
_counts = sa.and_(
    items.c.status == SUCCESSFUL, items.c.completed_on <= _bind("until"), ~items.c.retracted
)
_names: Final[Any] = (_bind("named"), _bind("hashed"))
_completed_ever = sa.union_all(
    sa.select(sa.func.max(items.c.completed_on).label("day")).where(
        items.c.space == _bind("in_space"), items.c.lock.in_(_names), _counts
    ),
    sa.select(sa.case((_counts, items.c.completed_on))).where(_counting, items.c.reference.in_(_names)),
).subquery()
LAST_COMPLETED: Final = sa.select(sa.func.max(_completed_ever.c.day))


def last_completed(
    connection: Connection, pepper: bytes, space: Space, key: str, on: date
) -> date | None:
    where = {"in_space": space.key, "named": key, "hashed": hashed(pepper, space.key, key), "until": on}
    found: date | None = connection.execute(LAST_COMPLETED, where).scalar()
    return found
