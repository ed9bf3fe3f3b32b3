"""Measures of what robots handle: what was observed of each item, and what it comes to over many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from robotfabrik.model.result import Choice
from robotfabrik.model.values import Month

Show = Literal["share", "mean", "sum", "frequency"]
SHOWS: Final[tuple[Show, ...]] = get_args(Show)
FEWEST: Final = 10
"""A share, mean or sum of fewer than so many says nothing, or too much of one: it is not shown."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share, with what it is a share of."""

    part: int
    whole: int
    least: int = FEWEST

    @property
    def value(self) -> float | None:
        """From 0 to 1; None when it is a share of too few."""
        return None if self.whole < self.least else self.part / self.whole


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """What was observed of the items of a group. `value`: what a frequency counts."""

    by: Choice
    value: Choice
    number: int  # of observations
    total: Decimal  # of a share, those that are so; of a mean or sum, all added up

    @property
    def share(self) -> Share:
        return Share(int(self.total), self.number)

    @property
    def amount(self) -> float | None:
        """The sum; None when it is one of too few."""
        return None if self.number < FEWEST else float(self.total)

    @property
    def mean(self) -> float | None:
        return None if self.number < FEWEST else float(self.total / self.number)

    def __add__(self, other: MeasureRow) -> MeasureRow:
        """Two groups as one."""
        return MeasureRow(None, self.value, self.number + other.number, self.total + other.total)


@dataclass(frozen=True, slots=True)
class MeasureFigures:
    """A measure over a period. `months`: a share in each month in which it was observed."""

    name: str
    show: Show
    grouped: bool
    rows: tuple[MeasureRow, ...]
    months: tuple[tuple[Month, Share], ...] = ()


def tallied(observed: Iterable[tuple[str, Mapping[str, Any], int]]) -> list[MeasureFigures]:
    """What observations come to: a measure's name, what was observed, and of how many items."""
    found: dict[tuple[str, Show], dict[tuple[Choice, Choice], MeasureRow]] = {}
    grouped: set[tuple[str, Show]] = set()
    for name, one, times in observed:
        measure = (name, one["show"])
        if "by" in one:
            grouped.add(measure)
        rows = found.setdefault(measure, {})
        for value, amount in _parts(one):
            key = (one.get("by"), value)
            before = rows.get(key)
            number, total = (before.number, before.total) if before else (0, Decimal(0))
            rows[key] = MeasureRow(*key, number + times, total + amount * times)
    return [
        MeasureFigures(*measure, measure in grouped, tuple(sorted(rows.values(), key=_order)))
        for measure, rows in sorted(found.items())
    ]


def _parts(one: Mapping[str, Any]) -> Iterable[tuple[Choice, Decimal]]:
    """What an item adds to its group: a list has several elements."""
    of = one["of"]
    match one["show"]:
        case "share":
            return [(None, Decimal(bool(of)))]
        case "mean" | "sum":
            return [(None, Decimal(of))]
    return [(element, Decimal(1)) for element in (of if isinstance(of, list) else [of])]


def _order(row: MeasureRow) -> tuple[bool, str, int, str]:
    """By group; the most frequent first."""
    counted = -row.number if row.value is not None else 0
    return row.by is None, str(row.by), counted, str(row.value)
