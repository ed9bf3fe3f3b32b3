"""From what a session read (texts) to typed values: missing and unreadable are errors, never defaults."""

from __future__ import annotations

from typing import Any

from robotfabrik.activities.api import Context, RawForm, RawRow
from robotfabrik.model.errors import Missing, Unreadable
from robotfabrik.model.process import Element, Screen, Table
from robotfabrik.model.reading import clean, parse
from robotfabrik.model.types import TEXT, Type
from robotfabrik.model.values import Record

ALWAYS_PRIVATE = frozenset({"identity", "personnummer"})


def value(ctx: Context, id: str, type_: Type, optional: bool, private: bool, text: str | None) -> Any:
    """The typed value of one reading; `id` names it in the error."""
    if type_.name == "exists":
        return bool(text and clean(text))
    if text is None or not clean(text):
        if optional:
            return None
        raise Missing(f"{id} is empty")
    try:
        found = parse(type_, text)
    except ValueError as wanted:
        raise Unreadable(f"{id} cannot be read as {type_}: expected {wanted}") from None
    if private or type_.name in ALWAYS_PRIVATE:
        ctx.remember_private(found)
    return found


def field(ctx: Context, element: Element, text: str | None) -> Any:
    """The value of an element."""
    return value(ctx, element.id, element.type or TEXT, element.optional, element.private, text)


def row(ctx: Context, table: Table, raw: RawRow) -> Record:
    """A row as a record. Of a protected row nothing but the protecting column is known."""
    return Record(
        {
            column.name: None
            if raw.hidden and column.name != table.protects and not column.always
            else value(
                ctx, f"{table.id}.{column.name}", column.type, column.optional, column.private,
                raw.cells.get(column.name),
            )
            for column in table.columns
        }
    )  # fmt: skip


def form(ctx: Context, screen: Screen, raw: RawForm) -> Record:
    """A screen as a record of its fields and tables."""
    fields: dict[str, Any] = {}
    for name, text in raw.fields.items():
        element = screen.elements[name]
        assert isinstance(element, Element)
        fields[name] = field(ctx, element, text)
    for name, rows in raw.tables.items():
        table = screen.elements[name]
        assert isinstance(table, Table)
        fields[name] = None if rows is None else tuple(row(ctx, table, r) for r in rows)
    return Record(fields)
