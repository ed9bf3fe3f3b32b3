"""Claiming queue items, and what their robots do with them, in a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from robotfabrik.model.errors import LeaseLost
from robotfabrik.model.work import Item, Selection, Settlement, Space
from robotfabrik.store import audit, digests
from robotfabrik.store.adding import OPENED, behind
from robotfabrik.store.tables import IN_PROGRESS, NEW, RETRIED, is_open, items, jobs, now

_bind = sa.bindparam
_candidate = items.alias("candidate")
_holder = items.alias("holder")  # whoever holds the lock

# --- claiming


def _is_due(table: Any) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.and_(table.c.status == NEW, table.c.available_at <= now()),
        sa.and_(table.c.status == IN_PROGRESS, table.c.lease_until < now()),
    )


def _holds_lock_of(table: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        _holder.c.case_space == table.c.case_space, _holder.c.lock == table.c.lock,
        _holder.c.status == IN_PROGRESS, _holder.c.id != table.c.id,
    )  # fmt: skip


def _claim(*restriction: sa.ColumnElement[bool]) -> Any:
    first = (
        sa.select(_candidate.c.id)
        .where(
            _candidate.c.space == _bind("in_space"), is_open(_candidate), _is_due(_candidate), *restriction,
            ~sa.exists().where(_holds_lock_of(_candidate)).correlate(_candidate),
        )
        .order_by(
            _candidate.c.behind, _candidate.c.priority, _candidate.c.deadline, _candidate.c.position,
            _candidate.c.id,
        )
        .limit(1)
        .with_for_update(skip_locked=True, of=_candidate)
        .scalar_subquery()
    )  # fmt: skip
    return (
        sa.update(items)
        .where(items.c.id == first)
        .values(
            status=IN_PROGRESS, owner=_bind("by"), epoch=items.c.epoch + 1, attempts=items.c.attempts + 1,
            lease_until=now() + _bind("seconds", type_=sa.Float), claimed_by=_bind("job"), claimed_at=now(),
        )
        .returning(
            items.c.id, items.c.reference, items.c.lock, items.c.fields, items.c.attempts, items.c.postponed,
            items.c.owner, items.c.epoch,
        )
    )  # fmt: skip


def _free_locks(*restriction: sa.ColumnElement[bool]) -> Any:
    abandoned = (
        sa.select(_holder.c.id)
        .select_from(_holder.join(_candidate, _holds_lock_of(_candidate)))
        .where(
            _candidate.c.space == _bind("in_space"), is_open(_candidate), _candidate.c.status == NEW,
            _candidate.c.available_at <= now(), _holder.c.lease_until < now(), *restriction,
        )
        .with_for_update(skip_locked=True, of=_holder)
    )  # fmt: skip
    return sa.update(items).where(items.c.id.in_(abandoned)).values(OPENED).returning(items.c.id)


_of_period = _candidate.c.period == _bind("in_period")
_named = sa.and_(_candidate.c.reference == _bind("named"), _candidate.c.status != RETRIED)
_began = sa.select(jobs.c.started_at).where(jobs.c.id == _bind("seen_by")).scalar_subquery()
_seen = _candidate.c.added_at >= _began


def _restrictions(named: bool, seen: bool) -> list[sa.ColumnElement[bool]]:
    return [_of_period, *([_named] if named else []), *([_seen] if seen else [])]


_KINDS: Final = [(named, seen) for named in (False, True) for seen in (False, True)]
CLAIM: Final = {kind: _claim(*_restrictions(*kind)) for kind in _KINDS}
_FREE: Final = {kind: _free_locks(*_restrictions(*kind)) for kind in _KINDS}


def _selected(space: Space, selection: Selection) -> tuple[tuple[bool, bool], dict[str, Any]]:
    """Which statement a selection asks for, and its values."""
    values: dict[str, Any] = {"in_space": space.key, "in_period": selection.period}
    if selection.reference is not None:
        values["named"] = selection.reference
    if selection.seen_by is not None:
        values["seen_by"] = selection.seen_by
    return ("named" in values, "seen_by" in values), values


def claim(
    connection: Connection, space: Space, owner: str, job_id: str, lease: float, selection: Selection
) -> Item | None:
    """Raises IntegrityError when another took an item with the same lock at the same moment: try again."""
    kind, where = _selected(space, selection)
    values = where | {"by": owner, "job": job_id, "seconds": lease}
    row = connection.execute(CLAIM[kind], values).first()
    # Nothing to take. If that is only because a lock is held by an item whose lease has run out, and which
    # nobody here would claim (its process is another, and may not run again for a month), open that item.
    if row is None and connection.execute(_FREE[kind], where).all():
        row = connection.execute(CLAIM[kind], values).first()
    if row is None:
        return None
    return Item(
        id=row.id, reference=row.reference, lock=row.lock or "", fields=row.fields, attempt=row.attempts,
        postponed=row.postponed, owner=row.owner, epoch=row.epoch,
    )  # fmt: skip


_may_be_claimed_at = sa.case(
    (_candidate.c.status == IN_PROGRESS, _candidate.c.lease_until),
    (_holder.c.lease_until > _candidate.c.available_at, _holder.c.lease_until),
    else_=_candidate.c.available_at,
)
_next_due = (
    sa.select(sa.func.min(_may_be_claimed_at) - now())
    .select_from(_candidate.outerjoin(_holder, _holds_lock_of(_candidate)))
    .where(_candidate.c.space == _bind("in_space"), is_open(_candidate))
)


def next_due(connection: Connection, space: Space, selection: Selection) -> float | None:
    kind, where = _selected(space, selection)
    seconds = connection.execute(_next_due.where(*_restrictions(*kind)), where).scalar()
    return None if seconds is None else max(0.0, float(seconds))


# --- a claimed item


def _held_by(table: Any = items) -> sa.ColumnElement[bool]:
    """The fence: a robot that was thought dead and wakes up must not write over its successor."""
    return sa.and_(
        table.c.id == _bind("of"), table.c.owner == _bind("by"), table.c.epoch == _bind("during"),
        table.c.status == IN_PROGRESS,
    )  # fmt: skip


_fenced = sa.update(items).where(_held_by())
_later = now() + _bind("seconds", type_=sa.Float)
_no_attempt = items.c.attempts - 1

_progress = _fenced.values(progress=_bind("said"))
_renew = _fenced.values(lease_until=_later)
_settle = _fenced.values(
    status=_bind("outcome"), exception=_bind("id_of_exception"), reason=_bind("why"), owner=None,
    lease_until=None,
    rules=_bind("by_rules", type_=sa.JSON), output=_bind("results", type_=sa.JSON),
    analytics=_bind("figures", type_=sa.JSON),
    found=_bind("finding"), completed_on=_bind("on", type_=sa.Date), settled_by=items.c.claimed_by,
    settled_at=now(),
)  # fmt: skip
_retry = _fenced.values(OPENED | {"available_at": _later, "reason": _bind("why")})
_release = _fenced.values(OPENED | {"attempts": _no_attempt})
_postpone = _fenced.values(
    OPENED | {"available_at": _later, "attempts": _no_attempt, "postponed": _bind("counts", type_=sa.JSON)}
)
_postpone_behind_all = _postpone.values(
    behind=1, position=behind(items.c.space, 1, items.c.priority, items.c.deadline)
)

_has_lease = (
    sa.select(
        jobs.c.id, jobs.c.bot, jobs.c.release, jobs.c.robot, jobs.c.rehearsal, items.c.space,
        (items.c.lease_until > now()).label("runs"),
    )
    .join_from(items, jobs, items.c.claimed_by == jobs.c.id)
    .where(_held_by())
    .with_for_update(of=items)
)


def _change(connection: Connection, item: Item, statement: Any, **values: Any) -> None:
    values |= {"of": item.id, "by": item.owner, "during": item.epoch}
    if connection.execute(statement, values).rowcount != 1:
        raise lost(item)


def lost(item: Item) -> LeaseLost:
    # By number: references may be case numbers, and this message reaches the logs.
    return LeaseLost(f"item {item.id} belongs to another worker, or to nobody, since epoch {item.epoch}")


def check_lease(connection: Connection, item: Item, *, running: bool) -> Row[Any]:
    """Keep the item from changing until the transaction ends. Returns its job (id, bot …) and its space.

    `running`: the lease must not have run out, even if nobody has taken over yet.
    """
    row = connection.execute(_has_lease, {"of": item.id, "by": item.owner, "during": item.epoch}).first()
    if row is None or (running and not row.runs):
        raise lost(item)
    return row


def renew(connection: Connection, item: Item, lease: float) -> None:
    _change(connection, item, _renew, seconds=lease)


def progress(connection: Connection, item: Item, text: str) -> None:
    _change(connection, item, _progress, said=plain(text))


_ended = sa.select(*digests.ITEM).where(items.c.id == _bind("of"))


def settle(connection: Connection, item: Item, settlement: Settlement, completed_on: date) -> None:
    job = check_lease(connection, item, running=False)
    _change(
        connection, item, _settle, outcome=settlement.status, id_of_exception=settlement.exception,
        why=plain(settlement.reason), by_rules=list(settlement.rules), results=dict(settlement.output),
        figures=dict(settlement.analytics), finding=settlement.found, on=completed_on,
    )  # fmt: skip
    if not job.rehearsal:
        digest = digests.of(connection.execute(_ended, {"of": item.id}).one())
        audit.append(connection, audit.ended(item, settlement, job, digest))


def retry(connection: Connection, item: Item, delay: float, reason: str) -> None:
    _change(connection, item, _retry, seconds=delay, why=plain(reason))


def postpone(connection: Connection, item: Item, exception: str, delay: float | None) -> None:
    counts = {**item.postponed, exception: item.postponed.get(exception, 0) + 1}
    if delay is None:
        _change(connection, item, _postpone_behind_all, seconds=0.0, counts=counts)
    else:
        _change(connection, item, _postpone, seconds=delay, counts=counts)


def release(connection: Connection, item: Item) -> None:
    _change(connection, item, _release)


_let_go = sa.select(items.c.id).where(
    items.c.id == _bind("of"), items.c.epoch == _bind("during"), items.c.status != IN_PROGRESS
)


def let_go(connection: Connection, item: Item) -> bool:
    """Has the item ended, or been opened again, and nobody taken it since it was claimed as this one?"""
    return connection.execute(_let_go, {"of": item.id, "during": item.epoch}).first() is not None


def plain(text: str) -> str:
    """Text that every database takes: the message of an error must never be why an outcome is lost."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


# --- owners

_owners = (
    sa.select(items.c.owner)
    .distinct()
    .where(items.c.space == _bind("in_space"), is_open(), items.c.owner.is_not(None))
)
_open_those_of = (
    sa.update(items)
    .where(items.c.space == _bind("in_space"), is_open(), items.c.owner == _bind("by"))
    .values(OPENED)
)


def owners(connection: Connection, space: Space) -> Sequence[str]:
    return sorted(connection.execute(_owners, {"in_space": space.key}).scalars())


def release_owner(connection: Connection, space: Space, owner: str) -> int:
    return connection.execute(_open_those_of, {"in_space": space.key, "by": owner}).rowcount
