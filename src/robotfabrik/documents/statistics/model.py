"""What the page and the workbook show: figures, and tables of which some are drawn as charts too."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from robotfabrik.expressions.functions import kr, tal

Form = Literal["count", "number", "percent", "hours", "duration", "kronor"]
NONE = "–"
"""What stands where there is no figure, or where it would say too little."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number and how it is shown. percent: 1 is 100 %; duration: seconds."""

    number: float
    form: Form = "count"


Cell = str | Value | None


@dataclass(frozen=True, slots=True)
class Chart:
    """How a table's columns are drawn. The first column names the points.

    stacked: columns of parts that add up; line: a line a column; rows: a bar a row, of one column.
    """

    kind: Literal["stacked", "line", "rows"]
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A figure that stands out, with what it is of."""

    name: str
    value: Cell
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One robot."""

    id: str
    title: str
    place: str
    keys: tuple[Key, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    period: str
    made: str
    notices: tuple[str, ...]
    overview: Table
    parts: tuple[Part, ...]
    definitions: tuple[tuple[str, str], ...]
    holds: str = "Innehåller bara antal, tider och andelar, inga ärenden och inga personer."


def text(cell: Cell) -> str:
    """A cell in Swedish: 1 234, 12,5 %, 3 min 20 s."""
    if cell is None:
        return NONE
    if isinstance(cell, str):
        return cell
    number = Decimal(repr(cell.number))
    match cell.form:
        case "percent":
            return f"{tal(number * 100, 1)} %"
        case "hours" | "number":
            return tal(number, 1)
        case "duration":
            return _lasted(cell.number)
        case "kronor":
            return kr(number.quantize(Decimal(1)))
    return tal(number)


def _lasted(seconds: float) -> str:
    """In the two units that say enough."""
    if seconds < 1:
        return "under 1 s"
    seconds = round(seconds)
    for unit, size, smaller, part in (
        ("dygn", 86_400, "tim", 3_600), ("tim", 3_600, "min", 60), ("min", 60, "s", 1),
    ):  # fmt: skip
        if seconds >= size:
            whole, rest = divmod(round(seconds / part), size // part)
            return f"{whole} {unit} {rest} {smaller}" if rest else f"{whole} {unit}"
    return f"{seconds:g} s"
