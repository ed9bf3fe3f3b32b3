"""The facit of payments and of the sample: what follows when every bifall has been approved."""

import copy
from collections import Counter

import pytest

from fixtures.build import build
from fixtures.verify import VerificationError, verify

Town = tuple[dict[str, list[dict[str, str]]], dict[str, bytes]]


@pytest.fixture(scope="module")
def sound() -> Town:
    return build(1, 40, "trelleborg")


def _rows(town: Town, robot: str) -> list[dict[str, str]]:
    return [row for row in town[0]["facit.csv"] if row["robot"] == robot]


def test_every_bifall_is_paid_once(sound: Town) -> None:
    granted = {r["subject"]: r["amount"] for r in _rows(sound, "handlaggning") if r["code"] == "BIFALL"}
    paid = {r["subject"]: r["amount"] for r in _rows(sound, "utbetalning") if r["code"] == "BIFALL"}
    assert paid == granted
    assert len(_rows(sound, "utbetalning")) == len(granted) + 1  # and what a caseworker has decided
    assert {row["day"] for row in _rows(sound, "utbetalning")} == {"2022-11-02"}
    accounts = {person["account"] for person in sound[0]["people.csv"]} - {""}
    assert {row["account"] for row in _rows(sound, "utbetalning")} <= accounts


def test_the_sample_has_a_row_for_every_application(sound: Town) -> None:
    applied = [row["subject"] for row in _rows(sound, "handlaggning")]
    rows = _rows(sound, "stickprov")
    assert [row["subject"] for row in rows] == applied
    assert Counter(r["code"] for r in rows if r["status"] not in ("digital", "paper")) == {
        "BE1": 4, "BE8": 1, "BE9": 1,
    }  # fmt: skip
    new = {row["subject"] for row in _rows(sound, "handlaggning") if row["code"] == "M3"}
    assert {row["subject"] for row in rows if row["code"] == "NYANSOKAN"} == new
    assert all(("senast 2022-11-15" in row["text"]) == (row["day"] != "") for row in rows)


@pytest.mark.parametrize(
    ("robot", "column", "value"),
    [("utbetalning", "amount", "1"), ("utbetalning", "account", "1-1"), ("utbetalning", "day", "2022-11-03"),
     ("stickprov", "text", "x"), ("stickprov", "status", "paper"), ("stickprov", "day", "")],
)  # fmt: skip
def test_another_facit_contradicts_the_data(sound: Town, robot: str, column: str, value: str) -> None:
    tables, inbox = copy.deepcopy(sound)
    next(row for row in tables["facit.csv"] if row["robot"] == robot)[column] = value
    with pytest.raises(VerificationError, match=robot):
        verify(tables, "trelleborg", inbox)
