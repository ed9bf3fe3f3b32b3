"""The catalogue's functions that take tables and lists apart, and put them together."""

from __future__ import annotations

from typing import Any

from robotfabrik.expressions.kinds import kind_of
from robotfabrik.expressions.runtime import equal, key, within_size
from robotfabrik.model.errors import EvaluationError
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.values import Record


def column(table: list[Record], name: str) -> list[Any]:
    """The values of one column, from the first row to the last."""
    for row in table:
        if name not in row:
            raise EvaluationError(f"a row has no column '{name}'. {did_you_mean(name, row)}".rstrip())
    return [row[name] for row in table]


def columns(table: list[Record]) -> list[str]:
    """The names of a table's columns."""
    return list(dict.fromkeys(name for row in table for name in row))


def to_table(rows: list[list[Any]], columns: list[str]) -> list[Record]:
    """A table of lists: to_table([['Åsa', 3]], ['name', 'number'])"""
    if len(set(columns)) < len(columns):
        raise EvaluationError("two columns have the same name")
    if any(len(row) != len(columns) for row in rows):
        raise EvaluationError(f"every row must have {len(columns)} values, one for each column")
    within_size(len(rows) * len(columns))
    return [Record(dict(zip(columns, row, strict=True))) for row in rows]


def group(table: list[Record], name: str) -> list[Record]:
    """The rows by the values of one column: records with `value` and `rows`."""
    found: dict[object, tuple[Any, list[Any]]] = {}
    for value, row in zip(column(table, name), table, strict=True):
        found.setdefault(key(value), (value, []))[1].append(row)
    return [Record(value=value, rows=rows) for value, rows in found.values()]


def place_of(values: list[Any], value: object) -> int | None:
    """Where a value stands in a list, the first is 0; none when it is not there."""
    return next((place for place, other in enumerate(values) if equal(other, value)), None)


def reverse(values: list[Any]) -> list[Any]:
    """The list from its end to its beginning."""
    return list(reversed(values))


def take(values: list[Any], number: int) -> list[Any]:
    """The first elements of a list; all when it has fewer."""
    return list(values[: _number(number)])


def skip(values: list[Any], number: int) -> list[Any]:
    """The list without its first elements."""
    return list(values[_number(number) :])


def without(values: list[Any], others: list[Any]) -> list[Any]:
    """The elements of a list that another list does not have."""
    there = {key(other) for other in others}
    return [value for value in values if key(value) not in there]


def in_both(values: list[Any], others: list[Any]) -> list[Any]:
    """The elements of a list that another list has too."""
    there = {key(other) for other in others}
    return [value for value in values if key(value) in there]


def numbers(first: int, last: int) -> list[int]:
    """The whole numbers from the first to the last, both included; none when the last is smaller."""
    within_size(last - first + 1)
    return list(range(first, last + 1))


def _number(number: int) -> int:
    if number < 0:
        raise EvaluationError("a number of elements is 0 or more")
    return number


def is_empty(value: object) -> bool:
    """Is there nothing: none, a text of blanks only, or a list without elements?"""
    if kind_of(value) == "unknown":
        raise EvaluationError("the value is unknown: the register did not answer; ask unknown(x)")
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple) and not value)
