"""The audit over SQLite and PostgreSQL: what is told, by many at once, and what shows that it was changed."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.engine.ports import Store
from robotfabrik.model.audit import AuditFilter, AuditRow, Entry
from robotfabrik.model.errors import InDoubt, JobTaken, LeaseLost, SystemException
from robotfabrik.model.work import NewItem, Settlement
from robotfabrik.store import MemoryStore, SqlStore, effects, heads, open_store
from robotfabrik.store.chain import broken, hash_of
from robotfabrik.store.upgrades import stamp
from tests.contract.test_store import DAY, SPACE, Backend, claimed, emptied, in_threads, job, key

PRIVATE = "20220101-1234"


def told(given: Any) -> list[AuditRow]:
    """The whole chain; it must be sound."""
    rows = given.told if isinstance(given, MemoryStore) else list(given.audit_rows())
    assert list(broken(rows)) == []
    return rows


def actions(given: Any) -> list[str]:
    """What was told, without the making of the store itself, which a store in memory does not tell."""
    return [row.action for row in told(given) if not row.action.startswith("store.")]


@pytest.fixture
def sql(database: Backend) -> Iterator[SqlStore]:
    with database.open() as opened:
        opened.start_job(job("job-1"))
        yield opened


# --- what is told


def test_jobs_and_effects_tell_themselves(store: Store) -> None:
    item = claimed(store, reference=PRIVATE)
    store.submit_effect(key("k"), item, {"text": "Brevet är skickat"})
    store.confirm_effect(key("k"), item, "note-1")
    store.settle(item, Settlement("successful"), DAY)
    store.end_job("job-1", "successful", {"checked": 1, "seconds": 2.5, "reason": PRIVATE})
    assert actions(store) == ["job.started"] * 4 + [
        "effect.submitted", "effect.confirmed", "item.ended", "job.ended",
    ]  # fmt: skip
    rows = [row for row in told(store) if not row.action.startswith("store.")]
    began, *_, submitted, confirmed, handled, ended = rows
    assert (began.subject, began.by, began.bot, began.release) == ("job-1", "test", "bot", "r1")
    assert json.loads(began.detail) == {
        "dataset": "default", "date": "2022-11-01", "environment": "test", "machine": "owner", "mode": "live",
    }  # fmt: skip
    assert (submitted.subject, submitted.by, submitted.release) == (key("k").scope, "robot", "r1")
    assert json.loads(submitted.detail) == {"effect": "k", "item": item.id, "job": "job-1"}
    assert submitted.content is not None
    assert confirmed.content is not None
    assert (handled.subject, handled.by, handled.bot) == (f"item {item.id}", "robot", "bot")
    assert json.loads(handled.detail) == {
        "status": "successful", "exception": None, "rules": [], "job": "job-1",
    }  # fmt: skip
    assert json.loads(ended.detail) == {"status": "successful", "checked": 1}
    assert PRIVATE not in repr(told(store))


def test_others_tell_what_they_do(store: Store) -> None:
    first = store.audit(Entry("deploy.approved", "bot", "Eva", "bot", "r2", {"role": "chef", "n": [1, None]}))
    second = store.audit(Entry("held.settled", "item 7", "Eva", content={"note": PRIVATE}))
    rows = {row.seq: row for row in told(store)}
    assert second == first + 1
    assert rows[first].detail == '{"n":[1,null],"role":"chef"}'
    assert (rows[first].by, rows[first].release, rows[first].content) == ("Eva", "r2", None)
    assert PRIVATE not in repr(rows[second])


def test_what_did_not_happen_is_not_told(store: Store) -> None:
    item = claimed(store)
    store.confirm_effect(key("k"), item, "note-1")
    before = actions(store)
    with pytest.raises(InDoubt):
        store.submit_effect(key("k"), item, {"text": "x"})
    with pytest.raises(InDoubt):
        store.confirm_effect(key("other"), item, "note-1")
    store.release(item)
    with pytest.raises(LeaseLost):
        store.submit_effect(key("k2"), item, {"text": "x"})
    with pytest.raises(LookupError):
        store.end_job("nowhere", "done", {})
    with pytest.raises(JobTaken):
        store.start_job(job("job-1"))
    with pytest.raises(TypeError):
        store.audit(Entry("a.b", "c", "d", detail={"day": DAY}))
    with pytest.raises(TypeError):
        store.audit(Entry("a.b", "c", "d", content={"day": DAY}))
    assert actions(store) == before


def test_many_at_once_make_one_chain(backend: Backend, store: Store) -> None:
    before = len(told(store))
    names = iter(range(100))

    def tell() -> None:
        mine, name = backend.open(), f"thread {next(names)}"
        for n in range(15):
            mine.audit(Entry("test.done", str(n), name, content={"n": n}))

    in_threads(8, tell)
    rows = told(store)[before:]
    assert len(rows) == 120
    for name in {row.by for row in rows}:
        assert [row.subject for row in rows if row.by == name] == [str(n) for n in range(15)]


def test_a_row_stands_or_falls_with_what_it_tells(sql: SqlStore) -> None:
    item = claimed(sql)
    before = len(told(sql))

    with suppress(RuntimeError), sql._write() as connection:
        effects.submit(connection, key("k"), item, {"text": "x"})
        raise RuntimeError
    assert sql.effect(key("k")) is None
    assert len(told(sql)) == before


# --- asking


def test_rows_are_found(sql: SqlStore) -> None:
    for bot, by in (("bot", "Eva"), ("other", "Eva"), ("bot", "Olle")):
        sql.audit(Entry("deploy.approved", bot, by, bot))
    sql.audit(Entry("deployment", "bot", "Eva", "bot"))

    def found(**wanted: Any) -> list[str]:
        return [f"{row.action} {row.bot} {row.by}" for row in sql.audit_rows(AuditFilter(**wanted))]

    assert len(found(action="deploy")) == 3
    assert len(found(action="deploy.approved", bot="bot")) == 2
    assert found(action="deploy", bot="bot", by="Olle") == ["deploy.approved bot Olle"]
    assert found(action="dep%") == []
    last = list(sql.audit_rows())[-1].at
    assert found(since=last)[-1] == "deployment bot Eva"
    assert found(since=last + 1000) == []


def test_opening_content_is_told(sql: SqlStore) -> None:
    seq = sql.audit(Entry("held.settled", "item 7", "Eva", "bot", content={"note": "Åsa"}))
    plain = sql.audit(Entry("held.shown", "item 7", "Eva"))
    row, content = sql.open_audit_content(seq, "Olle")
    assert (row and row.seq, content) == (seq, {"note": "Åsa"})
    last = told(sql)[-1]
    assert (last.action, last.subject, last.by, last.bot) == ("content.opened", str(seq), "Olle", "bot")
    length = len(told(sql))
    assert sql.open_audit_content(plain, "Olle")[1] is None
    assert sql.open_audit_content(999, "Olle") == (None, None)
    assert len(told(sql)) == length


# --- verifying


@pytest.fixture
def rich(sql: SqlStore) -> SqlStore:
    """Two effects, one of them confirmed, and some rows with and without content."""
    for name in ("k1", "k2"):
        sql.submit_effect(key(name), claimed(sql, name), {"text": name})
    sql.confirm_effect(key("k1"), claimed(sql, "k3"), "note-1")
    sql.audit(Entry("test.done", "something", "Eva", detail={"as": "done"}, content={"note": "Åsa"}))
    sql.audit(Entry("schedule.paused", "schedule", "Olle"))
    assert messages(sql) == []
    return sql


def messages(given: SqlStore) -> list[str]:
    return [finding.message for finding in given.verify_audit()]


LAST = "(SELECT max(seq) FROM audit)"


@pytest.mark.parametrize(
    ("change", "finds"),
    [
        ("UPDATE audit SET subject = 'Schedule' WHERE seq = 7", ["row 7 was changed"]),
        ("UPDATE audit SET at = at + 1 WHERE seq = 4", ["row 4 was changed"]),
        ("UPDATE audit SET detail = detail || ' ' WHERE seq = 6", ["row 6 was changed"]),
        ("UPDATE audit SET content = NULL WHERE seq = 6",
         ["row 6 was changed"]),
        ("UPDATE audit SET previous = hash WHERE seq = 3", ["row 3 was changed"]),
        ("UPDATE audit SET hash = previous WHERE seq = 2",
         ["row 2 was changed", "row 3 does not follow row 2: one of them was written anew or put in"]),
        ("DELETE FROM audit WHERE seq = 6",
         ["row 6 is missing before row 7"]),
        ("DELETE FROM audit WHERE seq IN (1, 2)", ["rows 1 to 2 are missing before row 3"]),
        ("UPDATE audit SET seq = 20 WHERE seq = 7",
         ["rows 7 to 19 are missing before row 20", "row 20 was changed"]),
        ("UPDATE contents SET content = '{}' WHERE seq = 6", ["the content of row 6 was changed"]),
        ("UPDATE contents SET key = 'x' WHERE seq = 6", ["the content of row 6 was changed"]),
        ("INSERT INTO contents (seq, key, content) VALUES (7, 'k', '{}')",
         ["row 7 has content that nobody recorded"]),
        ("DELETE FROM contents WHERE seq = 6",
         ["the content of row 6 is gone, and no retention deleted it"]),
        ("UPDATE effects SET status = 'submitting', candidate = NULL WHERE hash = 'k1'",
         ["row 5 says that an effect is confirmed; the store says submitting: the effect was changed"]),
        ("UPDATE effects SET candidate = 'note-2' WHERE hash = 'k1'",
         ["row 5 tells of another candidate than the store: the effect was changed"]),
        ("DELETE FROM effects WHERE hash = 'k2'",
         ["row 4 tells of an effect that is not in the store: it was removed"]),
        ("UPDATE effects SET hash = 'k9' WHERE hash = 'k2'",
         ["an effect of test/default/procapita/note is in the store that no row tells of",
          "row 4 tells of an effect that is not in the store: it was removed"]),
    ],
)  # fmt: skip
def test_a_change_is_found_and_named(
    rich: SqlStore,
    database: Backend,
    change: str,
    finds: list[str],
) -> None:
    database.run(change)
    assert messages(rich) == finds


def test_a_chain_without_rows_is_not_intact(sql: SqlStore, database: Backend) -> None:
    database.run("DELETE FROM audit")
    assert messages(sql) == ["the chain is empty: all its rows are gone"]


def test_a_row_written_anew_is_found_by_the_next(rich: SqlStore, database: Backend) -> None:
    forged = replace(told(rich)[4], by="Olle")
    database.run(f"UPDATE audit SET \"by\" = 'Olle', hash = '{hash_of(forged)}' WHERE seq = 5")
    assert messages(rich) == ["row 6 does not follow row 5: one of them was written anew or put in"]


def test_text_that_is_no_text_any_more_is_named(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.db") as opened:
        opened.start_job(job("job-1"))
        assert messages(opened) == []
        with sqlite3.connect(tmp_path / "store.db") as raw:
            raw.execute("UPDATE audit SET subject = CAST(x'6a6f62ff31' AS TEXT) WHERE seq = 2")
        raw.close()
        assert messages(opened)[0] == "row 2 was changed"
        assert all(message.isprintable() for message in messages(opened))
        with pytest.raises(SystemException, match="the store failed: Could not decode"):
            list(opened.audit_rows())


def test_a_run_that_goes_on_does_not_disturb(sql: SqlStore, database: Backend) -> None:
    """While a chain is verified, others add to it: what they add after the beginning is not looked at."""
    item = claimed(sql)
    stopped = threading.Event()
    found: list[str] = []

    def write() -> None:
        with database.open() as mine:
            for n in range(10_000):
                mine.submit_effect(key(f"k{n}"), item, {"n": n})
                mine.confirm_effect(key(f"k{n}"), item, f"note-{n}")
                if stopped.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            found += messages(sql)
    finally:
        stopped.set()
        writer.join()
    assert found == []


def test_an_older_store_begins_its_chain_when_it_is_upgraded(database: Backend) -> None:
    engine = emptied(database, "0003")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('pepper', 'abab')")
        connection.exec_driver_sql(
            "INSERT INTO effects (scope, hash, status, submitted_at, job, item)"
            " VALUES ('test/default/procapita/note', 'abcd', 'submitting', 0, 'job-1', 1)"
        )
        stamp(connection, "0003")
    engine.dispose()
    with database.open() as opened:
        (row,) = told(opened)
        assert (row.action, row.by) == ("store.upgraded", "robotfabrik")
        assert messages(opened) == []
        opened.start_job(job("job-2"))
        opened.add_item(SPACE, NewItem("a", "", {}), "job-2")
        item = opened.claim(SPACE, "w1", "job-2", 600)
        opened.confirm_effect(key("abcd"), item, "note-1")  # by another job than the one that sent it
        assert messages(opened) == []


# --- heads


def test_heads_show_what_was_cut_or_written_anew(
    rich: SqlStore,
    database: Backend,
    tmp_path: Path,
) -> None:
    file = tmp_path / "heads.txt"
    heads.export(rich, file, date(2022, 11, 1))
    heads.export(rich, file, date(2022, 11, 2))  # nothing has happened
    head = rich.audit_head()
    assert file.read_text() == f"2022-11-01 7 {head.hash}\n"
    rich.audit(Entry("test.done", "a", "Eva"))
    heads.export(rich, file, date(2022, 11, 3))
    assert (heads.has(file, date(2022, 11, 3)), heads.has(file, date(2022, 11, 1))) == (True, False)
    assert list(heads.verify(rich, file)) == []

    database.run("DELETE FROM audit WHERE seq = 8")
    assert messages(rich) == []  # the chain agrees with itself
    (finding,) = heads.verify(rich, file)
    assert finding.message == "row 8, the last one on 2022-11-03, is gone: the end of the chain was cut off"
    rich.audit(Entry("test.forged", "a", "Eva"))
    assert messages(rich) == []
    (finding,) = heads.verify(rich, file)
    assert finding.message == "row 8 is not what it was on 2022-11-03: the chain was written anew"


def test_a_damaged_file_of_heads_is_told(rich: SqlStore, tmp_path: Path) -> None:
    file = tmp_path / "heads.txt"
    heads.export(rich, file, date(2022, 11, 1))
    file.write_text(file.read_text() + "something else\n")
    (finding,) = heads.verify(rich, file)
    assert f"{file}:2: this is no head of an audit" in finding.message
