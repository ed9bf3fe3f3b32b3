"""The PDD: from its tree to a Process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from robotfabrik.model.process import (
    AUTHORITIES,
    Evaluable,
    Process,
    Queue,
    Repository,
    Setting,
)  # fmt: skip
from robotfabrik.model.types import ANY, TEXT, Type, record_of
from robotfabrik.parsing import exceptions, reports
from robotfabrik.parsing.code import Codebase
from robotfabrik.parsing.comparing import comparison
from robotfabrik.parsing.decisions import DecisionBuilder
from robotfabrik.parsing.document import DATA_PROTECTION, DOCUMENT, sections
from robotfabrik.parsing.names import Names, Returns
from robotfabrik.parsing.nodes import MapNode, Node
from robotfabrik.parsing.reader import Fields, Reader, meant
from robotfabrik.parsing.steps import StepBuilder
from robotfabrik.parsing.testing import CaseBuilder

KEYS = (
    "pdd",
    "id",
    "name",
    "version",
    "document",
    "authority",
    "period",
    "applications",
    "services",
    "data_protection",
    "config",
    "reading",
    "exceptions",
    "queue",
    "rules",
    "texts",
    "workflows",
    "dispatch",
    "process",
    "finish",
    "outage",
    "retract",
    "report",
    "compare",
    "tests",
)
SETTING = ("type", "value", "description", "locked", "secrecy", "source")
QUEUE = ("item", "reference", "lock", "attempts", "priority", "deadline", "postpone")
REQUIRED = ("pdd", "id", "name", "version", "authority", "process")


class ProcessBuilder:
    """Builds a process from a PDD's tree and its repositories, already built, by application id."""

    def __init__(
        self, reader: Reader, repositories: Mapping[str, Repository], unread: Iterable[str], returns: Returns,
        code: Codebase | None = None,
    ) -> None:  # fmt: skip
        self.reader = reader
        self.repositories = repositories
        self.unread = frozenset(unread)
        self.returns = returns
        self.code = code or Codebase()

    def build(self, node: Node) -> Process | None:
        reader = self.reader
        fields = reader.mapping(node, "a PDD", KEYS, REQUIRED)
        if fields is None:
            return None
        reader.version(fields["pdd"], "pdd")
        names = Names(
            repositories=self.repositories, unread=self.unread, returns=self.returns, code=self.code
        )
        own = exceptions.exceptions(reader, fields["exceptions"])
        declared = own | exceptions.shared(reader, self.repositories.values(), own, fields.span)
        shared_texts = {text.id: text for one in self.repositories.values() for text in one.texts.values()}
        reading = exceptions.reading(reader, fields["reading"], declared)
        inherited = exceptions.shared_reading(reader, self.repositories.values(), reading, fields.span)
        config = self._config(fields["config"])
        queue_types = self._item_types(fields, names)
        decisions = DecisionBuilder(reader, names, {"item": record_of(queue_types)})
        rules = decisions.rules(fields["rules"])
        texts = decisions.texts(fields["texts"])
        steps = StepBuilder(reader, names)
        workflows, _ = steps.workflows(fields["workflows"], 60.0)
        queue = self._queue(fields, queue_types)
        report = reports.report(reader, fields["report"])
        process = Process(
            id=reader.text(fields["id"], "id", "process"),
            span=fields.span,
            name=reader.text(fields["name"], "name", "process"),
            version=reader.text(fields["version"], "version", "0"),
            document=self._document(fields),
            authority=reader.choice(fields["authority"], "authority", AUTHORITIES, "read"),
            period=None
            if fields["period"] is None
            else reader.choice(fields["period"], "period", ("day", "week", "month"), "month"),
            applications=self.repositories,
            config=config,
            reading=inherited | reading,
            exceptions=declared,
            queue=queue,
            rules=rules,
            texts={**shared_texts, **texts},
            workflows=workflows,
            dispatch=steps.steps(fields["dispatch"], "dispatch"),
            process=steps.steps(fields["process"], "process"),
            finish=steps.steps(fields["finish"], "finish"),
            report=report,
            tests=CaseBuilder(reader, names, queue, config, declared, report.columns).build(fields["tests"]),
            release="",
            services=self._services(fields["services"]),
            outage=steps.steps(fields["outage"], "outage"),
            retract=steps.steps(fields["retract"], "retract"),
            compare=comparison(reader, fields["compare"], report.columns),
        )
        return process

    def _services(self, node: Node | None) -> tuple[str, ...]:
        items = self.reader.list(node, "services")
        return tuple(name for item in items if (name := self.reader.text(item, "a service")))

    def _document(self, fields: Fields) -> dict[str, Any]:
        found = sections(self.reader, fields["document"], "document", DOCUMENT)
        if "data_protection" in fields:
            protection = sections(self.reader, fields["data_protection"], "data_protection", DATA_PROTECTION)
            found["data_protection"] = protection
        return found

    def _config(self, node: Node | None) -> dict[str, Setting]:
        reader = self.reader
        found = reader.map(node, "config") if node is not None else None
        settings: dict[str, Setting] = {}
        for entry in found.entries if found else ():
            fields = reader.mapping(
                entry.value, f"config {entry.key.text}", SETTING, ("type", "value", "description")
            )
            if fields is None:
                settings[entry.key.text] = Setting(entry.key.text, ANY, None, "", False, entry.key.span)
                continue
            type_ = reader.type(fields["type"], {}, "type")
            settings[entry.key.text] = Setting(
                entry.key.text,
                type_,
                setting_value(reader, fields["value"], type_, entry.key.text),
                reader.text(fields["description"], "description"),
                reader.boolean(fields["locked"], "locked"),
                entry.key.span,
                reader.boolean(fields["secrecy"], "secrecy"),
                reader.text(fields["source"], "source") if "source" in fields else "",
            )
        return settings

    def _item_types(self, fields: Fields, names: Names) -> dict[str, Type]:
        queue = fields["queue"]
        node = Fields(queue, meant(queue, QUEUE))["item"] if isinstance(queue, MapNode) else None
        return self.reader.types(node, names.record_types(), "item")

    def _queue(self, fields: Fields, types: dict[str, Type]) -> Queue | None:
        reader = self.reader
        if "queue" not in fields:
            return None
        queue = reader.mapping(fields["queue"], "queue", QUEUE, ("item", "reference"))
        if queue is None:
            return None
        reference = [
            reader.expression(item, "reference") for item in reader.list(queue["reference"], "reference")
        ]

        def asked(name: str) -> Evaluable | None:
            return reader.expression(queue[name], name) if name in queue else None

        return Queue(
            types, tuple(part for part in reference if part is not None),
            asked("lock"), reader.integer(queue["attempts"], "attempts", 3, minimum=1), queue.span,
            asked("priority"), asked("deadline"), asked("postpone"),
        )  # fmt: skip


def setting_value(reader: Reader, node: Node | None, type_: Type, name: str) -> Any:
    """The value of a setting; a list has one value a line."""
    if type_.name == "list":
        return tuple(
            reader.literal(item, type_.of or TEXT, f"config {name}") for item in reader.list(node, name)
        )
    if type_ == ANY:  # reported already
        return None
    return reader.literal(node, type_.required(), f"config {name}")
