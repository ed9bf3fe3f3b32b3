"""Reading queue items: what people ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from robotfabrik.model.records import Intervention, ItemEffect, ItemFilter, QueueItem
from robotfabrik.model.work import EffectKey, Space
from robotfabrik.store.jobs import space_of
from robotfabrik.store.tables import NO_DEADLINE, RETRIED, effects, interventions, items, jobs, now
from robotfabrik.store.thinning import sent_and_unseen

GIVEN_UP: Final = ("failed", "abandoned")

in_doubt: Final[sa.ColumnElement[bool]] = sa.or_(
    items.c.status == "held", sa.and_(items.c.status.in_(GIVEN_UP), sent_and_unseen())
)
"""A person has to say what happened."""
_late: Final = items.c.deadline < sa.func.coalesce(items.c.settled_at, now())
_whole: Final = (
    sa.select(
        items, jobs.c.bot, jobs.c.environment, jobs.c.dataset, jobs.c.process, jobs.c.rehearsal,
        in_doubt.label("in_doubt"), _late.label("late"),
    )
    .select_from(items.join(jobs, items.c.added_by == jobs.c.id))
)  # fmt: skip


def found(connection: Connection, wanted: ItemFilter) -> Sequence[QueueItem]:
    """The items that fit, newest first."""
    statement = _whole.where(jobs.c.rehearsal == "", *_conditions(wanted))
    rows = connection.execute(statement.order_by(items.c.id.desc()).limit(wanted.limit))
    return [_item(row) for row in rows]


def _conditions(wanted: ItemFilter) -> list[sa.ColumnElement[bool]]:
    equal = (
        (jobs.c.environment, wanted.environment), (jobs.c.dataset, wanted.dataset),
        (items.c.period, wanted.period),
        (items.c.status, wanted.status), (items.c.exception, wanted.exception),
        (items.c.reference, wanted.reference),
    )  # fmt: skip
    conditions: list[Any] = [column == value for column, value in equal if value is not None]
    if wanted.process is not None:  # of the item, which may stand beside its job's queue
        place = jobs.c.environment + "/" + jobs.c.dataset + "/" + wanted.process + "/" + jobs.c.rehearsal
        conditions.append(items.c.space == place)
    if wanted.bot is not None:  # dispatcher and performer may be two bots with one queue
        theirs = jobs.alias("theirs")
        conditions.append(
            sa.exists().where(
                theirs.c.bot == wanted.bot, theirs.c.environment == jobs.c.environment,
                theirs.c.dataset == jobs.c.dataset, theirs.c.process == jobs.c.process,
            ).correlate(jobs)
        )  # fmt: skip
    if wanted.contains is not None:
        conditions.append(items.c.reference.contains(wanted.contains, autoescape=True))
    if wanted.since is not None:
        times = (items.c.added_at, items.c.claimed_at, items.c.settled_at)
        conditions.append(sa.or_(*(time >= wanted.since for time in times)))
    if wanted.late:
        conditions.append(_late)
    if wanted.in_doubt:
        conditions.append(in_doubt)
    if not wanted.every_try and wanted.status != "retried":
        conditions.append(items.c.status != RETRIED)
    return conditions


def one(connection: Connection, item_id: int) -> QueueItem | None:
    row = connection.execute(_whole.where(items.c.id == item_id)).first()
    return None if row is None else _item(row)


def earlier(connection: Connection, item_id: int) -> Sequence[QueueItem]:
    """The tries before an item, the first one first."""
    tries: list[QueueItem] = []
    while row := connection.execute(_whole.where(items.c.successor == item_id)).first():
        tries.insert(0, _item(row))
        item_id = row.id
    return tries


def effects_of(connection: Connection, item_id: int) -> Sequence[ItemEffect]:
    rows = connection.execute(
        sa.select(effects).where(effects.c.item == item_id).order_by(effects.c.submitted_at)
    )
    return [
        ItemEffect(
            EffectKey(row.scope, row.hash), row.status, row.candidate, row.submitted_at, row.confirmed_at,
            row.job,
        )
        for row in rows
    ]  # fmt: skip


def interventions_of(connection: Connection, item_ids: Sequence[int]) -> Sequence[Intervention]:
    theirs = sa.select(interventions).where(interventions.c.item.in_(item_ids)).order_by(interventions.c.id)
    return [
        Intervention(row.item, row.at, row.by, row.what, row.note) for row in connection.execute(theirs)
    ]


def _space(row: Row[Any]) -> Space:
    """Where the item itself stands: a job may add to a queue beside its own."""
    space = space_of(row)
    process = row.space.removeprefix(f"{space.environment}/{space.dataset}/")
    return replace(space, process=process.removesuffix(f"/{space.rehearsal}"))


def _item(row: Row[Any]) -> QueueItem:
    return QueueItem(
        id=row.id, space=_space(row), bot=row.bot, reference=row.reference, lock=row.lock or "",
        fields=row.fields, period=row.period, priority=row.priority,
        deadline=None if row.deadline >= NO_DEADLINE else row.deadline, late=bool(row.late),
        status=row.status, in_doubt=bool(row.in_doubt), exception=row.exception, reason=row.reason,
        attempts=row.attempts, postponed=row.postponed, available_at=row.available_at,
        owner=row.owner or "", lease_until=row.lease_until, completed_on=row.completed_on,
        rules=tuple(row.rules), output=row.output, analytics=row.analytics, progress=row.progress,
        added_by=row.added_by, claimed_by=row.claimed_by or "", settled_by=row.settled_by or "",
        added_at=row.added_at, claimed_at=row.claimed_at, settled_at=row.settled_at,
        successor=row.successor, thinned_at=row.thinned_at,
    )  # fmt: skip
