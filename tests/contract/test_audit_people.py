"""What people do stands in the audit, over every store: who, what and which bot; cases and notes apart."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from robotfabrik.engine.ports import Store
from robotfabrik.model.audit import AuditRow
from robotfabrik.model.deployment import Decision, Release
from robotfabrik.model.errors import UsageError
from robotfabrik.model.records import ItemFilter
from robotfabrik.model.work import Settlement
from robotfabrik.store import MemoryStore, audit
from tests.contract.test_audit import told
from tests.contract.test_store import DAY, REHEARSAL, SPACE, Backend, claimed, job, key, new, only

CASE = "20220101-1234"
NOTE = "Åsa Hemlig ringde"
SEEN = [{"id": "note-7", "text": NOTE}]


def held(store: Any, *, sent: bool = True) -> int:
    item = claimed(store, CASE, CASE)
    if sent:
        store.submit_effect(key("k"), item, {"text": NOTE})
    doubt = {
        "effect": "note", "scope": key("k").scope, "hash": "k", "content": {}, "candidates": SEEN,
    }  # fmt: skip
    store.settle(item, Settlement("held", None, NOTE, output={"doubt": doubt}), DAY)
    return item.id


def done_by(store: Any, person: str = "Eva") -> list[AuditRow]:
    return [row for row in told(store) if row.by == person]


def content_of(store: Any, row: AuditRow) -> Any:
    """What stands beside a row; a store in memory keeps none."""
    assert row.content is not None
    return None if isinstance(store, MemoryStore) else store.open_audit_content(row.seq, "Olle")[1]


def assert_sound(store: Any) -> None:
    assert not any(text in repr(told(store)) for text in (CASE, NOTE, "note-7"))
    if not isinstance(store, MemoryStore):
        assert list(store.verify_audit()) == []


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize(
    ("verdict", "effect"),
    [("done", "effect.confirmed"), ("redo", "effect.withdrawn"), ("by-hand", "effect.confirmed")],
)
def test_a_doubt_that_is_settled(store: Any, verdict: Any, effect: str, sent: bool) -> None:
    number = held(store, sent=sent)
    following = store.settle_held(number, verdict, "Eva", NOTE)
    *effects, settled = done_by(store)
    assert [row.action for row in effects] == [effect] * (sent or verdict != "redo")
    for row in effects:
        assert (row.subject, row.bot, row.release) == (key("k").scope, "bot", "r1")
        assert json.loads(row.detail) == {"effect": "k", "item": number, "job": "job-1"}
    assert (settled.action, settled.subject, settled.bot) == ("held.settled", f"item {number}", "bot")
    assert json.loads(settled.detail) == {"as": verdict, "next": following}
    assert content_of(store, settled) in (None, {"reference": CASE, "note": NOTE})
    assert_sound(store)
    if verdict != "by-hand":  # the robot goes on from there
        again = store.claim(SPACE, "w2", "job-1", 600, only(CASE))
        if verdict == "redo":
            store.submit_effect(key("k"), again, {"text": NOTE})
        store.confirm_effect(key("k"), again, "note-7")
        assert_sound(store)


def test_what_was_sent_and_never_seen_is_settled(store: Any) -> None:
    """No doubt was told: the item failed after several effects were sent."""
    item = claimed(store, CASE)
    for name in ("k1", "k2"):
        store.submit_effect(key(name), item)
    store.settle(item, Settlement("failed", "SE1", NOTE), DAY)
    store.settle_held(item.id, "redo", "Eva", NOTE)
    assert [row.action for row in done_by(store)] == ["effect.withdrawn"] * 2 + ["held.settled"]
    assert_sound(store)


def test_what_is_confirmed_already_is_not_told_again(store: Any) -> None:
    number = held(store, sent=False)
    other = claimed(store, "other")
    store.confirm_effect(key("k"), other, "note-8")
    store.settle_held(number, "by-hand", "Eva", NOTE)
    assert [row.action for row in done_by(store)] == ["held.settled"]
    assert_sound(store)


def test_items_that_people_touch(store: Any) -> None:
    item = claimed(store, CASE)
    store.settle(item, Settlement("failed", "SE1", NOTE), DAY)
    following = store.retry_item(item.id, "Eva", NOTE)
    store.postpone_item(following, 9e9, "Eva", NOTE)
    store.delete_item(following, "Eva", NOTE)
    rows = done_by(store)
    assert [(row.action, row.subject, row.bot, json.loads(row.detail)) for row in rows] == [
        ("item.retried", f"item {item.id}", "bot", {"next": following}),
        ("item.postponed", f"item {following}", "bot", {"until": 9e9}),
        ("item.deleted", f"item {following}", "bot", {}),
    ]
    for row in rows:
        assert content_of(store, row) in (None, {"reference": CASE, "note": NOTE})
    assert_sound(store)


def test_what_is_refused_is_not_told(store: Any) -> None:
    number = held(store)
    store.add_item(SPACE, new("waits"), "job-1")
    (waiting,) = store.find_items(ItemFilter(reference="waits"))
    for refused in (
        lambda: store.retry_item(number, "Eva", NOTE),
        lambda: store.postpone_item(number, 9e9, "Eva", NOTE),
        lambda: store.delete_item(number, "Eva", NOTE),
        lambda: store.settle_held(waiting.id, "done", "Eva", NOTE),
        lambda: store.settle_held(number, "done", "Eva", NOTE, candidate="nothing"),
        lambda: store.want("nowhere", "stop", "Eva"),
    ):
        with pytest.raises(UsageError):
            refused()
    with pytest.raises(LookupError):
        store.record_decision(decision(release="0" * 64), None)
    assert done_by(store) == []
    assert_sound(store)


def test_an_act_stands_or_falls_with_its_row(database: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> int:
        raise RuntimeError

    with database.open() as opened:
        opened.start_job(job("job-1"))
        number = held(opened)
        with monkeypatch.context() as patch:
            patch.setattr(audit, "append", broken)
            with pytest.raises(RuntimeError):
                opened.settle_held(number, "done", "Eva", NOTE)
        assert opened.item(number).status == "held"
        assert opened.effect(key("k")).status == "submitting"
        assert opened.interventions_of([number]) == []
        assert_sound(opened)


def test_jobs_that_people_end(store: Any) -> None:
    store.start_job(job("job-9"))
    for wish in ("stop", "kill"):
        store.want("job-9", wish, "Eva")
    rows = [(row.action, row.subject, row.bot, row.release) for row in done_by(store)]
    assert rows == [("job.stop_asked", "job-9", "bot", "r1"), ("job.kill_asked", "job-9", "bot", "r1")]


def decision(**values: Any) -> Decision:
    given: dict[str, Any] = {
        "bot": "bot", "step": "driftsatt", "by": "Eva", "role": "chef", "on": date(2022, 11, 1),
        "note": NOTE, "recorded_by": "drift01", "version": "1.2.0", "details": {"tests": 3},
    }  # fmt: skip
    return Decision(**given | values)


def test_decisions_about_a_deployment(store: Store) -> None:
    release = Release({"bots/bot.yaml": "bot: 1\n"})
    given: Any = store
    first = given.record_decision(decision(release=release.hash), release)
    given.record_decision(decision(release=release.hash, rollback=True), None)
    rows = done_by(store)
    assert [row.action for row in rows] == ["deployment.decided", "deployment.rolled_back"]
    for row in rows:
        assert (row.subject, row.bot, row.release) == ("bot", "bot", release.hash)
        assert content_of(store, row) in (None, {"note": NOTE, "details": {"tests": 3}})
    detail = json.loads(rows[0].detail)
    assert len(detail.pop("digest")) == 64
    assert detail == {
        "number": first.number, "on": "2022-11-01", "recorded_by": "drift01", "role": "chef",
        "step": "driftsatt", "version": "1.2.0",
    }  # fmt: skip
    assert_sound(store)


def test_what_nobody_takes_is_given_up_by_the_system(backend: Backend, store: Any) -> None:
    """No person did it, and it is told all the same; a rehearsal's items are not."""
    item = claimed(store, CASE)
    store.add_item(REHEARSAL, new("r"), "job-r")
    assert store.claim(REHEARSAL, "w", "job-r", 600) is not None
    backend.pass_time(600 + 86_401)
    assert store.abandon() == 2
    (row,) = done_by(store, "robotfabrik")[-1:]
    assert (row.action, row.subject, row.bot) == ("item.abandoned", f"item {item.id}", "bot")
    assert json.loads(row.detail) == {"job": "job-1"}
    assert sum(row.action == "item.abandoned" for row in told(store)) == 1
    (shown,) = store.find_items(ItemFilter(status="abandoned"))
    assert shown.reference == CASE
    store.retry_item(shown.id, "Eva", NOTE)
    assert_sound(store)
