"""The PDD: from its tree to a Process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik.model.process import (
    AUTHORITIES, Evaluable, ExceptionType, Process, Queue, Report, Repository, Setting,
)  # fmt: skip
from robotfabrik.model.types import ANY, Type, record_of
from robotfabrik.parsing.decisions import DecisionBuilder
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader
from robotfabrik.parsing.steps import Names, StepBuilder
from robotfabrik.parsing.testing import CaseBuilder

KEYS = ("pdd", "id", "name", "version", "document", "authority", "period", "applications", "data_protection", "config",
        "reading", "exceptions", "queue", "rules", "texts", "workflows", "dispatch", "process", "finish", "report",
        "tests")  # fmt: skip
REQUIRED = ("pdd", "id", "name", "version", "authority", "process")
DOCUMENT_KEYS = ("purpose", "objectives", "tags", "contacts", "prerequisites", "overview", "scope", "follow_up", "history",
                 "approval", "glossary", "related", "status")  # fmt: skip


class ProcessBuilder:
    """Builds a process from a PDD's tree and its repositories, already built, by application id."""

    def __init__(self, reader: Reader, repositories: Mapping[str, Repository], release: str) -> None:
        self.reader = reader
        self.repositories = repositories
        self.release = release

    def build(self, node: Node) -> Process | None:
        reader = self.reader
        fields = reader.mapping(node, "a PDD", KEYS, REQUIRED)
        if fields is None:
            return None
        names = Names(repositories=self.repositories)
        exceptions = self._exceptions(fields["exceptions"])
        config = self._config(fields["config"])
        queue_types = self._item_types(fields, names)
        decisions = DecisionBuilder(reader, names, {"item": record_of(queue_types)})
        rules = decisions.rules(fields["rules"])
        texts = decisions.texts(fields["texts"])
        steps = StepBuilder(reader, names)
        workflows, _ = steps.workflows(fields["workflows"], 60.0)
        queue = self._queue(fields, queue_types)
        process = Process(
            id=reader.text(fields["id"], "id", "process"),
            span=fields.span,
            name=reader.text(fields["name"], "name", "process"),
            version=reader.text(fields["version"], "version", "0"),
            document=self._document(fields),
            authority=reader.choice(fields["authority"], "authority", AUTHORITIES, "read"),
            period=None if fields["period"] is None else reader.choice(fields["period"], "period", ("day", "week", "month"), "month"),
            applications=self.repositories,
            config=config,
            reading=self._reading(fields["reading"], exceptions),
            exceptions=exceptions,
            queue=queue,
            rules=rules,
            texts=texts,
            workflows=workflows,
            dispatch=steps.steps(fields["dispatch"], "dispatch"),
            process=steps.steps(fields["process"], "process"),
            finish=steps.steps(fields["finish"], "finish"),
            report=self._report(fields["report"]),
            tests=CaseBuilder(reader, names, queue, config, exceptions).build(fields["tests"]),
            release=self.release,
        )
        return process

    def _document(self, fields: Fields) -> dict[str, Any]:
        document = self.reader.mapping(fields["document"], "document", DOCUMENT_KEYS) if "document" in fields else None
        plain = _plain(document.node) if document else {}
        if (data := fields["data_protection"]) is not None:
            plain["data_protection"] = _plain(data)
        return dict(plain)

    def _exceptions(self, node: Node | None) -> dict[str, ExceptionType]:
        reader = self.reader
        found = reader.map(node, "exceptions") if node is not None else None
        exceptions: dict[str, ExceptionType] = {}
        keys = ("kind", "name", "action", "list", "details", "postpone", "attempts")
        for entry in found.entries if found else ():
            id = entry.key.text
            fields = reader.mapping(entry.value, f"exception {id}", keys, ("kind", "name"))
            if fields is None:
                continue
            kind = reader.choice(fields["kind"], "kind", ("business", "system"), "system")
            shown = reader.choice(fields["details"], "details", ("none", "all"), "all") if "details" in fields else "all"
            exceptions[id] = ExceptionType(
                id=id, span=entry.key.span, kind=kind, name=reader.text(fields["name"], "name", id),
                action=reader.text(fields["action"], "action") if "action" in fields else "",
                list=self._list(fields, kind), details=shown == "all", postpone=self._postpone(fields["postpone"]),
                attempts=reader.integer(fields["attempts"], "attempts", 2 if "postpone" in fields else 1, minimum=1),
            )  # fmt: skip
        return exceptions

    def _list(self, fields: Fields, kind: str) -> str | None:
        """Business exceptions land on a list unless they are findings (`list: none`)."""
        if "list" not in fields:
            return "att hantera manuellt" if kind == "business" else None
        name = self.reader.text(fields["list"], "list")
        return None if name == "none" else name

    def _postpone(self, node: Node | None) -> Any:
        if isinstance(node, ScalarNode) and node.text == "end_of_queue":
            return "end_of_queue"
        return self.reader.seconds(node, "postpone")

    def _config(self, node: Node | None) -> dict[str, Setting]:
        reader = self.reader
        found = reader.map(node, "config") if node is not None else None
        settings: dict[str, Setting] = {}
        keys = ("type", "value", "description", "locked", "secrecy", "source")
        for entry in found.entries if found else ():
            fields = reader.mapping(entry.value, f"config {entry.key.text}", keys, ("type", "value", "description"))
            if fields is None:
                continue
            type_ = reader.type(fields["type"], {}, "type")
            settings[entry.key.text] = Setting(
                entry.key.text, type_, setting_value(reader, fields["value"], type_, entry.key.text),
                reader.text(fields["description"], "description"), reader.boolean(fields["locked"], "locked"), entry.key.span,
            )  # fmt: skip
        return settings

    def _reading(self, node: Node | None, exceptions: Mapping[str, ExceptionType]) -> dict[str, str]:
        fields = self.reader.mapping(node, "reading", ("missing", "unreadable", "unknown")) if node is not None else None
        outcomes: dict[str, str] = {}
        for entry in fields.node.entries if fields else ():
            id = self.reader.text(entry.value, entry.key.text)
            if id not in exceptions and isinstance(entry.value, ScalarNode):
                self.reader.unknown(entry.value, "exception", exceptions, rule="unknown-exception")
            outcomes[entry.key.text] = id
        return outcomes

    def _item_types(self, fields: Fields, names: Names) -> dict[str, Type]:
        queue = fields["queue"]
        node = queue.get("item") if isinstance(queue, MapNode) else None
        return self.reader.types(node, names.record_types(), "item")

    def _queue(self, fields: Fields, types: dict[str, Type]) -> Queue | None:
        reader = self.reader
        if "queue" not in fields:
            return None
        queue = reader.mapping(fields["queue"], "queue", ("item", "reference", "lock", "attempts"), ("item", "reference"))
        if queue is None:
            return None
        reference = [reader.expression(item, "reference") for item in reader.list(queue["reference"], "reference")]
        return Queue(
            types, tuple(part for part in reference if part is not None),
            reader.expression(queue["lock"], "lock") if "lock" in queue else None,
            reader.integer(queue["attempts"], "attempts", 3, minimum=1), queue.span,
        )  # fmt: skip

    def _report(self, node: Node | None) -> Report:
        reader = self.reader
        fields = reader.mapping(node, "report", ("columns", "lists", "per")) if node is not None else None
        if fields is None:
            return Report()
        columns: dict[str, Evaluable] = {}
        found = reader.map(fields["columns"], "columns") if "columns" in fields else None
        for entry in found.entries if found else ():
            if (value := reader.expression(entry.value, f"column {entry.key.text}")) is not None:
                columns[entry.key.text] = value
        lists: dict[str, tuple[str, ...]] = {}
        found = reader.map(fields["lists"], "lists") if "lists" in fields else None
        for entry in found.entries if found else ():
            chosen = []
            for item in reader.list(entry.value, "a list's columns"):
                scalar = reader.scalar(item, "a column")
                if scalar is not None and scalar.text not in columns:
                    reader.unknown(scalar, "column", columns, rule="unknown-column")
                elif scalar is not None:
                    chosen.append(scalar.text)
            lists[entry.key.text] = tuple(chosen)
        return Report(columns, lists, reader.choice(fields["per"], "per", columns, "") or None if "per" in fields else None)


def setting_value(reader: Reader, node: Node | None, type_: Type, name: str) -> Any:
    """The value of a setting; a list has one value a line."""
    if type_.name == "list":
        return tuple(reader.literal(item, type_.of or ANY, name) for item in reader.list(node, name))
    return reader.literal(node, type_.required(), f"config {name}")


def _plain(node: Node) -> Any:
    """A tree as plain lists, dicts and texts, for the document."""
    if isinstance(node, MapNode):
        return {entry.key.text: _plain(entry.value) for entry in node.entries}
    if isinstance(node, ListNode):
        return [_plain(item) for item in node.items]
    return node.text
