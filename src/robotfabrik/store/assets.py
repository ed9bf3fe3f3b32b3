"""Assets: values that robots share, and secrets that people set, encrypted before they come here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from robotfabrik.model.assets import (
    Asset,
    AssetFilter,
    AssetKey,
    AssetReader,
    check_value,
    first_of,
    keys_for,
)
from robotfabrik.model.audit import Entry
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.model.work import Space
from robotfabrik.store import audit
from robotfabrik.store.tables import assets, now

Again = Callable[[Asset], str]
"""A new token for a secret asset that has one."""


def find(connection: Connection, space: Space, name: str, reader: AssetReader) -> Asset | None:
    """What a reader gets, or none."""
    keys = keys_for(space, name, reader)
    return first_of(map(_asset, connection.execute(_any_of(keys))), keys)


def put(
    connection: Connection, space: Space, name: str, value: str, job_id: str, reader: AssetReader
) -> None:
    """A robot sets what it would read, and keeps its type."""
    keys = keys_for(space, name, reader)
    there = first_of(map(_asset, connection.execute(_any_of(keys).with_for_update())), keys)
    _write(connection, changed(there, space, name, value, job_id))


def changed(there: Asset | None, space: Space, name: str, value: str, job_id: str) -> Asset:
    """The asset after a robot has set it; SystemException when its type does not allow that."""
    new = there or Asset(AssetKey(space.case_space, name), "text")
    if new.is_secret:
        raise SystemException(f"the asset '{name}' is a {new.type}: only a person sets it")
    try:
        check_value(new.type, value)
    except ValueError as wanted:
        message = f"the asset '{name}' takes values of type {new.type}: expected {wanted}"
        raise SystemException(message) from None
    key = AssetKey(space.case_space, name) if space.rehearsal else new.key
    return replace(new, key=key, value=value, changed_by=job_id)


def found(connection: Connection, wanted: AssetFilter) -> list[Asset]:
    """The assets that fit, by name."""
    statement = sa.select(assets).order_by(assets.c.name, assets.c.space, assets.c.scope)
    if wanted.name is not None:
        statement = statement.where(assets.c.name == wanted.name)
    return [asset for row in connection.execute(statement) if wanted.fits((asset := _asset(row)).key)]


def keep(connection: Connection, asset: Asset) -> None:
    """A person sets an asset over the one that was there."""
    _write(connection, asset)
    audit.append(connection, told("set", asset))


def delete(connection: Connection, key: AssetKey, by: str) -> None:
    """A person removes an asset; UsageError when there is none."""
    gone = connection.execute(assets.delete().where(_at(key)).returning(*assets.c)).first()
    if gone is None:
        raise missing(key)
    audit.append(connection, told("deleted", replace(_asset(gone), changed_by=by)))


def rotate(connection: Connection, again: Again, by: str) -> int:
    """Give every encrypted asset a new token; how many. All of them, or none when `again` fails."""
    statement = sa.select(assets).where(assets.c.token.is_not(None)).with_for_update()
    encrypted = [_asset(row) for row in connection.execute(statement)]
    for asset in encrypted:
        connection.execute(assets.update().where(_at(asset.key)).values(token=again(asset)))
    audit.append(connection, Entry("asset.rotated", "assets", by, detail={"assets": len(encrypted)}))
    return len(encrypted)


def expiring(connection: Connection, before: date) -> list[tuple[AssetKey, date]]:
    """Which assets expire before a day, or have expired; the first one first."""
    statement = sa.select(assets.c.space, assets.c.name, assets.c.scope, assets.c.expires)
    soon = statement.where(assets.c.expires < before).order_by(assets.c.expires, assets.c.name)
    return [(AssetKey(space, name, scope), day) for space, name, scope, day in connection.execute(soon)]


def told(what: str, asset: Asset) -> Entry:
    """What a person did with an asset, for the audit: never its value."""
    key = asset.key
    detail = {
        "environment": key.environment, "dataset": key.dataset, "scope": key.scope, "type": asset.type,
        "in": "keyring" if asset.in_keyring else "store",
        "expires": None if asset.expires is None else asset.expires.isoformat(),
    }  # fmt: skip
    return Entry(f"asset.{what}", key.name, asset.changed_by, key.bot or "", detail=detail)


def missing(key: AssetKey) -> UsageError:
    return UsageError(f"there is no asset '{key.name}' in {key.environment}/{key.dataset}{key.owner}")


def _any_of(keys: Sequence[AssetKey]) -> Any:
    return sa.select(assets).where(sa.or_(*map(_at, keys)))


def _at(key: AssetKey) -> sa.ColumnElement[bool]:
    return sa.and_(assets.c.space == key.space, assets.c.name == key.name, assets.c.scope == key.scope)


def _asset(row: Any) -> Asset:
    return Asset(
        AssetKey(row.space, row.name, row.scope), row.type, row.value, row.token, row.expires,
        row.changed_by, row.changed_at,
    )  # fmt: skip


def _write(connection: Connection, asset: Asset) -> None:
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(assets)
    values = {
        "type": asset.type, "value": asset.value, "token": asset.token, "expires": asset.expires,
        "changed_by": asset.changed_by, "changed_at": now(),
    }  # fmt: skip
    key = {"space": asset.key.space, "name": asset.key.name, "scope": asset.key.scope}
    statement = insert.values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
