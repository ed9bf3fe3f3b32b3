"""How items come into a queue: added, added again, or as another try of one that ended."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from robotfabrik.model.work import Added, NewItem, Space
from robotfabrik.store.tables import (
    NEW,
    NO_DEADLINE,
    RETRIED,
    effects,
    is_open,
    items,
    now,
)
from robotfabrik.store.thinning import hashed

ALREADY: Final[dict[str, Added]] = {
    "new": "pending", "in_progress": "pending", "held": "held", "successful": "done", "business": "done",
    "deleted": "done",
}  # fmt: skip
AGAIN: Final = ("failed", "abandoned")
"""What is tried again when it is added again."""

_bind = sa.bindparam
_other = items.alias("other")

OPENED: Final[dict[str, Any]] = {"status": NEW, "owner": None, "lease_until": None}
"""What makes an item in progress an open one."""


def behind(space: Any, after_all: Any, priority: Any, deadline: Any) -> Any:
    """The position behind every open item that is as urgent."""
    last = sa.select(sa.func.max(_other.c.position)).where(
        _other.c.space == space, is_open(_other), _other.c.behind == after_all,
        _other.c.priority == priority, _other.c.deadline == deadline,
    )  # fmt: skip
    return sa.func.coalesce(last.scalar_subquery(), 0) + 1


def _later(one: Any, other: Any) -> Any:
    return sa.case((one > other, one), else_=other)


_not_before = _bind("not_before", type_=sa.Float)
_priority: Final[Any] = _bind("new_priority")
_deadline: Final[Any] = _bind("new_deadline", type_=sa.Float)
_NEW: Final[dict[str, Any]] = {
    "space": _bind("in_space"), "reference": _bind("named"), "case_space": _bind("among"),
    "lock": _bind("new_lock"), "fields": _bind("new_fields", type_=sa.JSON),
    "status": NEW, "reason": "", "attempts": 0, "postponed": {},
    "position": behind(_bind("in_space"), 0, _priority, _deadline), "behind": 0,
    "available_at": _later(_not_before, now()), "epoch": 0, "rules": [], "output": {}, "analytics": {},
    "added_by": _bind("job"), "period": _bind("new_period"), "priority": _priority, "deadline": _deadline,
}  # fmt: skip


def _insert(dialect: Any) -> Any:
    return (
        dialect.insert(items)
        .values(_NEW | {"added_at": now()})
        .on_conflict_do_nothing(
            index_elements=["space", "reference"], index_where=items.c.status != RETRIED
        )
        .returning(items.c.id)
    )


_INSERT: Final = {"sqlite": _insert(sqlite), "postgresql": _insert(postgresql)}

_there = sa.and_(
    items.c.space == _bind("in_space"), items.c.reference == _bind("named"), items.c.status != RETRIED
)
_SEEN: Final[dict[str, Any]] = {"added_by": _bind("job"), "added_at": now()}

# Nobody works in it. A robot that was thought dead and wakes up finds that it lost its lease.
_refresh = (
    sa.update(items)
    .where(_there, is_open(), sa.or_(items.c.status == NEW, items.c.lease_until < now()))
    .values(_SEEN | OPENED)
    .values(
        lock=_bind("new_lock"), fields=_bind("new_fields", type_=sa.JSON), period=_bind("new_period"),
        priority=_priority, deadline=_deadline, available_at=_later(_not_before, items.c.available_at),
    )
    .returning(items.c.id)
)  # fmt: skip
_see = sa.update(items).where(_there, is_open()).values(_SEEN)
_give_way = sa.update(items).where(_there, items.c.status.in_(AGAIN)).values(status=RETRIED)
_status = sa.select(items.c.status).where(_there)
_thinned = sa.select(items.c.id).where(
    items.c.space == _bind("in_space"), items.c.reference == _bind("gone"), items.c.status != RETRIED
)


def add(connection: Connection, pepper: bytes, space: Space, item: NewItem, job_id: str) -> Added:
    """Insert, or else try again what has failed, or bring up to date what waits, or say what is there."""
    where: dict[str, Any] = {"in_space": space.key, "named": item.reference}
    gone = {"in_space": space.key, "gone": hashed(pepper, space.key, item.reference)}
    if connection.execute(_thinned, gone).first():
        return "done"
    seen = where | {"job": job_id}
    values = seen | {
        "new_lock": item.lock or None, "new_fields": dict(item.fields), "new_period": item.period,
        "new_priority": item.priority, "new_deadline": item.deadline or NO_DEADLINE,
        "not_before": item.not_before or 0.0,
    }  # fmt: skip
    whole = values | {"among": space.case_space}
    insert = _INSERT[connection.dialect.name]
    if connection.execute(insert, whole).first():
        return "added"
    old = connection.execute(_give_way.returning(items.c.id), where).scalar()
    if old is not None:
        succeed(connection, old, connection.execute(insert, whole).scalar_one())
        return "reopened"
    if not connection.execute(_refresh, values).first():
        connection.execute(_see, seen)
    return ALREADY[connection.execute(_status, where).scalar_one()]


def succeed(connection: Connection, old: int, new: int) -> None:
    """`new` tries again what `old` was for: what has been sent or written for it is its own now."""
    connection.execute(sa.update(items).where(items.c.id == old).values(successor=new))
    connection.execute(sa.update(effects).where(effects.c.item == old).values(item=new))


def again(connection: Connection, old: int) -> int:
    """A new item for one that was given up (its status is `retried` now); its id.

    Its adding stays when it was: a job takes only what its own dispatch added. So does what was taken back.
    """
    row = connection.execute(sa.select(items).where(items.c.id == old)).one()
    values = {
        "in_space": row.space, "named": row.reference, "among": row.case_space, "new_lock": row.lock,
        "new_fields": row.fields, "job": row.added_by, "new_period": row.period,
        "new_priority": row.priority, "new_deadline": row.deadline, "not_before": 0.0,
    }  # fmt: skip
    stays = {"added_at": row.added_at, "retracted": row.retracted}
    insert = items.insert().values(_NEW | stays).returning(items.c.id)
    new: int = connection.execute(insert, values).scalar_one()
    succeed(connection, old, new)
    return new
