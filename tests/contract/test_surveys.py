"""Surveys over SQLite and PostgreSQL: the newest of a period holds, and the chain tells of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from robotfabrik.model.survey import Survey
from tests.contract.test_statistics import NOVEMBER
from tests.contract.test_store import Backend

YEAR = Survey("2022", "", {"Nöjd?": {"Ja": 40, "Nej": 7}, "Betyg": {"5": 9, "1": 5}})
MONTH = Survey("2022-11", "trelleborg", {"Nöjd?": {"Ja": 3}})


@pytest.fixture
def store(database: Backend) -> Iterator[Any]:
    with database.open() as opened:
        for survey in (YEAR, MONTH, replace(YEAR, period="2021"), replace(MONTH, period="2022-10")):
            opened.keep_survey(survey, "Eva")
        yield opened


def test_a_period_has_the_surveys_about_it(store: Any) -> None:
    assert store.surveys(NOVEMBER) == [YEAR, MONTH]
    assert list(store.surveys(NOVEMBER)[0].questions) == ["Nöjd?", "Betyg"]  # as they were asked
    assert store.surveys(replace(NOVEMBER, dataset="default")) == [YEAR]
    assert store.surveys(replace(NOVEMBER, dataset="trelleborg")) == [YEAR, MONTH]
    whole = store.surveys(replace(NOVEMBER, first=date(2021, 12, 1)))
    assert [survey.period for survey in whole] == ["2021", "2022", "2022-10", "2022-11"]


def test_the_newest_telling_holds_and_the_audit_knows(store: Any, database: Backend) -> None:
    corrected = replace(YEAR, questions={"Nöjd?": {"Ja": 41}})
    store.keep_survey(corrected, "Bo")
    assert store.surveys(NOVEMBER) == [corrected, MONTH]
    row = [row for row in store.audit_rows() if row.action == "survey.imported"][-1]
    assert (row.subject, row.by, json.loads(row.detail)["number"]) == ("2022", "Bo", 41)
    assert list(store.verify_audit()) == []
    database.run("UPDATE surveys SET number = 99 WHERE period = '2022'")
    assert [finding.message for finding in store.verify_audit()] == [
        f"row {row.seq} tells of the survey of 2022: it was changed"
    ]
