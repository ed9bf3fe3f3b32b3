"""Measures of a made-up month, over SQLite and PostgreSQL: right to the unit, the same after retention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from robotfabrik.model.measures import MeasureRow, Share
from robotfabrik.model.process import Retention
from robotfabrik.model.values import Month
from robotfabrik.model.work import NewItem, Settlement
from tests.contract.test_statistics import ELSEWHERE, HERE, NOVEMBER, OCTOBER, ended, here
from tests.contract.test_store import REHEARSAL, SPACE, Backend, job

RULES = ("M4 share", "M6", None)


def one(number: int) -> Settlement:
    """Application `number`: a third on paper; every second wrote of something more."""
    digital, rule = number % 3 != 0, RULES[number % 3]
    observed: dict[str, Any] = {
        "antal": number,
        "Digitala": {"show": "share", "of": digital},
        "Snabba": {"show": "share", "of": number < 8, "by": "Digital" if digital else None},
        "Belopp": {"show": "mean", "of": f"{number}.50"},
    }
    if rule is not None:
        observed["Regler"] = {"show": "frequency", "of": rule}
    words = {"Poster": {"show": "frequency", "of": ["Glasögon", "Cykel" if number == 12 else "Möbler"]}}
    output = {"private": words} if number % 2 == 0 else {}
    return Settlement("successful", output=output, analytics=observed)


@pytest.fixture
def store(database: Backend) -> Iterator[Any]:
    with database.open() as opened:
        opened.start_job(job("job-1"))
        opened.start_job(replace(job("job-2"), date=OCTOBER))
        opened.start_job(job("job-r", REHEARSAL))
        opened.start_job(job("job-e", ELSEWHERE))
        for number in range(1, 13):
            ended(opened, str(number), one(number))
        for number in (1, 2, 3):
            ended(opened, str(number), one(number), OCTOBER, job_id="job-2")
        ended(opened, "tried", one(1), space=REHEARSAL, job_id="job-r")
        ended(opened, "there", one(1), space=ELSEWHERE, job_id="job-e")
        opened.add_item(SPACE, NewItem("open", "", {}), "job-1")
        yield opened


def test_a_month_comes_to_known_figures(store: Any) -> None:
    found = {measure.name: measure for measure in here(store).measures}
    assert list(found) == ["Belopp", "Digitala", "Regler", "Snabba"]
    assert found["Digitala"].rows == (MeasureRow(None, None, 12, Decimal(8)),)
    assert found["Digitala"].rows[0].share == Share(8, 12)
    assert found["Digitala"].months == (
        (Month(2022, 10), Share(2, 3)), (Month(2022, 11), Share(8, 12)),
    )  # fmt: skip
    assert (found["Snabba"].grouped, found["Digitala"].grouped) == (True, False)
    assert found["Snabba"].rows == (
        MeasureRow("Digital", None, 8, Decimal(5)), MeasureRow(None, None, 4, Decimal(2)),
    )  # fmt: skip
    assert found["Regler"].rows == (
        MeasureRow(None, "M4 share", 4, Decimal(4)), MeasureRow(None, "M6", 4, Decimal(4)),
    )  # fmt: skip
    (belopp,) = found["Belopp"].rows
    assert (belopp.total, belopp.mean, belopp.amount) == (Decimal("84.00"), 7.0, 84.0)


def test_what_people_wrote_is_counted_apart(store: Any) -> None:
    frequencies = store.frequencies(NOVEMBER)
    assert list(frequencies) == [HERE]
    (measure,) = frequencies[HERE]
    assert [(row.value, row.number) for row in measure.rows] == [("Glasögon", 6), ("Möbler", 5), ("Cykel", 1)]
    assert "Glasögon" not in repr(store.statistics(NOVEMBER))


def test_a_share_of_too_few_is_not_shown(store: Any) -> None:
    (october,) = store.statistics(replace(NOVEMBER, first=OCTOBER, last=date(2022, 10, 31)))
    amounts, digital, *_ = october.measures
    assert (digital.rows[0].share.value, amounts.rows[0].mean, amounts.rows[0].amount) == (None, None, None)


def test_retention_keeps_the_figures_and_forgets_the_words(store: Any, database: Backend) -> None:
    database.run("UPDATE items SET settled_at = settled_at - 864000, added_at = added_at - 864000")
    before = store.statistics(NOVEMBER)
    assert before[0].measures
    store.forget("bot", Retention(items=5, audit=1), "Eva", {})
    assert store.statistics(NOVEMBER) == before
    assert store.frequencies(NOVEMBER) == {}
    assert list(store.verify_audit()) == []


def test_a_try_that_failed_counts_until_it_is_tried_again(store: Any) -> None:
    def digital() -> int:
        return next(one.rows[0].number for one in here(store).measures if one.name == "Digitala")

    before = digital()
    failed = ended(store, "failed", replace(one(3), status="failed", exception="SE2"))
    assert digital() == before + 1
    store.retry_item(failed, "Eva")
    assert digital() == before
