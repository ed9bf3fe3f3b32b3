"""Riksnormen: the members' own costs and the joint ones, in kronor a month, by year.

Adults are counted alone or as a couple; children by their age on the calculation's first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

#: the last age of each group of children
AGES = (0, 2, 3, 6, 10, 14, 18, 20)


@dataclass(frozen=True)
class Norm:
    children: tuple[int, ...]
    single: int
    couple: int
    shared: tuple[int, ...]


YEARS = {
    2022: Norm(
        (2220, 2480, 2210, 2480, 3110, 3580, 4040, 4070),
        3210,
        5800,
        (1040, 1150, 1450, 1640, 1890, 2140, 2310),
    ),
    2023: Norm(
        (2420, 2700, 2410, 2700, 3380, 3890, 4390, 4430),
        3490,
        6300,
        (1130, 1250, 1580, 1790, 2060, 2330, 2510),
    ),
}


def costs(day: date, adults: int, birth_dates: list[date]) -> tuple[int, int]:
    """Own and joint costs of so many adults and the children born on these days; for years with a norm."""
    norm = YEARS[day.year]
    own = norm.couple if adults == 2 else norm.single * adults
    own += sum(norm.children[_group(_age(birth, day))] for birth in birth_dates)
    size = adults + len(birth_dates)
    joint = norm.shared[min(size, len(norm.shared)) - 1]
    joint += max(0, size - len(norm.shared)) * (norm.shared[-1] - norm.shared[-2])
    return own, joint


def birth_date(personnummer: str) -> date:
    """The birth date in a twelve-digit number; a samordningsnummer has 60 added to the day."""
    day = int(personnummer[6:8])
    return date(int(personnummer[:4]), int(personnummer[4:6]), day - 60 if day > 60 else day)


def interval(personnummer: str, day: date) -> str:
    """The group of a child on a day, as it is shown: `4–6 år`."""
    index = _group(_age(birth_date(personnummer), day))
    first = AGES[index - 1] + 1 if index else 0
    return f"{first} år" if first == AGES[index] else f"{first}–{AGES[index]} år"


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _group(age: int) -> int:
    return next((index for index, last in enumerate(AGES) if age <= last), len(AGES) - 1)
