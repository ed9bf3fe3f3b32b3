"""What a job wrote: its effects, with what they held as far as that is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.records import ItemEffect, WrittenEffect
from robotfabrik.model.work import EffectKey
from robotfabrik.store import lookup
from robotfabrik.store.audit import CONFIRMED, SUBMITTED
from robotfabrik.store.tables import audit, contents, effects

Told = tuple[str, Any]
"""An action of the audit, and what was meant to be written; none where that has been deleted."""


def by_job(connection: Connection, job_id: str) -> Sequence[WrittenEffect]:
    """The effects that a job sent or was the first to see, in the order of writing."""
    told: dict[EffectKey, list[Told]] = {}
    for key, job, action, content in _told(connection, json.dumps(job_id)):
        if job == job_id:
            told.setdefault(key, []).append((action, content))
    sent = sa.select(effects.c.scope, effects.c.hash).where(effects.c.job == job_id)
    for row in connection.execute(sent):
        told.setdefault(EffectKey(row.scope, row.hash), [])
    found = [_effect(connection, key, list(rows)) for key, rows in told.items()]
    return sorted((one for one in found if one is not None), key=lambda one: one.effect.submitted_at)


def _told(connection: Connection, part: str) -> Iterator[tuple[EffectKey, str, str, Any]]:
    """Rows about effects whose detail holds a text: key, job, action and content."""
    statement = (
        sa.select(audit.c.action, audit.c.subject, audit.c.detail, contents.c.content)
        .select_from(audit.outerjoin(contents, contents.c.seq == audit.c.seq))
        .where(audit.c.action.in_([SUBMITTED, CONFIRMED]), audit.c.detail.contains(part, autoescape=True))
        .order_by(audit.c.seq)
    )
    for row in connection.execute(statement).all():
        detail = json.loads(row.detail)
        told = None if row.content is None else json.loads(row.content).get("content")
        yield EffectKey(row.subject, detail["effect"]), detail["job"], row.action, told


def _effect(connection: Connection, key: EffectKey, told: list[Told]) -> WrittenEffect | None:
    row = connection.execute(
        sa.select(effects).where(effects.c.scope == key.scope, effects.c.hash == key.hash)
    ).first()
    if row is None:
        return None
    if not any(action == SUBMITTED for action, _ in told):  # perhaps another job sent it, and was killed
        told += [(action, content) for at, _, action, content in _told(connection, key.hash) if at == key]
    sent = [content for action, content in told if action == SUBMITTED]
    name = key.scope.split("/", 3)[3]
    item = lookup.one(connection, row.item)
    content = sent[-1] if sent else None
    if content is None and item is not None:  # the item itself may know it still
        own = [known for effect, _, known in item.output.get("effects", ()) if effect == name]
        content = own[0] if len(own) == 1 else None
    effect = ItemEffect(key, row.status, row.candidate, row.submitted_at, row.confirmed_at, row.job)
    return WrittenEffect(name, effect, bool(sent), item, content)
