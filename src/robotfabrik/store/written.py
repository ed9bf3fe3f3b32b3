"""What a job wrote: its effects, with what they held as far as that is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.records import ItemEffect, WrittenEffect
from robotfabrik.model.work import EffectKey
from robotfabrik.store import lookup
from robotfabrik.store.audit import SUBMITTED
from robotfabrik.store.tables import audit, contents, effects


def by_job(connection: Connection, job_id: str) -> Sequence[WrittenEffect]:
    """The effects of a job, in the order of writing; those too that it found there already."""
    rows = connection.execute(
        sa.select(effects).where(effects.c.job == job_id).order_by(effects.c.submitted_at, effects.c.hash)
    ).all()
    sent = _sent(connection, job_id)
    return [_effect(connection, row, sent) for row in rows]


def _sent(connection: Connection, job_id: str) -> dict[tuple[str, str], Any]:
    """What the job meant to write, by scope and hash; none where the content has been deleted."""
    statement = (
        sa.select(audit.c.subject, audit.c.detail, contents.c.content)
        .select_from(audit.outerjoin(contents, contents.c.seq == audit.c.seq))
        .where(audit.c.action == SUBMITTED, audit.c.detail.contains(json.dumps(job_id), autoescape=True))
        .order_by(audit.c.seq)
    )
    found = {}
    for row in connection.execute(statement):
        detail = json.loads(row.detail)
        if detail["job"] == job_id:
            told = None if row.content is None else json.loads(row.content).get("content")
            found[row.subject, detail["effect"]] = told
    return found


def _effect(connection: Connection, row: Any, sent: dict[tuple[str, str], Any]) -> WrittenEffect:
    key = EffectKey(row.scope, row.hash)
    item = lookup.one(connection, row.item)
    content = sent.get((row.scope, row.hash))
    name = row.scope.split("/", 3)[3]
    if content is None and item is not None:  # the item itself may know it still
        own = [told for effect, _, told in item.output.get("effects", ()) if effect == name]
        content = own[0] if len(own) == 1 else None
    effect = ItemEffect(key, row.status, row.candidate, row.submitted_at, row.confirmed_at, row.job)
    return WrittenEffect(name, effect, (row.scope, row.hash) in sent, item, content)
