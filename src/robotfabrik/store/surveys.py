"""Surveys in the store: of a period and data set the one that was told last."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from robotfabrik.model.audit import Entry
from robotfabrik.model.statistics import StatisticsFilter
from robotfabrik.model.survey import Survey
from robotfabrik.store import audit
from robotfabrik.store.comparing_told import digest
from robotfabrik.store.tables import now, surveys

_of: Final = (surveys.c.period, surveys.c.dataset)
_about = (
    sa.select(*_of, surveys.c.question, surveys.c.answer, surveys.c.number)
    .where(
        sa.or_(
            surveys.c.period.between(sa.bindparam("first_month"), sa.bindparam("last_month")),
            surveys.c.period.in_(sa.bindparam("years", expanding=True)),
        )
    )
    .order_by(*_of, surveys.c.position, surveys.c.answer)
)


def replace(connection: Connection, survey: Survey, by: str) -> None:
    """Keep a survey; what was told before of its period and data set gives way."""
    same = (surveys.c.period == survey.period, surveys.c.dataset == survey.dataset)
    connection.execute(sa.delete(surveys).where(*same))
    rows: list[dict[str, Any]] = [
        {
            "period": survey.period, "dataset": survey.dataset, "question": question, "answer": answer,
            "position": position, "number": number,
        }
        for position, (question, answers) in enumerate(survey.questions.items())
        for answer, number in answers.items()
    ]  # fmt: skip
    connection.execute(surveys.insert().values(told_at=now()), rows)
    told = digest((row["question"], row["answer"], row["number"]) for row in rows)
    detail = {"dataset": survey.dataset, "answers": told, "number": survey.number}
    audit.append(connection, Entry("survey.imported", survey.period, by, detail=detail))


def about(connection: Connection, wanted: StatisticsFilter) -> Sequence[Survey]:
    """The surveys about a month of the period, or about one of its years."""
    years = [str(year) for year in range(wanted.first.year, wanted.last.year + 1)]
    values = {"first_month": f"{wanted.first:%Y-%m}", "last_month": f"{wanted.last:%Y-%m}", "years": years}
    statement = _about
    if wanted.dataset is not None:
        statement = statement.where(surveys.c.dataset.in_(["", wanted.dataset]))
    found = []
    told = connection.execute(statement, values)
    for (period, dataset), rows in itertools.groupby(told, lambda row: (row.period, row.dataset)):
        questions: dict[str, dict[str, int]] = {}
        for row in rows:
            questions.setdefault(row.question, {})[row.answer] = row.number
        found.append(Survey(period, dataset, questions))
    return found
