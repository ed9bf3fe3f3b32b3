"""Reads a survey: questions, answers, how many. What could say who somebody is, is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from robotfabrik.cli.tabular import lines_of, text_of
from robotfabrik.model.errors import UsageError
from robotfabrik.model.masking import mask_patterns

COLUMNS: Final = {
    "question": ("question", "fråga"), "answer": ("answer", "svar", "grade", "betyg"),
    "number": ("number", "antal"),
}  # fmt: skip
LONGEST: Final = {"question": 200, "answer": 60}
DIGITS: Final = 7  # of a number of people
CHOICES: Final = 12
"""So many different answers a question of choices or grades has at most; more is free text."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file's answers: question → answer → how many; rows without an answer; columns that are not read."""

    questions: dict[str, dict[str, int]]
    empty: int
    unread: tuple[str, ...]


def read_survey(file: Path) -> Read:
    """The answers in a CSV or xlsx file; UsageError with the line that is wrong."""
    lines = iter(lines_of(file))
    titles = [text_of(name) for name in next(lines, ())]
    headings = [name.casefold() for name in titles]
    at = {name: headings.index(word) for name, words in COLUMNS.items() for word in words if word in headings}
    for name in ("question", "answer"):
        if name not in at:
            raise UsageError(f"{file.name} has no column {' or '.join(COLUMNS[name])}")
    questions: dict[str, dict[str, int]] = {}
    empty = 0
    for line, cells in enumerate(lines, 2):
        found = {name: text_of(cells[place]) if place < len(cells) else "" for name, place in at.items()}
        if not any(found.values()):
            continue
        if not found["answer"]:
            empty += 1
            continue
        question, answer, number = _row(found, f"{file.name}, line {line}")
        answers = questions.setdefault(question, {})
        answers[answer] = answers.get(answer, 0) + number
        if len(answers) > CHOICES:
            raise UsageError(
                f"{file.name}, line {line}: the question has more than {CHOICES} different answers. Free "
                "text is not imported: take the question out of the file. Nothing was imported"
            )
    if not questions:
        raise UsageError(f"{file.name} has no answers")
    unread = [title for place, title in enumerate(titles) if place not in at.values() and title]
    return Read(questions, empty, tuple(unread))


def _row(found: dict[str, str], where: str) -> tuple[str, str, int]:
    """What stands in a row. No text of it is told: it may be what somebody wrote."""
    number = found.get("number") or "1"
    if not number.isdecimal() or len(number) > DIGITS or int(number) < 1:
        raise UsageError(f"{where}: the number is no whole number from 1 to 9999999. Nothing was imported")
    if not found["question"]:
        raise UsageError(f"{where}: the question is missing. Nothing was imported")
    for name, longest in LONGEST.items():
        text = found[name]
        if len(text) > longest or "\n" in text or mask_patterns(text) != text:
            raise UsageError(
                f"{where}: the {name} is longer than {longest} letters, or holds a number or address of a "
                "person. Free text is not imported: take it out of the file. Nothing was imported"
            )
    return found["question"], found["answer"], int(number)


def told(read: Read, period: str) -> Sequence[str]:
    """What was imported, in lines for the person who did it."""
    number = sum(sum(answers.values()) for answers in read.questions.values())
    lines = [f"{number} answers to {len(read.questions)} questions imported for {period}"]
    if read.empty:
        lines.append(f"{read.empty} rows without an answer were not counted")
    if read.unread:
        lines.append(f"not read: the columns {', '.join(read.unread)}")
    return lines
