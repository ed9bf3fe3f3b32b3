"""Every column of every row that the audit stands for: one change, and `audit verify` names it.

What it cannot see is listed here, and in docs/operating.md.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from robotfabrik.model.alerts import Cause
from robotfabrik.model.deployment import Decision, Release
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.model.records import ItemFilter
from robotfabrik.model.statistics import Subject, Told
from robotfabrik.model.survey import Survey
from robotfabrik.model.work import Settlement
from robotfabrik.store import SqlStore, open_store
from robotfabrik.store.tables import metadata
from tests.contract.test_store import DAY, REHEARSAL, SPACE, claim, claimed, job, key

TIMES = {"started_at", "ended_at", "seen_at", "available_at", "added_at", "claimed_at", "settled_at", "at",
         "submitted_at", "confirmed_at", "kept_at", "recorded_at", "queued_at", "told_at",
         "over_at", "due_at"}  # fmt: skip
ROWS = 5  # of each table
UNTOLD = {
    # of a job: what the chain does not name
    "jobs": {"process", "period", "rehearsal", "robot", "started_by", "owner", "configuration",
             "arguments", "machine", "wanted", "wanted_by", "pool", "requires", "trigger", "restart_of",
             "restarts", "tells", "dispatched"},
    # of an item that has ended: what no longer means anything
    "items": {"position", "owner", "epoch", "lease_until", "behind", "deadline", "found",
              "retracted"},
    "effects": set(), "interventions": {"id"}, "decisions": set(), "releases": set(), "audit": set(),
    "contents": set(), "meta": set(), "outcomes": set(),
    "surveys": {"position"},
    "efforts": {"what"},
    "alerts": {"machine", "subject", "what", "todo", "severity", "count", "since", "latest", "told_to"},
}  # fmt: skip


def live(store: SqlStore) -> None:
    """Something of everything."""
    for id, space in (("job-1", SPACE), ("job-r", REHEARSAL)):
        store.start_job(job(id, space))
    ends = {"a": "successful", "b": "business", "c": "failed", "d": "held", "e": "failed"}
    for name, status in ends.items():
        item = claimed(store, name, f"case {name}")
        store.submit_effect(key(name), item, {"text": name})
        if status != "held":
            store.confirm_effect(key(name), item, f"note-{name}")
        output = {"columns": {"namn": name}}
        ended: Any = (status, "E1", "why", ("R1",), output, {"n": 1})
        store.settle(item, Settlement(*ended, found="noted" if status == "successful" else ""), DAY)
    numbers = {item.reference: item.id for item in store.find_items(ItemFilter())}
    store.retry_item(numbers["c"], "Eva", "igen")
    store.settle_held(numbers["d"], "redo", "Eva", "finns inte")
    store.delete_item(numbers["e"], "Eva", "fel ärende")
    for name in ("c2", "d2"):
        again = claim(store)
        store.confirm_effect(key(name), again, f"note-{name}")
        store.settle(again, Settlement("successful"), DAY)
    release = Release({"bots/bot.yaml": "bot: 1\n"})
    decision = Decision(
        "bot", "driftsatt", "Eva", "chef", date(2022, 11, 1), "beslut", "drift", release.hash, "1.0.0",
        details={"tests": 3},
    )  # fmt: skip
    store.record_decision(decision, release)
    subject = Subject("bot", "test", "default")
    store.spend_hours(subject, DAY, 2.5, "ny regel", "Eva")
    for outcome in ("Åtgärdat", ""):
        store.count_outcomes(subject, [Told(DAY, outcome, rule="R1")], "Eva")
    for number in (7, 8):
        store.keep_survey(Survey("2022", "", {"Nöjd?": {"Ja": number, "Nej": 6}}), "Eva")
    store.raise_alert(Cause("raised", "bot", "slow", "look", 1.0, 1.0, bot="bot"))
    store.alerts.acknowledge(store.alerts.open()[0].id, "Eva")
    store.alerts.record([], lambda cause: True)
    store.end_job("job-1", "successful", {"checked": 5})
    store.end_job("job-r", "successful", {})


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lived") / "store.db"
    with open_store(path) as store:
        live(store)
        assert findings(store) == []
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return path


@pytest.fixture
def copied(lived: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Changes a copy of the store by one statement; what is found then."""
    path = tmp_path / "store.db"

    def changed(*statements: str) -> list[str]:
        for old in tmp_path.glob("store.db*"):
            old.unlink()
        shutil.copy(lived, path)
        raw = sqlite3.connect(path)
        raw.execute("PRAGMA ignore_check_constraints = ON")
        with raw:
            for statement in statements:
                raw.execute(statement)
        raw.close()
        return looked_at(path)

    return changed


def looked_at(path: Path) -> list[str]:
    """What `audit verify` says of a store: its findings, or why it cannot be read."""
    try:
        with open_store(path) as store:
            return findings(store)
    except (UsageError, SystemException) as error:
        return [str(error).splitlines()[0]]


def findings(store: SqlStore) -> list[str]:
    return [finding.message for finding in store.verify_audit()]


def spread(some: list[int], at_most: int) -> list[int]:
    return some if len(some) <= at_most else some[:: len(some) // at_most + 1]


def told_tables() -> list[tuple[str, str]]:
    return [(name, column.name) for name in UNTOLD for column in metadata.tables[name].columns]


def changed_value(column: sa.Column[Any]) -> str:
    """Another value of the same kind, as SQL."""
    match column.type:
        case sa.JSON():
            return f"replace(\"{column.name}\" || ' ', '{{', '{{\"x\": 1, ')"
        case sa.Date():
            return "'2022-11-02'"
        case sa.Boolean():
            return f'1 - "{column.name}"'
        case sa.Integer() | sa.Float():
            return f'coalesce("{column.name}", 0) + 100'
    if column.name == "status":
        return f"CASE WHEN \"{column.name}\" = 'failed' THEN 'successful' ELSE 'failed' END"
    return f"coalesce(\"{column.name}\", '') || 'x'"


def test_every_column_of_every_row(copied: Callable[..., list[str]], lived: Path) -> None:
    seen: Counter[str] = Counter()
    missed = []
    with sqlite3.connect(lived) as raw:
        sizes = {name: [row[0] for row in raw.execute(f"SELECT rowid FROM {name}")] for name in UNTOLD}
    raw.close()
    for table, name in told_tables():
        if name in TIMES - {"at"} or (name == "at" and table != "audit") or name in UNTOLD[table]:
            continue
        for rowid in spread(sizes[table], ROWS):
            value = changed_value(metadata.tables[table].c[name])
            statement = f'UPDATE {table} SET "{name}" = {value} WHERE rowid = {rowid}'
            try:
                found = copied(statement)
            except sqlite3.IntegrityError:  # an index does not allow it
                continue
            if found:
                seen[table] += 1
                assert all(message.isprintable() for message in found)
            elif not _same(lived, table, name, rowid, value):
                missed.append((table, name, rowid))
    assert missed == []
    assert seen.keys() == UNTOLD.keys()


def _same(path: Path, table: str, name: str, rowid: int, value: str) -> bool:
    """Was that no change at all?"""
    with sqlite3.connect(path) as raw:
        found = raw.execute(f'SELECT "{name}" IS {value} FROM {table} WHERE rowid = {rowid}').fetchone()
    raw.close()
    return bool(found[0])


@pytest.mark.parametrize("table", [name for name in UNTOLD if name != "meta"])
def test_a_row_that_is_gone_or_put_in(copied: Callable[..., list[str]], lived: Path, table: str) -> None:
    with sqlite3.connect(lived) as raw:
        rowids = [row[0] for row in raw.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
    raw.close()
    told = rowids if table != "jobs" else rowids[:1]
    for rowid in spread(told[: -1 if table == "audit" else None], ROWS):  # a cut end is for the heads to find
        assert copied(f"DELETE FROM {table} WHERE rowid = {rowid}"), rowid
    if table == "jobs":
        return  # a job that did nothing says nothing
    other = ", ".join(_other(column) for column in metadata.tables[table].columns)
    assert copied(f"INSERT INTO {table} SELECT {other} FROM {table} WHERE rowid = {rowids[0]}")


def _other(column: sa.Column[Any]) -> str:
    """The column of a row that is put in."""
    if (column.primary_key and isinstance(column.type, sa.Text)) or column.name in ("reference", "candidate"):
        return f"\"{column.name}\" || 'x'"
    if column.primary_key:
        return f'"{column.name}" + 1000'
    return f'"{column.name}"'


# --- bytes of the file


def said_of_bytes(lived: Path, folder: Path, places: list[int]) -> Counter[str]:
    """Turn one bit of each of these bytes, one at a time; what `audit verify` says."""
    path, whole = folder / "store.db", lived.read_bytes()
    before = contents_of(lived)
    said: Counter[str] = Counter()
    for at in places:
        for old in folder.glob("store.db*"):
            old.unlink()
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        found = looked_at(path)
        if not found:
            assert contents_of(path) == before, f"byte {at} changed what the audit stands for, unseen"
            said["not in what the audit stands for"] += 1
        elif any("row" in message and "damaged" not in message for message in found):
            said["a row named"] += 1
        else:
            said["the store damaged"] += 1
    return said


def contents_of(path: Path) -> dict[str, list[Any]]:
    """What of each table the audit stands for."""
    found = {}
    with sqlite3.connect(path) as raw:
        raw.text_factory = bytes
        for table, without in UNTOLD.items():
            columns = [c.name for c in metadata.tables[table].columns if c.name not in without]
            told = [name for name in columns if name not in TIMES or (table, name) == ("audit", "at")]
            listed = ", ".join(f'"{name}"' for name in told)
            found[table] = sorted(map(repr, raw.execute(f"SELECT {listed} FROM {table} NOT INDEXED")))
    raw.close()
    return found


def test_a_changed_byte_is_named_or_outside(lived: Path, tmp_path: Path) -> None:
    size = lived.stat().st_size
    said = said_of_bytes(lived, tmp_path, random.Random(1).sample(range(size), 120))
    assert said["a row named"] > 0
    assert said["the store damaged"] > 0


@pytest.mark.acceptance_long
def test_every_byte_is_named_or_outside(
    lived: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    said = said_of_bytes(lived, tmp_path, list(range(0, lived.stat().st_size, 3)))
    record_property("figures", ", ".join(f"{count} {what}" for what, count in sorted(said.items())))
