"""What people answered in a survey: anonymous, as counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

FEWEST: Final = 5
"""An answer that fewer gave, and a question that fewer answered, are not shown."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey about a month or year: question → answer → how many. Data set "": about all of them."""

    period: str
    dataset: str
    questions: Mapping[str, Mapping[str, int]]

    @property
    def number(self) -> int:
        return sum(number for answers in self.questions.values() for number in answers.values())


def mean(answers: Mapping[str, int]) -> float | None:
    """The mean of answers that are all grades; None of others."""
    grades = [(as_grade(answer), number) for answer, number in answers.items()]
    if not grades or any(grade is None for grade, _ in grades):
        return None
    whole = sum(number for _, number in grades)
    return float(sum((grade or 0) * number for grade, number in grades) / whole)


def as_grade(answer: str) -> Decimal | None:
    try:
        grade = Decimal(answer.replace(",", "."))
    except InvalidOperation:
        return None
    return grade if grade.is_finite() else None


def in_order(answers: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Grades from the lowest, words by how many gave them; then as they are written."""

    def place(pair: tuple[str, int]) -> tuple[bool, Decimal, str]:
        grade = as_grade(pair[0])
        return (grade is None, Decimal(-pair[1]) if grade is None else grade, pair[0])

    return sorted(answers, key=place)
