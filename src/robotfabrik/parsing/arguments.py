"""Arguments of activities that work on tables: columns, rows, names of columns, expressions over a row.

columns: {number: text, placed: {header: Beställd, as: date?}}     rows: [[A1, 2022-11-01]]
by: number   or   by: [number, placed]                             where: row.amount > 100
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik.expressions import Cells, Constant, Over, Rows, Value
from robotfabrik.model.process import Column
from robotfabrik.model.source import Word
from robotfabrik.model.types import ANY, TEXT, Type, list_of
from robotfabrik.parsing.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Reader, anything

TAGS = frozenset({
    "data", "names", "columns", "rows", "cells", "type", "row condition", "row value", "group values", "json",
})  # fmt: skip


class TableArguments:
    """Builds the argument that a parameter's tag asks for."""

    def __init__(self, reader: Reader, types: Mapping[str, Type]) -> None:
        self.reader = reader
        self._types = types

    def build(self, tag: str, node: Node, what: str, built: Mapping[str, Any]) -> Any:
        """The argument; `built` are those that stand before it."""
        match tag:
            case "data":
                return self._data(node, what)
            case "names":
                return self._names(node, what)
            case "columns":
                return self._columns(node, what)
            case "rows":
                columns = getattr(built.get("columns"), "value", None)
                return self._rows(node, what, columns or ())
            case "cells":
                return self._cells(node, what)
            case "group values":
                return self._groups(node, what)
            case "json":
                return self._json(node, what)
            case "type":
                return Constant(self.reader.type(node, self._types, what), ANY, node.span)
        return Over("row", self.reader.expression(node, what), tag == "row condition")

    def _data(self, node: Node, what: str) -> Value:
        """A table is never a plain text: `rows` and `${{ rows }}` are the same."""
        if isinstance(node, ScalarNode) and node.text.lstrip().startswith("${{"):
            return self.reader.value(node, what)
        return self.reader.expression(node, what)

    def _names(self, node: Node, what: str) -> Constant:
        nodes = node.items if isinstance(node, ListNode) else (node,)
        words = tuple(
            Word(scalar.text, scalar.span)
            for item in nodes
            if (scalar := self.reader.scalar(item, what)) is not None and not scalar.empty
        )
        return Constant(words, list_of(TEXT), node.span)

    def _columns(self, node: Node, what: str) -> Constant:
        found = self.reader.map(node, what)
        columns = [self._column(entry) for entry in (found.entries if found else ())]
        return Constant(tuple(columns), ANY, node.span)

    def _column(self, entry: Entry) -> Column:
        """`name: type`, where the header is the name; a type with `?` may be empty."""
        reader, name = self.reader, entry.key.text
        header, private = name, False
        as_: Node | None = entry.value
        if isinstance(entry.value, MapNode):
            fields = reader.mapping(entry.value, f"column {name}", ("header", "as", "private"))
            assert fields is not None
            header = reader.text(fields["header"], "header") if "header" in fields else name
            private = reader.boolean(fields["private"], "private")
            as_ = fields["as"]
        type_ = TEXT if as_ is None else reader.type(as_, self._types, f"the type of {name}")
        return Column(
            Word(name, entry.key.span), header, type_.required(), type_.optional, private, entry.key.span
        )

    def _rows(self, node: Node, what: str, columns: tuple[Column, ...]) -> Rows:
        rows = []
        for item in self.reader.list(node, what):
            values = self.reader.list(item, "a row")
            if isinstance(item, ListNode) and len(values) != len(columns):
                message = f"this row has {len(values)} values, but there are {len(columns)} columns"
                self.reader.error(item.span, message, "wrong-value")
            cells = {
                column.name: self._cell(value, type_of(column), f"column {column.name}")
                for column, value in zip(columns, values, strict=False)
            }
            rows.append(Cells(cells, item.span))
        return Rows(tuple(rows), node.span)

    def _cell(self, node: Node, type_: Type, what: str) -> Value:
        """A row's value; a plain `none` is no value, also where a text may stand."""
        if type_.optional and isinstance(node, ScalarNode) and node.style == "plain" and node.text == "none":
            return Constant(None, type_, node.span)
        return self.reader.typed_value(node, type_, what)

    def _cells(self, node: Node, what: str) -> Cells:
        found = self.reader.map(node, what)
        if found is None and not isinstance(node, MapNode):
            return Cells({}, node.span)
        entries = found.entries if found else ()
        return Cells(
            {Word(e.key.text, e.key.span): self.reader.value(e.value, e.key.text) for e in entries}, node.span
        )

    def _json(self, node: Node, what: str) -> Any:
        """A plain scalar is a text, as everywhere: numbers are written `${{ 5 }}`."""
        if isinstance(node, MapNode):
            parts: dict[str, Any] = {
                Word(e.key.text, e.key.span): self._json(e.value, e.key.text) for e in node.entries
            }
            return Cells(parts, node.span)
        if isinstance(node, ListNode):
            return Rows(tuple(self._json(item, what) for item in node.items), node.span)
        return self.reader.value(node, what)

    def _groups(self, node: Node, what: str) -> Cells:
        found = self.reader.map(node, what)
        parts: dict[str, Value | Over] = {
            Word(e.key.text, e.key.span): Over(
                "rows", self.reader.expression(e.value, e.key.text) or anything(e.value.span)
            )
            for e in (found.entries if found else ())
        }
        return Cells(parts, node.span)


def type_of(column: Column) -> Type:
    """The type of a column's values."""
    return column.type.or_none() if column.optional else column.type
