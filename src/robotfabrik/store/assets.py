"""Assets: named texts that robots share, apart for each environment, data set and rehearsal."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from robotfabrik.model.work import Space
from robotfabrik.store.tables import assets, now


def find(connection: Connection, space: Space, name: str) -> str | None:
    """The value, or none."""
    where = sa.and_(assets.c.space == space.case_space, assets.c.name == name)
    found: str | None = connection.execute(sa.select(assets.c.value).where(where)).scalar()
    return found


def put(connection: Connection, space: Space, name: str, value: str, job_id: str) -> None:
    """Store a value over the one that was there."""
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(assets)
    changed = {"value": value, "changed_by": job_id, "changed_at": now()}
    statement = insert.values(space=space.case_space, name=name, **changed)
    connection.execute(statement.on_conflict_do_update(index_elements=["space", "name"], set_=changed))
