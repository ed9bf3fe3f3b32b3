"""Who looks at the schedule: a row for each service, renewed at every look, by the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.firing import Heartbeat
from robotfabrik.store.fires import upsert
from robotfabrik.store.tables import now, schedulers

GONE_AFTER: Final = 86_400.0
"""Seconds of silence after which a service's row is removed by another."""


def beat(connection: Connection, owner: str, machine: str, pid: int) -> None:
    """A service has looked; the first time it is noted as new."""
    mine = schedulers.c.owner == owner
    renewed = connection.execute(sa.update(schedulers).where(mine).values(seen_at=now()))
    if renewed.rowcount == 0:
        row = {"owner": owner, "machine": machine, "pid": pid, "started_at": now(), "seen_at": now()}
        connection.execute(schedulers.insert().values(row))
        connection.execute(schedulers.delete().where(schedulers.c.seen_at < now() - GONE_AFTER))


def probe(connection: Connection) -> None:
    """Write something that nobody misses: it fails when nothing can be written."""
    row = {"owner": "probe", "machine": "", "pid": 0, "started_at": now(), "seen_at": 0}
    statement = upsert(connection, schedulers).values(row)  # many may ask at once
    connection.execute(statement.on_conflict_do_update(index_elements=["owner"], set_={"started_at": now()}))


def leave(connection: Connection, owner: str) -> None:
    """A service ends as it should."""
    connection.execute(schedulers.delete().where(schedulers.c.owner == owner))


def all_of(connection: Connection) -> Sequence[Heartbeat]:
    """Every service that has not left, the one that looked last first."""
    silent = (now() - schedulers.c.seen_at).label("silent")
    real = sa.select(schedulers, silent).where(schedulers.c.owner != "probe")
    rows = connection.execute(real.order_by(schedulers.c.seen_at.desc()))
    return [Heartbeat(row.owner, row.machine, row.pid, row.started_at, row.silent) for row in rows]
