"""Effects that must happen at most once: intents, confirmations, and which candidate belongs to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from robotfabrik.model.errors import InDoubt
from robotfabrik.model.work import EffectKey, EffectRecord, Item
from robotfabrik.store import audit, retracted
from robotfabrik.store.audit import CONFIRMED, SUBMITTED
from robotfabrik.store.items import check_lease
from robotfabrik.store.tables import IN_PROGRESS, effects, items, jobs, now

_SOME: Final = 500  # candidates in one question; databases limit their number
_insert: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_bind = sa.bindparam
_key = sa.and_(effects.c.scope == _bind("scope_"), effects.c.hash == _bind("hash_"))

_select = sa.select(
    effects.c.status,
    effects.c.candidate,
    effects.c.submitted_at,
    effects.c.item,
    (now() - effects.c.submitted_at).label("age"),
    sa.select(jobs.c.date).where(jobs.c.id == effects.c.job).scalar_subquery().label("day"),
).where(_key)


def find(connection: Connection, key: EffectKey) -> EffectRecord | None:
    row = connection.execute(_select, {"scope_": key.scope, "hash_": key.hash}).first()
    if row is None:
        return None
    at = datetime.fromtimestamp(row.submitted_at, UTC)
    return EffectRecord(row.status, row.candidate, at, row.age, row.item, row.day)


def _submit(dialect: str) -> Any:
    other_is_at_it = (
        sa.exists()
        .where(items.c.id == effects.c.item, items.c.status == IN_PROGRESS, items.c.lease_until > now())
        .correlate(effects)
    )
    insert = _insert[dialect](effects).values(
        scope=_bind("scope_"), hash=_bind("hash_"), status="submitting", submitted_at=now(),
        job=_bind("job_"),
        item=_bind("item_"),
    )  # fmt: skip
    return insert.on_conflict_do_update(
        index_elements=["scope", "hash"],
        set_={
            "status": "submitting", "candidate": None, "submitted_at": now(), "job": insert.excluded.job,
            "item": insert.excluded.item,
        },
        where=sa.and_(
            effects.c.status != "confirmed", sa.or_(effects.c.item == insert.excluded.item, ~other_is_at_it)
        ),
    ).returning(effects.c.hash)


def _confirm(dialect: str) -> Any:
    insert = _insert[dialect](effects).values(
        scope=_bind("scope_"), hash=_bind("hash_"), status="confirmed", candidate=_bind("candidate_"),
        submitted_at=now(), confirmed_at=now(), job=_bind("job_"), item=_bind("item_"),
    )  # fmt: skip
    return insert.on_conflict_do_update(
        index_elements=["scope", "hash"],
        set_={"status": "confirmed", "candidate": insert.excluded.candidate, "confirmed_at": now()},
        where=sa.or_(
            effects.c.status != "confirmed",
            effects.c.candidate == insert.excluded.candidate,
        ),
    ).returning(effects.c.hash)


_SUBMIT: Final = {dialect: _submit(dialect) for dialect in _insert}
_CONFIRM: Final = {dialect: _confirm(dialect) for dialect in _insert}


def submit(
    connection: Connection, key: EffectKey, item: Item, content: Mapping[str, Any] | None = None
) -> None:
    """Only a running lease may submit: when it has run out, another robot may start at any moment."""
    job = check_lease(connection, item, running=True)
    values = {"scope_": key.scope, "hash_": key.hash, "job_": job.id, "item_": item.id}
    if connection.execute(_SUBMIT[connection.dialect.name], values).first() is None:
        record = find(connection, key)
        raise refused_submission(key, record.status if record else "submitting")
    audit.append(connection, audit.effect(SUBMITTED, key, item, job, job.robot, {"content": content}))


def confirm(connection: Connection, key: EffectKey, item: Item, candidate: str) -> None:
    job = check_lease(connection, item, running=False)
    if not happened(connection, key, item.id, job.id, candidate):
        record = find(connection, key)
        raise refused_confirmation(key, candidate, record)
    retracted.mark(connection, job.space, item.reference)
    audit.append(connection, audit.effect(CONFIRMED, key, item, job, job.robot, {"candidate": candidate}))


def happened(connection: Connection, key: EffectKey, item_id: int, job: str, candidate: str) -> bool:
    """Bind what was seen to an effect, whoever says that it happened; False when it is bound already."""
    values = {
        "scope_": key.scope, "hash_": key.hash, "job_": job, "item_": item_id, "candidate_": candidate,
    }  # fmt: skip
    try:
        return connection.execute(_CONFIRM[connection.dialect.name], values).first() is not None
    except IntegrityError:
        raise bound_elsewhere(key, candidate) from None


_withdraw = (
    sa.update(effects)
    .where(_key, effects.c.status == "submitting", effects.c.item == _bind("item_"))
    .values(status="withdrawn")
)


def withdraw(connection: Connection, key: EffectKey, item_id: int) -> bool:
    """It did not happen: it may be sent again. False when it is another item's intent, or none is left."""
    values = {"scope_": key.scope, "hash_": key.hash, "item_": item_id}
    return connection.execute(_withdraw, values).rowcount == 1


def refused_submission(key: EffectKey, status: str) -> InDoubt:
    if status == "submitting":
        return InDoubt(f"{key.scope}: another robot is doing the same thing right now")
    return InDoubt(f"{key.scope}: this was {status} before; it must not be done again")


def refused_confirmation(key: EffectKey, candidate: str, record: EffectRecord | None) -> InDoubt:
    status, known = (record.status, record.candidate) if record else ("unknown", None)
    return InDoubt(f"{key.scope}: {candidate} was found, but this is already {status} as {known}")


def bound_elsewhere(key: EffectKey, candidate: str) -> InDoubt:
    return InDoubt(f"{key.scope}: {candidate} was found, but it belongs to something that was done before")


def bound(
    connection: Connection, scope: str, candidates: Sequence[str], besides: EffectKey
) -> frozenset[str]:
    found: set[str] = set()
    for start in range(0, len(candidates), _SOME):
        statement = sa.select(effects.c.candidate).where(
            effects.c.scope == scope,
            effects.c.candidate.in_(candidates[start : start + _SOME]),
            sa.or_(effects.c.scope != besides.scope, effects.c.hash != besides.hash),
        )
        found.update(connection.execute(statement).scalars())
    return frozenset(found)
