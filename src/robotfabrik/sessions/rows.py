"""One reading of a table: whether it is there, whether all of it is, and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from robotfabrik.activities.api import RawRow
from robotfabrik.model.process import Column, Table
from robotfabrik.model.reading import clean, gives_value
from robotfabrik.sessions.rest import Rest


def table_ready(table: Table, part: Mapping[str, Any]) -> bool:
    """Is the table there once, with its columns? (An optional one may be absent.)"""
    if part.get("waiting") or part.get("more", 0) > 1:
        return False
    if part["count"] == 0:
        return table.optional
    return part["count"] == 1 and not part.get("bad") and "rows" in part


def rows_of(columns: Sequence[Column], table: Table, part: Mapping[str, Any]) -> list[RawRow]:
    """The rows of one page. Of a protected row only what may be read is there at all."""
    rows = []
    for hidden, cells in part.get("rows", ()):
        read = {
            column.name: text_or_none(text)
            for column, text in zip(columns, cells, strict=True)
            if not hidden or column.always or column.name == table.protects
        }
        rows.append(RawRow(read, hidden=bool(hidden)))
    return rows


def text_or_none(text: str | None) -> str | None:
    """What was read, none when it is only blanks."""
    return text if text is not None and clean(text) else None


class Whole:
    """Follows the readings of a table, and says when all that will come is there."""

    def __init__(self, table: Table, timeout: float) -> None:
        self._table = table
        self._waits = timeout > 0
        self.rest = Rest(timeout)

    def look(self, result: Mapping[str, Any], part: Mapping[str, Any], *, sure: bool = False) -> bool:
        """Is it whole? The table is there; `sure`: something that was looked for is not in it."""
        if not self._waits:
            return True
        if is_unsaid(self._table, part):
            return False
        if result.get("rest") is None:
            return True
        seen = (part.get("page"), len(part.get("rows", ())), part.get("more"))
        return self.rest.look(result, seen, sure=sure or lacks(self._table, part))


def is_unsaid(table: Table, part: Mapping[str, Any]) -> bool:
    """Has it no rows, and does not say so, although it is known what it would say?"""
    return bool(table.empty and part["count"] and not part.get("rows") and not part.get("empty"))


def lacks(table: Table, part: Mapping[str, Any]) -> bool:
    """Is there nothing where something is to be expected: rows, a way to more of them, values in them?"""
    if not part["count"]:
        return False
    if not part.get("rows"):
        return not part.get("empty")
    if table.next and not part.get("more") and not part.get("end"):
        return True
    return any(
        not gives_value(column.type, row.cells[column.name], column.optional)
        for row in rows_of(table.columns, table, part)
        for column in table.columns
        if column.name in row.cells
    )
