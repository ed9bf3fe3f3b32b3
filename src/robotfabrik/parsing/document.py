"""The parts of a PDD that only people read: their keys are checked, what they say is the authors' own.

The sections are those that a process definition document has; the document generator knows them by
these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik.model.types import DATE
from robotfabrik.parsing.nodes import ListNode, MapNode, Node
from robotfabrik.parsing.reader import Reader

ANYTHING = ("*",)
"""Keys of the authors' own."""

DOCUMENT: Mapping[str, tuple[str, ...]] = {
    "purpose": (),
    "objectives": (),
    "tags": (),
    "contacts": ("role", "name", "contact", "organization"),
    "prerequisites": (),
    "overview": (
        "department", "description", "roles", "frequency", "volume", "handling_time", "peak", "staff",
        "exception_rate", "input", "output",
    ),
    "applications": ("name", "version", "language", "login", "interface", "access", "comment"),
    "as_is": (),
    "to_be": (),
    "scope": ("in", "out"),
    "follow_up": (),
    "history": ("version", "date", "author", "role", "organization", "comment"),
    "approval": ("role", "name", "date", "version", "comment"),
    "glossary": ANYTHING,
    "related": (),
    "status": (),
}  # fmt: skip
"""Section → the keys of its entries; none: a text or a list of texts."""

DATA_PROTECTION: Mapping[str, tuple[str, ...]] = {
    "legal_basis": (),
    "purpose": (),
    "controller": (),
    "reads": ("where", "what", "why"),
    "writes": ("where", "what", "why"),
    "third_parties": (),
    "protected_identities": (),
    "recipients": (),
    "retention": (),
    "information": (),
    "dpia": (),
    "decisions": (),
}


def sections(
    reader: Reader, node: Node | None, what: str, known: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """The sections as plain lists, dicts and texts."""
    fields = reader.mapping(node, what, known)
    if fields is None:
        return {}
    found = {name: fields[name] for name in known}
    return {
        name: _section(reader, value, name, known[name]) for name, value in found.items() if value is not None
    }


def _section(reader: Reader, node: Node, what: str, keys: tuple[str, ...]) -> Any:
    if isinstance(node, ListNode):
        return [_section(reader, item, what, keys) for item in node.items]
    if not keys:
        if what == "date":
            reader.literal(node, DATE, what)
        return reader.text(node, what)
    if keys == ANYTHING:
        fields = reader.map(node, what)
        return {e.key.text: reader.text(e.value, e.key.text) for e in (fields.entries if fields else ())}
    if not isinstance(node, MapNode):
        reader.error(
            node.span, f"{what} has the parts {', '.join(keys)}", "wrong-kind", f"write {keys[0]}: …"
        )
        return {}
    entries = reader.mapping(node, what, keys)
    assert entries is not None
    return {name: _section(reader, value, name, ()) for name in keys if (value := entries[name]) is not None}
