"""What a job wrote, over SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from robotfabrik.model.process import Retention
from robotfabrik.model.work import NewItem, Selection, Settlement
from tests.contract.test_store import DAY, SPACE, Backend, job, key


@pytest.fixture
def store(database: Backend) -> Iterator[Any]:
    with database.open() as opened:
        opened.start_job(job("job-1"))
        opened.start_job(job("job-10"))
        yield opened


def wrote(store: Any, name: str, job_id: str) -> None:
    store.add_item(SPACE, NewItem(name, name, {"number": name}), job_id)
    item = store.claim(SPACE, "w", job_id, 600, Selection(reference=name))
    store.submit_effect(key(name), item, {"text": f"Text {name}"})
    store.confirm_effect(key(name), item, f"N-{name}")
    output = {"effects": [["note", "written", {"text": "Ö"}]]}
    store.settle(item, Settlement("successful", output=output), DAY)


def test_each_effect_of_a_job_with_its_item_and_content(store: Any) -> None:
    for name, job_id in (("a", "job-1"), ("b", "job-10"), ("c", "job-1")):
        wrote(store, name, job_id)
    found = store.written_by("job-1")
    assert [(w.item.reference, w.name, w.content, w.sent, w.effect.candidate) for w in found] == [
        ("a", "note", {"text": "Text a"}, True, "N-a"), ("c", "note", {"text": "Text c"}, True, "N-c"),
    ]  # fmt: skip
    assert [w.item.reference for w in store.written_by("job-10")] == ["b"]
    assert store.written_by("job-2") == []


def test_what_retention_has_left(store: Any) -> None:
    wrote(store, "a", "job-1")
    store.forget("bot", Retention(audit=0), "Eva", {})
    assert [w.content for w in store.written_by("job-1")] == [{"text": "Ö"}]  # the item knows it still
    store.forget("bot", Retention(items=0), "Eva", {})
    (written,) = store.written_by("job-1")
    assert (written.content, written.sent, written.effect.status) == (None, True, "confirmed")
    assert written.item.thinned_at is not None
