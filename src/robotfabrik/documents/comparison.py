"""What a robot said of a month's cases beside what people decided: page, workbook (class case), figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from robotfabrik.documents.statistics import excel, html
from robotfabrik.documents.statistics.model import Cell, Document, Key, Part, Table, Value
from robotfabrik.documents.view import text
from robotfabrik.expressions.functions import månad
from robotfabrik.model.comparison import Compared, Pair
from robotfabrik.model.values import Month
from robotfabrik.runs.folder import write_private

NAME: Final = "compare"
CASES: Final = "Ärenden"
DEFINITIONS: Final = (
    ("Jämförda", "Ärenden där roboten har räknat fram ett resultat och en person har fattat beslut."),
    ("Lika", "Ärenden där alla jämförda uppgifter och belopp är lika."),
    ("Skillnad i belopp", "Personens belopp minus robotens."),
    ("Lämnade", "Ärenden som roboten har lämnat till handläggare utan eget resultat."),
    ("Väntar", "Ärenden där roboten har ett resultat och något beslut inte är läst."),
    ("Inte sedda", "Ärenden där en person har fattat beslut utan att roboten har läst dem."),
)
HOLDS: Final = "Innehåller uppgifter ur ärenden: spara och dela rapporten som handlingar i ett ärende."
UNDECIDED: Final = "inget beslut än"


@dataclass(frozen=True, slots=True)
class About:
    """What is compared: the robot, the month, whether its results are rehearsed, and the job that read."""

    bot: str
    robot: str
    month: Month
    rehearsed: bool
    job: str


def write(folder: Path, about: About, compared: Compared, made: datetime) -> list[Path]:
    """Write the page, the workbook and the figures beside what was read; their paths."""
    document = make_document(about, compared, made)
    figures = json.dumps(summarise(about, compared), ensure_ascii=False, indent=2).encode() + b"\n"
    drawn = {"html": html.draw(document), "xlsx": excel.draw(document), "json": figures}
    paths = []
    for kind, content in drawn.items():
        paths.append(folder / f"{NAME}.{kind}")
        write_private(paths[-1], content)
    return paths


def summarise(about: About, compared: Compared) -> dict[str, Any]:
    """Counts alone, for files that anyone in operations may read."""
    agreed = sum(one.agreed for one in compared.agreement)
    return {
        "bot": about.bot, "with": compared.section.bot, "month": str(about.month),
        "of": "rehearsal" if about.rehearsed else "live", "job": about.job,
        "compared": len(compared.pairs), "agreed": agreed, "differ": len(compared.disagreements),
        "agreement": [
            {"by": list(one.by), "compared": one.compared, "agreed": one.agreed,
             "share": one.agreed / one.compared}
            for one in compared.agreement
        ],
        "amounts": {
            name: {"count": found.count, "sum": str(found.sum), "largest": str(found.largest)}
            for name in compared.section.amounts
            if (found := compared.amounts(name))
        },
        "left": [
            {"by": list(by), "decided": None if decided is None else list(decided), "count": number}
            for (by, decided), number in in_order(compared)
        ],
        "waiting": len(compared.waiting), "unseen": len(compared.unseen),
    }  # fmt: skip


def with_cases(about: About, compared: Compared) -> dict[str, Any]:
    """The same with every disagreement, for the person who asks."""
    section = compared.section
    both = {**section.fields, **section.amounts}
    theirs = (*both.values(), *section.show)
    return {
        **summarise(about, compared),
        "disagreements": [
            {
                "key": list(pair.key), "by": list(pair.by), "differs": list(pair.differs),
                "said": {name: pair.said.get(name) for name in both},
                "decided": {name: pair.decided.get(name) for name in theirs},
            }
            for pair in compared.disagreements
        ],
        "waiting_cases": [list(key) for key in compared.waiting],
        "unseen_cases": [list(key) for key in compared.unseen],
    }  # fmt: skip


def in_order(compared: Compared) -> Sequence[tuple[tuple[Any, Any], int]]:
    """The cases left to people, by what they were left for; those not decided last."""
    return sorted(
        compared.decided_instead.items(),
        key=lambda found: (found[0][0], found[0][1] is None, found[0][1] or ()),
    )


# --- the document


def make_document(about: About, compared: Compared, made: datetime) -> Document:
    kind = "provkörda" if about.rehearsed else "skarpa"
    return Document(
        f"{about.robot} jämförd med personers beslut",
        f"{månad(about.month)}, robotens {kind} resultat",
        f"{made:%Y-%m-%d %H:%M}",
        () if compared.pairs else ("Det finns inga ärenden att jämföra.",),
        _agreement(compared),
        (
            Part(
                "jamforelse", "Jämförelse", f"Läst av {about.job}", _keys(compared),
                tuple(one if one.rows else replace(one, notes=("Inga.",)) for one in _tables(compared)),
            ),
        ),
        DEFINITIONS,
        HOLDS,
    )


def _keys(compared: Compared) -> tuple[Key, ...]:
    agreed = sum(one.agreed for one in compared.agreement)
    share = Value(agreed / len(compared.pairs), "percent") if compared.pairs else None
    amounts = (
        Key(f"{name}: skillnad", Value(float(found.sum), "kronor"), f"i {_cases(found.count)}")
        for name in compared.section.amounts
        if (found := compared.amounts(name))
    )
    return (
        Key("Jämförda", Value(len(compared.pairs))),
        Key("Lika", share, _cases(agreed)),
        *amounts,
        Key("Lämnade", Value(len(compared.left)), "till handläggare"),
        Key("Väntar", Value(len(compared.waiting)), "på beslut"),
        Key("Inte sedda", Value(len(compared.unseen)), "av roboten"),
    )


def _cases(number: int) -> str:
    return f"{number} ärende" if number == 1 else f"{number} ärenden"


def _agreement(compared: Compared) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (*one.by, Value(one.compared), Value(one.agreed), Value(one.agreed / one.compared, "percent"))
        for one in compared.agreement
    ]
    return Table(
        "Hur ofta besluten är lika", (*compared.section.by, "Jämförda", "Lika", "Andel"), tuple(rows)
    )


def _tables(compared: Compared) -> Iterable[Table]:
    section = compared.section
    if section.amounts:
        yield Table(
            "Skillnader i belopp", ("Belopp", CASES, "Summa", "Störst"),
            tuple(_amounts(compared, name) for name in section.amounts),
        )  # fmt: skip
    left: list[tuple[Cell, ...]] = [
        (*by, *_decided(compared, decided), Value(number))
        for (by, decided), number in in_order(compared)
    ]
    yield Table("Lämnade till handläggare, och vad de beslutade",
                (*section.by, *section.fields.values(), CASES), tuple(left))  # fmt: skip
    yield _disagreements(compared)
    for title, keys in (("Väntar på beslut", compared.waiting), ("Inte sedda av roboten", compared.unseen)):
        yield Table(title, section.key, keys)


def _decided(compared: Compared, decided: tuple[str, ...] | None) -> tuple[str, ...]:
    return decided or (UNDECIDED, *("" for _ in range(len(compared.section.fields) - 1)))


def _amounts(compared: Compared, name: str) -> tuple[Cell, ...]:
    found = compared.amounts(name)
    kronor = (Value(float(amount), "kronor") for amount in (found.sum, found.largest))
    return (name, Value(found.count), *kronor)


def _disagreements(compared: Compared) -> Table:
    """Every one of them, with both sides."""
    section = compared.section
    both = {**section.fields, **section.amounts}
    headings = (
        *section.key, *section.by,
        *(f"{name}, {who}" for name in both for who in ("robot", "person")),
        *(f"{name}, skillnad" for name in section.amounts), *section.show,
    )  # fmt: skip

    def row(pair: Pair) -> tuple[Cell, ...]:
        sides = (
            _side(value, is_amount=own in section.amounts)
            for own, other in both.items()
            for value in (pair.said.get(own), pair.decided.get(other))
        )
        differences = (_difference(pair.amounts, name) for name in section.amounts)
        shown = (text(pair.decided.get(name)) for name in section.show)
        return (*pair.key, *pair.by, *sides, *differences, *shown)

    return Table("Alla skillnader", headings, tuple(row(pair) for pair in compared.disagreements))


def _side(value: Any, *, is_amount: bool) -> Cell:
    return text(value) if value is None or not is_amount else Value(float(value), "kronor")


def _difference(amounts: Mapping[str, Any], name: str) -> Cell:
    return Value(float(amounts[name]), "kronor") if name in amounts else None
