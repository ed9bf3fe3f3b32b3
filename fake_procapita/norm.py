"""Riksnormen: the members' own costs and the joint ones, in kronor a month, by year.

The figures, each year with its source and how sure it is, are in `riksnorm.json`. Adults are counted alone or
as a couple; children by their age on the calculation's first day, those who live there a part of the time by
their days. Everybody who lives there at all counts in the size that the joint costs follow.
"""

from __future__ import annotations

import calendar
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

#: the last age of each group of children
AGES = (0, 2, 3, 6, 10, 14, 18, 20)


@dataclass(frozen=True)
class Norm:
    """One year's figures."""

    children: tuple[int, ...]
    single: int
    couple: int
    shared: tuple[int, ...]
    source: str
    certainty: str


@dataclass(frozen=True)
class Child:
    """A child in the calculation; `days` of the month, None for all of them."""

    birth: date
    days: int | None = None


def _read() -> dict[int, Norm]:
    years = json.loads(Path(__file__).with_name("riksnorm.json").read_text("utf-8"))
    return {
        int(year): Norm(
            tuple(row["children"]),
            row["single"],
            row["couple"],
            tuple(row["shared"]),
            row["source"],
            row["certainty"],
        )
        for year, row in years.items()
    }


YEARS = _read()


def costs(day: date, adults: int, children: Sequence[Child]) -> tuple[int, int]:
    """Own and joint costs of a household in the month that begins on the day; for years with a norm."""
    norm = YEARS[day.year]
    own = norm.couple if adults == 2 else norm.single * adults
    own += sum(_child(norm, child, day) for child in children)
    return own, joint(day.year, adults + len(children))


def not_sambo(year: int, size: int) -> int:
    """What somebody needs who shares a household of so many without being sambo: own costs and a share."""
    return _rounded(joint(year, size), size) + YEARS[year].single


def joint(year: int, size: int) -> int:
    """Joint costs; beyond seven persons each adds as much as the seventh did."""
    shared = YEARS[year].shared
    return shared[min(size, len(shared)) - 1] + max(0, size - len(shared)) * (shared[-1] - shared[-2])


def child(year: int, age: int) -> int:
    """A child's own costs in a whole month."""
    return YEARS[year].children[_group(age)]


def birth_date(personnummer: str) -> date:
    """The birth date in a twelve-digit number; a samordningsnummer has 60 added to the day."""
    day = int(personnummer[6:8])
    return date(int(personnummer[:4]), int(personnummer[4:6]), day - 60 if day > 60 else day)


def age(birth: date, day: date) -> int:
    """Whole years on a day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def interval(personnummer: str, day: date) -> str:
    """The group of a child on a day, as it is shown: `4–6 år`."""
    index = _group(age(birth_date(personnummer), day))
    first = AGES[index - 1] + 1 if index else 0
    return f"{first} år" if first == AGES[index] else f"{first}–{AGES[index]} år"


def _child(norm: Norm, child: Child, day: date) -> int:
    whole = norm.children[_group(age(child.birth, day))]
    length = calendar.monthrange(day.year, day.month)[1]
    return whole if child.days is None else _rounded(whole * min(child.days, length), length)


def _rounded(amount: int, parts: int) -> int:
    """A share in whole kronor, half a krona upwards."""
    return (2 * amount + parts) // (2 * parts)


def _group(age: int) -> int:
    return next((index for index, last in enumerate(AGES) if age <= last), len(AGES) - 1)
