"""Assets over every store: who gets which, what robots may change, and rotation of all or none."""

# ruff: noqa: F401, F811

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.model.assets import Asset, AssetFilter, AssetKey, AssetReader, AssetType
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.model.values import Credential, Secret
from robotfabrik.store import open_store
from robotfabrik.store.tables import REVISION
from robotfabrik.store.upgrades import stamp
from robotfabrik.vault import keys, sealing
from robotfabrik.vault.keys import Keys
from tests.contract.test_store import (
    PATIENCE,
    REHEARSAL,
    SPACE,
    Backend,
    backend,
    database,
    emptied,
    postgresql_server,
    store,
)

HERE = "test/default/"
READER = AssetReader("b", "m")


def plain(name: str, value: str, scope: str = "", type: AssetType = "text", space: str = HERE) -> Asset:
    return Asset(AssetKey(space, name, scope), type, value, changed_by="Eva")


def secret(name: str, token: str | None, type: AssetType = "secret", **more: Any) -> Asset:
    return Asset(AssetKey(HERE, name), type, None, token, changed_by="Eva", **more)


def value(store: Any, reader: AssetReader = READER, space: Any = SPACE) -> str | None:
    found = store.asset(space, "a", reader)
    return None if found is None else found.value


def told(store: Any) -> list[Any]:
    rows = store.told if hasattr(store, "told") else store.audit_rows()
    return [row for row in rows if row.action.startswith("asset.")]


def test_the_bots_own_comes_before_the_machines_and_before_that_of_all(store: Any) -> None:
    for scope in ("", "machine/m", "bot/b"):
        store.keep_asset(plain("a", scope, scope))
        assert value(store) == scope
    assert value(store, AssetReader("other", "m")) == "machine/m"
    assert value(store, AssetReader("other", "other")) == ""
    assert value(store, space=replace(SPACE, dataset="other")) is None
    store.set_asset(REHEARSAL, "a", "prövat", "job-r", READER)
    assert (value(store), value(store, space=REHEARSAL)) == ("bot/b", "prövat")


def test_a_robot_sets_the_one_that_it_would_read(store: Any) -> None:
    store.keep_asset(plain("a", "1"))
    store.keep_asset(plain("a", "2", "machine/m"))
    store.set_asset(SPACE, "a", "ny", "job-1", READER)
    assert (value(store), value(store, AssetReader("b", "other"))) == ("ny", "1")
    assert store.asset(SPACE, "a", READER).changed_by == "job-1"
    store.set_asset(SPACE, "b", "först", "job-1", READER)
    assert store.asset(SPACE, "b").type == "text"


@pytest.mark.parametrize("space", [SPACE, REHEARSAL])
def test_a_type_stays_and_a_secret_is_no_robots(store: Any, space: Any) -> None:
    store.keep_asset(plain("a", "1", type="integer"))
    store.set_asset(space, "a", "2", "job-1")
    found = store.asset(space, "a")
    assert (found.type, found.value) == ("integer", "2")
    with pytest.raises(SystemException, match="'a' takes values of type integer: expected"):
        store.set_asset(space, "a", "två", "job-1")
    store.keep_asset(secret("s", "token"))
    with pytest.raises(SystemException, match="'s' is a secret: only a person sets it"):
        store.set_asset(space, "s", "nytt", "job-1")
    assert store.asset(space, "s").token == "token"


def test_assets_are_found_by_what_is_asked_and_never_a_rehearsals(store: Any) -> None:
    there = [
        plain("a", "1"), plain("a", "2", "bot/b"), plain("a", "3", "machine/m"),
        plain("b", "4"), plain("a", "5", space="production/default/"),
    ]  # fmt: skip
    for asset in there:
        store.keep_asset(asset)
    store.set_asset(REHEARSAL, "a", "6", "job-r")

    def found(**wanted: str) -> list[str]:
        return [asset.value for asset in store.find_assets(AssetFilter(**wanted))]

    assert found() == ["5", "1", "2", "3", "4"]
    assert found(environment="test", name="a") == ["1", "2", "3"]
    assert (found(bot="b"), found(machine="m"), found(dataset="other")) == (["2"], ["3"], [])


def test_what_people_do_is_told_without_values(store: Any) -> None:
    kept = secret("s", "hemlig-token", "credential", expires=date(2023, 1, 31))
    store.keep_asset(kept)
    store.keep_asset(replace(kept, token=None))
    assert store.asset(SPACE, "s").in_keyring
    store.delete_asset(kept.key, "Olle")
    with pytest.raises(UsageError, match="there is no asset 's' in test/default"):
        store.delete_asset(kept.key, "Olle")
    rows = told(store)
    assert [(row.action, row.subject, row.by) for row in rows] == [
        ("asset.set", "s", "Eva"), ("asset.set", "s", "Eva"), ("asset.deleted", "s", "Olle"),
    ]  # fmt: skip
    detail = json.loads(rows[0].detail)
    assert (detail["type"], detail["in"], detail["expires"]) == ("credential", "store", "2023-01-31")
    assert json.loads(rows[1].detail)["in"] == "keyring"
    assert "hemlig-token" not in repr(rows)


def test_what_expires_is_named_in_time(store: Any) -> None:
    for name, day in (("sen", date(2023, 3, 1)), ("snart", date(2023, 1, 31)), ("över", date(2022, 1, 1))):
        store.keep_asset(secret(name, "t", expires=day))
    store.keep_asset(secret("aldrig", "t"))
    named = [(key.name, day) for key, day in store.expiring_assets(date(2023, 2, 1))]
    assert named == [("över", date(2022, 1, 1)), ("snart", date(2023, 1, 31))]


def test_rotation_gives_every_secret_a_new_token_or_none(store: Any) -> None:
    old, new = keys.make(), keys.make()
    both = Keys((new, old), "the test")
    contents = {"x": (Credential("a", Secret("lösen")),), "y": Secret("nyckel")}
    for name, content in contents.items():
        type_: AssetType = "secret" if isinstance(content, Secret) else "credential"
        asset = secret(name, None, type_)
        store.keep_asset(replace(asset, token=sealing.sealed(Keys((old,), ""), asset.key, content)))
    store.keep_asset(secret("z", None))  # in a keyring
    store.keep_asset(plain("a", "1"))

    def tokens() -> list[str | None]:
        return [asset.token for asset in store.find_assets(AssetFilter())]

    before, rows = tokens(), len(told(store))
    with pytest.raises(UsageError, match="another key"):
        store.rotate_assets(lambda asset: "new" if asset.key.name == "x" else unreadable(asset), "Eva")
    assert (tokens(), len(told(store))) == (before, rows)
    assert store.rotate_assets(lambda asset: sealing.again(both, asset), "Eva") == 2
    assert (told(store)[-1].action, json.loads(told(store)[-1].detail)) == ("asset.rotated", {"assets": 2})
    for asset in store.find_assets(AssetFilter()):
        if asset.token is not None:
            assert asset.token not in before
            sealing.opened(Keys((new,), ""), asset)
    assert store.asset(SPACE, "z").in_keyring


def unreadable(asset: Asset) -> str:
    raise UsageError(f"the asset '{asset.key.name}' was encrypted with another key")


KILLED = """
import os, sys
from robotfabrik.store import open_store
seen = []
def again(asset):
    seen.append(asset)
    if len(seen) == 3:
        os._exit(9)
    return "new"
open_store(sys.argv[1]).rotate_assets(again, "Eva")
"""


def test_a_rotation_that_is_killed_changes_nothing(database: Backend) -> None:
    with database.open() as store:
        for name in "abcd":
            store.keep_asset(secret(name, f"token-{name}"))
    done = subprocess.run([sys.executable, "-c", KILLED, database.url], timeout=PATIENCE, check=False)
    assert done.returncode == 9
    with database.open() as store:
        assert [asset.token for asset in store.find_assets(AssetFilter())] == [
            "token-a", "token-b", "token-c", "token-d"
        ]  # fmt: skip
        assert list(store.verify_audit()) == []


def test_the_assets_of_an_older_store_stay(database: Backend) -> None:
    database.open().close()
    engine = emptied(database, "0006")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('pepper', 'abab')")
        stamp(connection, "0006")
        connection.exec_driver_sql(
            "INSERT INTO assets (space, name, value, changed_by, changed_at)"
            " VALUES ('test/default/', 'a', '12', 'job-1', 5), ('test/default/job-r', 'a', '13', 'job-r', 6)"
        )
    engine.dispose()
    with database.open() as store:
        assert store.asset(SPACE, "a") == Asset(
            AssetKey(HERE, "a"), "text", "12", changed_by="job-1", changed_at=5.0
        )
        assert value(store, space=REHEARSAL) == "13"
        store.keep_asset(plain("a", "14", "bot/b"))
    assert database.run("SELECT version_num FROM alembic_version") == [(REVISION,)]
