"""What starts bots besides times: the ends of other bots' jobs, and new items in a queue. Reading only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.firing import QueueState
from robotfabrik.model.work import Space
from robotfabrik.store.tables import NEW, fires, is_run, is_unfinished, items, jobs, now, triggers


def ended_jobs(
    connection: Connection, trigger: str, bot: str, statuses: Sequence[str], rehearsals: bool, days: float
) -> Sequence[tuple[str, datetime]]:
    """The bot's jobs that ended so since the trigger is known, and which it has not decided on: id and end.

    Of the last `days` only; rehearsals only when they count too. A job that another machine takes up has
    not ended, and one that took back what another wrote is none of them.
    """
    known = sa.select(triggers.c.known_at).where(triggers.c.name == trigger).scalar_subquery()
    decided = sa.exists().where(fires.c.trigger == trigger, fires.c.key == jobs.c.id)
    successor = jobs.alias("successor")
    goes_on = sa.exists().where(successor.c.restart_of == jobs.c.id, successor.c.queued_at.is_not(None))
    statement = (
        sa.select(jobs.c.id, jobs.c.ended_at)
        .where(
            jobs.c.bot == bot, is_run(), jobs.c.status.in_(statuses), jobs.c.ended_at >= known,
            jobs.c.ended_at >= now() - days * 86_400, ~decided, ~goes_on,
        )
        .order_by(jobs.c.ended_at, jobs.c.id)
    )  # fmt: skip
    if not rehearsals:
        statement = statement.where(jobs.c.rehearsal == "")
    return [(row.id, datetime.fromtimestamp(row.ended_at, UTC)) for row in connection.execute(statement)]


def queue(connection: Connection, bot: str, space: Space, period: str) -> QueueState:
    """What a bot could take now from its queue, as of that period, and whether a job of it is at work."""
    may_be_taken: Any = sa.and_(
        items.c.space == space.key, items.c.status == NEW, items.c.available_at <= now(),
        items.c.period == period,
    )  # fmt: skip
    row = connection.execute(
        sa.select(
            sa.func.count().label("number"), sa.func.max(items.c.id).label("newest"),
            (now() - sa.func.min(items.c.added_at)).label("age"),
        ).where(may_be_taken)
    ).one()  # fmt: skip
    busy = sa.exists().where(is_unfinished(), jobs.c.bot == bot)
    return QueueState(
        row.number, row.newest or 0, row.age or 0.0, bool(connection.execute(sa.select(busy)).scalar())
    )
