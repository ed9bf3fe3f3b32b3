"""Surveys as people read them: a table and a chart for each question, and nothing that few have said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from robotfabrik.documents.statistics.model import Cell, Chart, Key, Part, Table, Value
from robotfabrik.expressions.functions import månad
from robotfabrik.model.measures import Share
from robotfabrik.model.survey import FEWEST, Survey, in_order, mean
from robotfabrik.model.values import Month

OTHERS: Final = "Övriga svar"
ABOUT: Final = f"Svar som färre än {FEWEST} har gett står tillsammans under {OTHERS}."


def parts(surveys: Iterable[Survey]) -> list[Part]:
    """A part for each survey, after those of the robots."""
    return [_part(number, survey) for number, survey in enumerate(surveys, 1)]


def _part(number: int, survey: Survey) -> Part:
    when = survey.period if len(survey.period) == 4 else månad(Month.parse(survey.period))
    known = {text: of for text, of in survey.questions.items() if sum(of.values()) >= FEWEST}
    hidden = len(survey.questions) - len(known)
    questions = "En fråga" if hidden == 1 else f"{hidden} frågor"
    notes = (f"{questions} har färre än {FEWEST} svar och visas inte.",) if hidden else ()
    tables = [_question(text, answers) for text, answers in known.items()]
    if not tables:
        tables = [Table("Svar", ("Svar", "Antal"), (), notes)]
    elif notes:
        last = tables[-1]
        tables[-1] = Table(last.title, last.headings, last.rows, (*last.notes, *notes), last.chart)
    place = " · ".join(filter(None, (when, survey.dataset)))
    return Part(f"enkat-{number}", "Enkät", place, tuple(_keys(known)), tuple(tables))


def _keys(questions: Mapping[str, Mapping[str, int]]) -> Iterable[Key]:
    for text, answers in questions.items():
        average = mean(answers)
        if average is not None:
            yield Key(text, Value(average, "number"), f"medelbetyg, {sum(answers.values())} svar")


def _question(text: str, answers: Mapping[str, int]) -> Table:
    whole = sum(answers.values())
    shown = [(answer, number) for answer, number in in_order(answers.items()) if number >= FEWEST]
    few = whole - sum(number for _, number in shown)
    rows: list[tuple[Cell, ...]] = [
        (answer, Value(number), _percent(number, whole)) for answer, number in shown
    ]
    if few:
        known = few >= FEWEST
        rows.append((OTHERS, Value(few) if known else None, _percent(few, whole) if known else None))
    notes = (f"{whole} svar.", *((ABOUT,) if few else ()))
    return Table(text, ("Svar", "Antal", "Andel"), tuple(rows), notes, Chart("rows", (2,)))


def _percent(number: int, whole: int) -> Value | None:
    value = Share(number, whole, FEWEST).value
    return None if value is None else Value(value, "percent")
