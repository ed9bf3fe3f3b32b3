"""Typed values written as YAML: what a test gives and a bot configures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik.model.errors import unknown
from robotfabrik.model.source import Located
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.model.types import ANY, Type
from robotfabrik.model.values import UNKNOWN, Record
from robotfabrik.parsing import tables
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Reader

NOTHING = ("none", "null", "~")


class DataReader:
    """Reads nodes as values of a type; what is wrong is reported and becomes none."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def record(self, node: Node | None, fields: Mapping[str, Type], what: str) -> dict[str, Any]:
        """Fields by name; a missing one must be optional."""
        if node is None or (found := self.reader.mapping(node, what, fields)) is None:
            return {}
        values: dict[str, Any] = {}
        for name, type_ in fields.items():
            if name in found:
                values[name] = self.value(found[name], type_, name)
            elif type_.optional or type_.name in ("exists", "any"):
                values[name] = False if type_.name == "exists" else None
            elif type_.name == "table":
                values[name] = ()
            else:
                self.reader.error(found.span, f"{what} needs '{name}' ({type_})", "missing-key")
        return values

    def value(self, node: Node | None, type_: Type, what: str) -> Any:
        """One value: a scalar, record, list or table."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.text == "unknown" and type_.name not in ("text", "any"):
            return UNKNOWN
        if isinstance(node, ScalarNode) and (node.empty or node.text in NOTHING):
            if not type_.optional and type_ != ANY:
                self.reader.error(node.span, f"{what} must have a value ({type_})", "missing-value")
            return None
        if (
            isinstance(node, ScalarNode)
            and type_.name in ("record", "list", "table")
            and node.style != "literal"
            and (near := nearest(node.text, ("none", "unknown")))
        ):
            message = f"{what} must be {type_}, not '{node.text}'"
            self.reader.error(node.span, message, "wrong-value", did_you_mean(node.text, near))
            return None
        if type_.name == "record":
            return Record(self.record(node, dict(type_.fields), what))
        if type_.name == "table" or (
            type_.name == "list" and isinstance(node, ScalarNode) and node.style == "literal"
        ):
            return self._table(node, type_, what)
        if type_.name == "list":
            return tuple(self.value(item, type_.of or ANY, what) for item in self.reader.list(node, what))
        if type_.name == "any":
            return self._untyped(node)
        return self.reader.literal(node, type_.required(), what)

    def _untyped(self, node: Node) -> Any:
        if isinstance(node, MapNode):
            return Record({entry.key.text: self._untyped(entry.value) for entry in node.entries})
        if isinstance(node, ListNode):
            return tuple(self._untyped(item) for item in node.items)
        nothing = node.style == "plain" and (node.empty or node.text in NOTHING)
        return None if nothing else node.text

    def _table(self, node: Node, type_: Type, what: str) -> tuple[Record, ...]:
        columns = dict(type_.of.fields) if type_.of else {}
        if isinstance(node, ListNode):
            return tuple(Record(self.record(item, columns, what)) for item in node.items)
        scalar = self.reader.scalar(node, what)
        table = tables.parse_table(scalar.located, self.reader.report) if scalar is not None else None
        if table is None:
            return ()
        for cell in table.header:
            if columns and cell.text not in columns:
                message = f"unknown column: '{cell.text}'"
                self.reader.report(unknown(cell.span, message, "unknown-field", cell.text, columns))
        rows = []
        for row in table.rows:
            given = {head.text: cell for head, cell in zip(table.header, row.cells, strict=True)}
            rows.append(
                Record(
                    {
                        name: self._cell(given.get(name), t)
                        for name, t in (columns or dict.fromkeys(given, ANY)).items()
                    }
                )
            )
        return tuple(rows)

    def _cell(self, cell: tables.Cell | None, type_: Type) -> Any:
        if cell is None or cell.text in ("", "-", *NOTHING):
            return False if type_.name == "exists" else None
        return self.literal(cell.located, type_.required())

    def literal(self, located: Located, type_: Type) -> Any:
        """A piece of text as a value; `unknown` and quoted texts as in decision tables."""
        literal = tables.literal(located)
        if not literal.quoted and literal.text in ("unknown", "okänd"):
            return UNKNOWN
        if not literal.quoted and literal.text in NOTHING:
            return None
        if type_.name in ("any", "list", "table", "record"):
            return literal.text
        return self.reader.parsed(literal.text, type_.required(), "this cell", literal.span())
