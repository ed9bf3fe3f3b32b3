"""What is deleted when its time has come, over SQLite and PostgreSQL: cases go, what is counted stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Retention
from robotfabrik.model.records import ItemFilter
from robotfabrik.model.work import Selection, Settlement
from robotfabrik.store import open_store
from tests.contract.test_store import DAY, REHEARSAL, SPACE, Backend, claimed, job, key, new

PRIVATE = "Åsa Hemlig"
TODAY = -1
"""Days: older than tomorrow. The audit's own times cannot be moved without breaking its chain."""


@pytest.fixture
def old(database: Backend) -> Backend:
    """Items of every outcome, settled 100 days ago, one with an effect nobody saw, and an open one."""
    with database.open() as store:
        store.start_job(job("job-1"))
        for name, status, seen in (
            ("successful", "successful", True), ("business", "business", True), ("failed", "failed", True),
            ("held", "held", False), ("unseen", "failed", False),
        ):  # fmt: skip
            item = claimed(store, f"{name}-1", f"case-{name}")
            store.progress(item, PRIVATE)
            store.submit_effect(key(name), item, {"text": PRIVATE})
            if seen:
                store.confirm_effect(key(name), item, f"note-{name}")
            store.settle(
                item, Settlement(status, "E1", PRIVATE, ("R1",), {"columns": {"namn": PRIVATE}}), DAY
            )
        store.add_item(SPACE, new("open", name=PRIVATE), "job-1")
    database.run("UPDATE items SET settled_at = settled_at - 8640000, added_at = added_at - 8640000")
    return database


def test_items_are_thinned_and_still_counted(old: Backend) -> None:
    with old.open() as store:
        before = store.items(SPACE)
        assert store.would_forget("bot", Retention(items=99)) == (3, 0)
        assert store.items(SPACE) == before
        assert store.forget("bot", Retention(items=101), "Eva", {}) == (0, 0)
        assert store.forget("other", Retention(items=99), "Eva", {}) == (0, 0)
        assert store.forget("bot", Retention(), "Eva", {}) == (0, 0)
        assert store.items(SPACE) == before
        assert store.forget("bot", Retention(items=99), "Eva", {"runs": 2}) == (3, 0)
        assert store.forget("bot", Retention(items=99), "Eva", {}) == (0, 0)
        assert store.unsettled("bot", 99) == 3
        kept = [item for item in store.items(SPACE) if PRIVATE in repr(item)]
        assert [item.reference for item in kept] == ["held-1", "unseen-1", "open"]
        for item in (one for one in store.items(SPACE) if one not in kept):
            assert (item.reference[0], item.lock[0]) == ("#", "#")
            assert (item.fields, item.output, item.reason, item.progress) == ({}, {}, "", "")
            assert (item.exception, item.rules, item.job) == ("E1", ("R1",), "job-1")
        assert store.last_completed(SPACE, "successful-1", DAY) == DAY
        assert store.last_completed(SPACE, "case-successful", DAY) == DAY
        assert store.add_item(SPACE, new("successful-1"), "job-1") == "done"
        assert list(store.verify_audit()) == []
        told = [row for row in store.audit_rows() if row.action == "retention.applied"]
        assert [(row.subject, row.by, row.bot) for row in told][3] == ("bot", "Eva", "bot")
        assert json.loads(told[3].detail) == {
            "days": {"evidence": 30, "runs": None, "items": 99, "audit": None},
            "deleted": {"runs": 2, "items": 3, "audit": 0},
        }


def test_contents_go_and_the_chain_stays_whole(old: Backend) -> None:
    with old.open() as store:
        seq = next(row.seq for row in store.audit_rows() if row.content is not None)
        assert store.open_audit_content(seq, "Eva")[1]["content"] == {"text": PRIVATE}
        assert store.forget("bot", Retention(audit=1), "Eva", {}) == (0, 0)
        assert store.would_forget("bot", Retention(audit=TODAY)) == (0, 13)
        assert store.forget("bot", Retention(audit=TODAY), "Eva", {}) == (0, 13)
        assert store.open_audit_content(seq, "Eva")[1] is None
        assert list(store.verify_audit()) == []


def test_what_is_deleted_is_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as store:
        store.start_job(job("job-1"))
        for n in range(30):
            item = claimed(store, f"CANARY-{n}", f"CANARY lock {n}")
            store.submit_effect(key(f"k{n}"), item, {"text": f"CANARY {'x' * 200 * (n % 7)}"})
            store.confirm_effect(key(f"k{n}"), item, f"note-{n}")
            store.settle(item, Settlement("successful", output={"text": "CANARY" * 40 * (n % 9)}), DAY)
        store.forget("bot", Retention(items=TODAY, audit=TODAY), "Eva", {})
        for file in tmp_path.iterdir():
            assert b"CANARY" not in file.read_bytes(), file.name


def test_what_was_deleted_is_not_handled_again(old: Backend) -> None:
    """A reference stays used for ever: whatever its item ended as, adding it again makes none."""
    with old.open() as store:
        (failed,) = (item for item in store.find_items(ItemFilter(status="failed")) if not item.in_doubt)
        store.delete_item(failed.id, "Eva", PRIVATE)
        assert store.forget("bot", Retention(items=TODAY), "Eva", {})[0] == 3
        before = len(store.find_items(ItemFilter(every_try=True)))
        for reference in ("successful-1", "business-1", "failed-1"):
            assert store.add_item(SPACE, new(reference, "case", n=1), "job-1") == "done"
        assert len(store.find_items(ItemFilter(every_try=True))) == before
        assert store.claim(SPACE, "w1", "job-1", 60, Selection(reference="successful-1")) is None
        with pytest.raises(UsageError, match="thinned"):
            store.retry_item(failed.id, "Eva", "")
        assert store.add_item(REHEARSAL, new("successful-1"), "job-1") == "added"  # a rehearsal is its own
        assert list(store.verify_audit()) == []
