"""Values at run time: a record, a month, a secret, and "the register did not answer"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final


class Record(Mapping[str, Any]):
    """An immutable record: fields by name. (A field is never a Python attribute.)"""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any] | None = None, **more: Any) -> None:
        self._fields: dict[str, Any] = {**(fields or {}), **more}

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __hash__(self) -> int:
        return hash(tuple(self._fields.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._fields == other._fields

    def __repr__(self) -> str:
        # Field names only: a record's values are often personal data and must not reach a log.
        return f"Record({', '.join(self._fields)})"


class UnknownValue:
    """The register did not answer: not none, not empty, never a default."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = UnknownValue()


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month. Fields in the language: year, number, first_day, last_day."""

    year: int
    number: int

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that `day` lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """`2022-11`; ValueError otherwise."""
        found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
        if not found:
            raise ValueError(text)
        return cls(int(found[1]), int(found[2]))

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (day.year, day.month) == (self.year, self.number)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


class Secret:
    """A text that is never shown: not by str, repr, logs or templates."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that types it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and its password."""

    username: str
    password: Secret
