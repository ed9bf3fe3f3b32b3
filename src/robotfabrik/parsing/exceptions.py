"""`exceptions:` and `reading:`, of a PDD or of the repository that its robots share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from robotfabrik.model.process import ExceptionType, Repository
from robotfabrik.model.source import Span
from robotfabrik.model.suggest import suggest
from robotfabrik.parsing.nodes import Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader

READING = ("missing", "unreadable", "unknown")
EXCEPTION = ("kind", "name", "action", "list", "details", "postpone", "attempts")


def exceptions(reader: Reader, node: Node | None) -> dict[str, ExceptionType]:
    """The exceptions that are declared, by id."""
    found = reader.map(node, "exceptions") if node is not None else None
    declared: dict[str, ExceptionType] = {}
    for entry in found.entries if found else ():
        id = entry.key.text
        fields = reader.mapping(entry.value, f"exception {id}", EXCEPTION, ("kind", "name"))
        if fields is None:  # reported; the id is known all the same
            declared[id] = ExceptionType(id, entry.key.span, "system", id)
            continue
        kind = reader.choice(fields["kind"], "kind", ("business", "system"), "system")
        shown = (
            reader.choice(fields["details"], "details", ("none", "all"), "all")
            if "details" in fields
            else "all"
        )
        declared[id] = ExceptionType(
            id=id,
            span=entry.key.span,
            kind=kind,
            name=reader.text(fields["name"], "name", id),
            action=reader.text(fields["action"], "action") if "action" in fields else "",
            list=_list(reader, fields, kind),
            details=shown == "all",
            postpone=_postpone(reader, fields["postpone"]),
            attempts=reader.integer(
                fields["attempts"], "attempts", 2 if "postpone" in fields else 1, minimum=1
            ),
        )
    return declared


def shared(
    reader: Reader, repositories: Iterable[Repository], own: Mapping[str, ExceptionType], where: Span
) -> dict[str, ExceptionType]:
    """What the repositories declare for all their robots; two that mean different things are told."""
    found: dict[str, ExceptionType] = {}
    for id, known in ((id, known) for one in repositories for id, known in one.exceptions.items()):
        if id in own:
            continue
        if id in found and found[id].span.source is not known.span.source:
            files = f"{found[id].span.source.path} and {known.span.source.path}"
            message = f"two applications declare {id}: {files}"
            reader.error(where, message, "unknown-exception", f"say in exceptions: what {id} is here")
        found.setdefault(id, known)
    return found


def reading(reader: Reader, node: Node | None, declared: Mapping[str, ExceptionType]) -> dict[str, str]:
    """Which exception a reading is that is missing, unreadable or unknown."""
    fields = reader.mapping(node, "reading", READING)
    found: dict[str, str] = {}
    for outcome in READING if fields else ():
        scalar = reader.scalar(fields[outcome], outcome) if fields else None
        if scalar is not None and scalar.text not in declared:
            reader.unknown(scalar, "exception", declared, rule="unknown-exception")
        elif scalar is not None:
            found[outcome] = scalar.text
    return found


def shared_reading(
    reader: Reader, repositories: Iterable[Repository], own: Mapping[str, str], where: Span
) -> dict[str, str]:
    """What the repositories say of readings; two that say different things are told."""
    found: dict[str, str] = {}
    for outcome, id in ((outcome, id) for one in repositories for outcome, id in one.reading.items()):
        if outcome not in own and found.setdefault(outcome, id) != id:
            message = f"two applications say what a reading is that is {outcome}: {found[outcome]} and {id}"
            reader.error(where, message, "unknown-exception", f"say in reading: what {outcome} is here")
    return found


def _list(reader: Reader, fields: Fields, kind: str) -> str | None:
    """Business exceptions land on a list unless they are findings (`list: none`)."""
    if "list" not in fields:
        return "att hantera manuellt" if kind == "business" else None
    name = reader.text(fields["list"], "list")
    return None if name == "none" else name


def _postpone(reader: Reader, node: Node | None) -> Any:
    if isinstance(node, ScalarNode) and node.text == "end_of_queue":
        return "end_of_queue"
    if isinstance(node, ScalarNode) and suggest(node.text, ("end_of_queue",)):
        return reader.choice(node, "postpone", ("end_of_queue",), "end_of_queue")
    return reader.seconds(node, "postpone")
