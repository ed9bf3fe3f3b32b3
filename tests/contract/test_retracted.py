"""An item whose effect has been taken back no longer counts as the last check of its case: in every store."""

# ruff: noqa: F401, F811

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from robotfabrik.model.process import Retention
from robotfabrik.model.records import ItemFilter
from robotfabrik.model.work import Item, Selection, Settlement
from tests.contract.test_store import (
    DAY,
    DONE,
    SPACE,
    backend,
    job,
    key,
    new,
    postgresql_server,
    store,
)

EARLIER = date(2022, 10, 1)
CORRECTIONS = SPACE.beside("retract")


def checked(store: Any, reference: str, on: date, status: Any = "successful") -> None:
    store.add_item(SPACE, new(reference, "case"), "job-1")
    item = store.claim(SPACE, "w", "job-1", 600)
    store.settle(item, Settlement(status), on)


def correcting(store: Any, reference: str) -> Item:
    """The correction of an item's effect, as a robot has it."""
    store.start_job(job("job-back", CORRECTIONS))
    store.add_item(CORRECTIONS, new(f"{reference}/0123456789ab", "case"), "job-back")
    item: Item = store.claim(CORRECTIONS, "w", "job-back", 600)
    return item


def last(store: Any) -> date | None:
    found: date | None = store.last_completed(SPACE, "case", DAY)
    return found


def test_the_check_before_counts_as_soon_as_the_correction_is_written(store: Any) -> None:
    checked(store, "case/2022-10", EARLIER)
    checked(store, "case/2022-11", DAY)
    correction = correcting(store, "case/2022-11")
    store.submit_effect(key("back"), correction)
    assert last(store) == DAY  # it may never be written
    store.confirm_effect(key("back"), correction, "N2")
    assert last(store) == EARLIER
    store.settle(correction, DONE, DAY)
    assert last(store) == EARLIER
    assert store.last_completed(SPACE, "case/2022-11", DAY) is None
    assert store.add_item(SPACE, new("case/2022-11", "case"), "job-2") == "done"  # not checked again then
    store.forget("bot", Retention(items=-1), "Eva", {})
    assert last(store) == EARLIER


@pytest.mark.parametrize(("verdict", "counts"), [("redo", DAY), ("done", None)])
def test_a_correction_that_a_person_has_found_counts(store: Any, verdict: Any, counts: date | None) -> None:
    checked(store, "case/2022-11", DAY)
    correction = correcting(store, "case/2022-11")
    store.submit_effect(key("back"), correction)
    store.settle(correction, Settlement("held", None, "in doubt"), DAY)
    (held,) = store.find_items(ItemFilter(process=CORRECTIONS.process, reference=correction.reference))
    store.settle_held(held.id, verdict, "Eva", "seen")
    assert last(store) == counts


def test_an_item_that_is_tried_again_stays_taken_back(store: Any) -> None:
    checked(store, "case/2022-11", DAY, "failed")
    correction = correcting(store, "case/2022-11")
    store.confirm_effect(key("back"), correction, "N2")
    store.settle(correction, DONE, DAY)
    (failed,) = store.find_items(ItemFilter(process=SPACE.process, reference="case/2022-11"))
    store.retry_item(failed.id, "Eva")
    store.settle(store.claim(SPACE, "w", "job-1", 600, Selection(reference="case/2022-11")), DONE, DAY)
    assert last(store) is None
