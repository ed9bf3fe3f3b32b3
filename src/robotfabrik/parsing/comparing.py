"""`compare:` of a PDD: which bot reads what people decided, and what of it is compared with this report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from robotfabrik.model.process import Comparison
from robotfabrik.model.source import Word
from robotfabrik.parsing.nodes import Node
from robotfabrik.parsing.reader import Reader

COMPARE = ("with", "key", "month", "by", "fields", "amounts", "left", "only", "show")
REQUIRED = ("with", "key", "month", "by", "fields")


def comparison(reader: Reader, node: Node | None, columns: Mapping[str, Any]) -> Comparison | None:
    """The section. Its own columns are those of the report; the other bot's are known when it is run."""
    given = reader.mapping(node, "compare", COMPARE, REQUIRED)
    if given is None:
        return None

    def column(node: Node | None) -> str:
        return str(reader.choice(node, "column", columns, ""))

    def anything(node: Node | None) -> str:
        return reader.text(node, "a column of the other report")

    def names(key: str, read: Callable[[Node], str]) -> tuple[str, ...]:
        found = tuple(name for item in reader.list(given[key], key) if (name := read(item)))
        if key in REQUIRED and not found and (empty := given[key]) is not None:
            reader.error(empty.span, f"{key}: names no column", "missing-value")
        return found

    def pairs(key: str, read: Callable[[Node], str]) -> dict[str, str]:
        found = reader.map(given[key], key)
        return {
            Word(name, entry.key.span): anything(entry.value)
            for entry in (found.entries if found else ())
            if (name := read(entry.key))
        }

    return Comparison(
        given.span, reader.text(given["with"], "with"), names("key", column), column(given["month"]),
        names("by", column), pairs("fields", column), pairs("amounts", column), names("left", anything),
        pairs("only", anything), names("show", anything),
    )  # fmt: skip
