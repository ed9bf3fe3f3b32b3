"""From the cells of a file to records: by their headers, typed by the columns that a step names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from robotfabrik.activities import reading
from robotfabrik.activities.api import Context
from robotfabrik.model.errors import SystemException
from robotfabrik.model.process import Column
from robotfabrik.model.reading import clean
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import TEXT, Type, table_of
from robotfabrik.model.values import Record

Shown = Callable[[Any, Type], str | None]
"""The text of a cell, as the parser of a type reads it."""


def records(
    ctx: Context, header: Sequence[str | None] | None, cells: Iterable[tuple[str, Sequence[Any]]],
    columns: Sequence[Column], shown: Shown, name: str,
) -> tuple[Record, ...]:  # fmt: skip
    """The rows of a file. `cells` are (place, cells of the row); without `columns` everything is text.

    Raises Missing and Unreadable as a screen's readings do, and SystemException when a column is not there.
    """
    if columns:
        places = places_of(header, columns, name)
        return tuple(
            Record(
                {
                    column.name: reading.value(
                        ctx, f"{name} {place}, {column.header}", column.type, column.optional,
                        column.private, shown(row[at], column.type),
                    )
                    for column, at in zip(columns, places, strict=True)
                }
            )
            for place, row in cells
        )  # fmt: skip
    found = list(cells)
    names = _names(header, max((len(row) for _, row in found), default=0), name)
    return tuple(
        Record({field: shown(row[at], TEXT) or None for at, field in names.items() if at < len(row)})
        for _, row in found
    )


def places_of(header: Sequence[str | None] | None, columns: Sequence[Column], name: str) -> list[int]:
    """Where each column stands: by its header, or in order when the file has none."""
    if header is None:
        return list(range(len(columns)))
    there = [clean(text or "") for text in header]
    for column in columns:
        if there.count(column.header) > 1:
            raise SystemException(f"{name}: two columns are called '{column.header}'")
        if column.header not in there:
            hint = did_you_mean(column.header, filter(None, there))
            raise SystemException(f"{name}: there is no column '{column.header}'. {hint}".rstrip())
    return [there.index(column.header) for column in columns]


def _names(header: Sequence[str | None] | None, width: int, name: str) -> dict[int, str]:
    """Place → name of every column; one without a header is called column_N."""
    texts = [clean(text or "") for text in header] if header is not None else []
    texts += [""] * (width - len(texts))
    names = {at: text or f"column_{at + 1}" for at, text in enumerate(texts)}
    found = list(names.values())
    if twice := next((text for text in found if found.count(text) > 1), None):
        raise SystemException(f"{name}: two columns are called '{twice}'")
    return names


def result(arguments: Mapping[str, Any]) -> Type:
    """The type of what was read: by its columns, as far as the step names them."""
    columns = getattr(arguments.get("columns"), "value", None)
    if not columns:
        return Type("table", of=Type("record"))
    return table_of({c.name: c.type.or_none() if c.optional else c.type for c in columns})
