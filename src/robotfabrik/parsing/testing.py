"""`tests:` of a PDD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from robotfabrik import expressions
from robotfabrik.model.cases import (
    Answer,
    Case,
    Example,
    Expectation,
    ProcessTest,
    Retracted,
    RuleTest,
    Stopped,
    TextTest,
)
from robotfabrik.model.errors import EvaluationError, unknown
from robotfabrik.model.process import (
    BotApplication,
    Effect,
    ExceptionType,
    Queue,
    Rule,
    Setting,
    Text,
    Workflow,
)  # fmt: skip
from robotfabrik.model.source import Located, Word
from robotfabrik.model.types import DATE, PERCENT, TEXT, Type, enumeration, foreign, list_of, record_of
from robotfabrik.parsing import addresses, tables
from robotfabrik.parsing.data import DataReader
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.names import Names
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader, meant
from robotfabrik.parsing.targets import TargetBuilder

STATUSES = ("successful", "postponed", "business", "failed", "held")
RULE_TEST = ("rule", "examples")
TEXT_TEST = ("text", "given", "expect")
TEXT_EXPECT = ("text", "rubrik", "contains")
PROCESS_TEST = ("name", "given", "expect")
GIVEN = (
    "date", "config", "item", "workflows", "missing", "effects", "application", "last_completed", "outage",
    "items",
    "retract",
)  # fmt: skip
OUTCOMES = ("successful", "business", "failed", "held")
GIVEN_OUTAGE = ("stopped_on", "stopped_at", "dispatched", "unhandled", "told_later")
GIVEN_RETRACT = ("effect", "content", "id", "date", "reason")
STATES = ("waiting", "failed", "held")
EXPECT = ("status", "throws", "rules", "once", "items")


class CellReader:
    """Reads the cells of a row of examples."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.data = DataReader(reader)

    def cells(
        self, cells: list[tuple[tables.Cell, tables.Cell]], types: Mapping[str, Type]
    ) -> dict[str, Any]:
        return {
            head.text: None
            if cell.text == "-"
            else self._expression_or_literal(cell.located, types[head.text])
            for head, cell in cells
            if head.text in types
        }

    def _expression_or_literal(self, located: Located, type_: Type) -> Any:
        """A literal; lists and records are written as an expression: ['a', 'b']."""
        if type_.name not in ("list", "table", "record"):
            return self.data.literal(located, type_)
        found = expressions.parse_expression(located, self.reader.report)
        if found is not None:
            given = expressions.static_type(found, expressions.Environment({}, self.reader.report))
            words, known = foreign(type_, given)
            for word, span in expressions.texts_of(found):
                if word in words:
                    message = f"this is never '{word}'"
                    self.reader.report(unknown(span, message, "enumeration", word, known))
        try:
            value = None if found is None else found.evaluate({})
        except EvaluationError as wrong:
            self.reader.error(wrong.span or located.span(), str(wrong), "wrong-value")
            return None
        return tuple(value) if isinstance(value, list) else value


class CaseBuilder:
    """Builds the tests against what the PDD declares."""

    def __init__(
        self, reader: Reader, names: Names, queue: Queue | None, config: Mapping[str, Setting],
        exceptions: Mapping[str, ExceptionType], columns: Iterable[str],
    ) -> None:  # fmt: skip
        self.reader = reader
        self.data = DataReader(reader)
        self.names, self.queue, self.config, self.exceptions = names, queue, config, exceptions
        self.columns = tuple(columns)

    def build(self, node: Node | None) -> tuple[Case, ...]:
        return tuple(
            case for item in self.reader.list(node, "tests") if (case := self._case(item)) is not None
        )

    def _case(self, node: Node) -> Case | None:
        if not isinstance(node, MapNode):
            return self._process(node)
        keys = set(node.keys())
        if "rule" in keys or "examples" in keys:
            return self._rule(node)
        if "text" in keys or ("name" not in keys and "text" in meant(node, TEXT_TEST)):
            return self._text(node)
        return self._process(node)

    def _named(self, fields: Fields, kind: str, known: Mapping[str, Any]) -> Any:
        scalar = self.reader.scalar(fields[kind], kind)
        return None if scalar is None else self._known(scalar, kind, known)

    def _known(self, scalar: ScalarNode, kind: str, known: Mapping[str, Any]) -> Any:
        """What a name stands for; nothing is said of an application that could not be read."""
        if scalar.text not in known and not self.names.unsure(scalar.text):
            self.reader.unknown(scalar, kind, known, rule=f"unknown-{kind}")
        return known.get(scalar.text)

    # --- rules

    def _rule(self, node: MapNode) -> RuleTest | None:
        fields = self.reader.mapping(node, "a rule's test", RULE_TEST, RULE_TEST)
        assert fields is not None
        rule: Rule | None = self._named(fields, "rule", self.names.rules)
        scalar = self.reader.scalar(fields["examples"], "examples")
        table = tables.parse_table(scalar.located, self.reader.report) if scalar is not None else None
        if rule is None or table is None:
            return None
        split = table.split if table.split is not None else len(table.header)
        for number, cell in enumerate(table.header):
            known = rule.inputs if number < split else rule.outputs
            if cell.text not in known:
                what = "input" if number < split else "output"
                message = f"unknown {what} of {rule.id}: '{cell.text}'"
                self.reader.report(unknown(cell.span, message, f"unknown-{what}", cell.text, known))
        several = rule.hit_policy == "collect"
        outputs = {name: list_of(type_) if several else type_ for name, type_ in rule.outputs.items()}
        examples = []
        for row in table.rows:
            cells = list(zip(table.header, row.cells, strict=True))
            slips = Collector()
            reader = CellReader(Reader(slips.report))
            examples.append(
                Example(
                    row.span,
                    reader.cells(cells[:split], rule.inputs),
                    reader.cells(cells[split:], outputs),
                    {head.text: cell.span for head, cell in cells[:split]},
                    {head.text: cell.span for head, cell in cells[split:]},
                    sound=not slips.has_errors,
                )
            )
            for slip in slips.diagnostics:
                self.reader.report(slip)
        return RuleTest(fields.span, rule, tuple(examples))

    # --- texts

    def _text(self, node: MapNode) -> TextTest | None:
        fields = self.reader.mapping(node, "a text's test", TEXT_TEST, ("text", "expect"))
        assert fields is not None
        text: Text | None = self._named(fields, "text", self.names.all_texts())
        expect = self.reader.mapping(fields["expect"], "expect", TEXT_EXPECT)
        if text is None or expect is None:
            return None
        contains = expect["contains"]
        items = (
            contains.items if isinstance(contains, ListNode) else (contains,) if contains is not None else ()
        )
        return TextTest(
            fields.span,
            text,
            self.data.record(fields["given"], text.inputs, "given") if "given" in fields else {},
            self.reader.text(expect["text"], "text") if "text" in expect else None,
            self.reader.text(expect["rubrik"], "rubrik") if "rubrik" in expect else None,
            tuple(self.reader.text(item, "contains") for item in items),
        )

    # --- the whole process

    def _process(self, node: Node) -> ProcessTest | None:
        fields = self.reader.mapping(node, "a test", PROCESS_TEST, ("name", "expect"))
        if fields is None:
            return None
        given = self.reader.mapping(fields["given"], "given", GIVEN) if "given" in fields else None
        expect = self._expectation(fields["expect"])
        name = self.reader.text(fields["name"], "name", "test")
        self._items_need_dispatch(fields["expect"], given)
        if given is None:
            return ProcessTest(fields.span, name, expect)
        item_types = dict(self.queue.item) if self.queue else {}
        settings = {s.name: s.type.or_none() for s in self.config.values()}
        config = self.data.record(given["config"], settings, "config") if "config" in given else {}
        return ProcessTest(
            fields.span,
            name,
            expect,
            day=self.reader.literal(given["date"], DATE, "date"),
            config={key: value for key, value in config.items() if value is not None},
            item=self.data.record(given["item"], item_types, "item") if "item" in given else None,
            last_completed=self.reader.literal(given["last_completed"], DATE, "last_completed"),
            workflows=self._workflows(given["workflows"]),
            effects=self._effects(given["effects"]),
            missing=self._missing(given),
            application=self._application(given["application"]),
            outage=self._outage(given["outage"], item_types),
            items=self._ended(given["items"]),
            retract=self._retract(given["retract"]),
        )

    def _outage(self, node: Node | None, item: Mapping[str, Type]) -> Stopped | None:
        fields = None if node is None else self.reader.mapping(node, "outage", GIVEN_OUTAGE)
        if fields is None:
            return None
        types = {"item": record_of(item), "state": enumeration(*STATES)}
        rows = self.reader.list(fields["unhandled"], "unhandled")
        return Stopped(
            self.reader.literal(fields["stopped_on"], DATE, "stopped_on"),
            self.reader.text(fields["stopped_at"], "stopped_at", "02:13"),
            self.reader.boolean(fields["dispatched"], "dispatched", True),
            tuple(self.data.record(row, types, "what was not checked") for row in rows),
            self.reader.boolean(fields["told_later"], "told_later", False),
        )

    def _ended(self, node: Node | None) -> tuple[Mapping[str, Any], ...] | None:
        """What became of the items, as `finish` sees it."""
        if node is None:
            return None
        types = {
            "reference": TEXT.or_none(), "outcome": enumeration(*OUTCOMES), "exception": TEXT.or_none(),
            "columns": record_of(dict.fromkeys(self.columns, TEXT.or_none())).or_none(),
        }  # fmt: skip
        return tuple(self.data.record(row, types, "an item") for row in self.reader.list(node, "items"))

    def _retract(self, node: Node | None) -> Retracted | None:
        """What is taken back; its effect says how."""
        fields = (
            None
            if node is None
            else self.reader.mapping(node, "retract", GIVEN_RETRACT, ("effect", "content"))
        )
        effect = self._named(fields, "effect", self.names.all_effects()) if fields is not None else None
        if fields is None or effect is None:
            return None
        if effect.retract is None:
            self.reader.error(
                fields.span, f"{effect.id} does not say how it is taken back", "unknown-effect",
                "write 'retract:' in the effect",
            )  # fmt: skip
        return Retracted(
            effect,
            self.data.record(fields["content"], effect.inputs, "content"),
            self.reader.text(fields["id"], "id", "1"),
            self.reader.literal(fields["date"], DATE, "date"),
            self.reader.text(fields["reason"], "reason"),
        )

    def _workflows(self, node: Node | None) -> dict[str, tuple[Answer, ...]]:
        known = self.names.all_workflows()
        found = self.reader.map(node, "workflows") if node is not None else None
        answers: dict[str, tuple[Answer, ...]] = {}
        for entry in found.entries if found else ():
            workflow: Workflow | None = self._known(entry.key, "workflow", known)
            if workflow is None:
                continue
            outputs = self.names.outputs(workflow)
            items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
            answers[workflow.id] = tuple(self._answer(item, workflow.inputs, outputs) for item in items)
        return answers

    def _answer(self, node: Node, inputs: Mapping[str, Type], outputs: Mapping[str, Type]) -> Answer:
        found = self.reader.mapping(node, "a mocked answer", (*outputs, "where", "throws"))
        if found is None:
            return Answer({}, {})
        throws = self._exception(found["throws"])
        where = {}
        if "where" in found and (wanted := self.reader.mapping(found["where"], "where", inputs)) is not None:
            where = {
                name: self.data.value(wanted[name], inputs[name], name) for name in inputs if name in wanted
            }
        if throws is not None:
            return Answer(where, {}, throws)
        values = {}
        for name, type_ in outputs.items():
            if name in found:
                values[name] = self.data.value(found[name], type_, name)
            elif type_.optional:
                values[name] = None
            else:
                self.reader.error(found.span, f"the answer needs '{name}' ({type_})", "missing-key")
        return Answer(where, values)

    def _missing(self, given: Fields) -> tuple[str, ...] | None:
        """The ids of the elements that are not there."""
        if "missing" not in given:
            return None
        if "application" in given:
            message = "'missing' is for a test without an application: over one, its pages say what is there"
            self.reader.error(given.key("missing"), message, "surplus-argument")
        targets = TargetBuilder(self.reader, self.names)
        scalars = (
            self.reader.scalar(item, "a target") for item in self.reader.list(given["missing"], "missing")
        )
        found = (targets.named(scalar) for scalar in scalars if scalar is not None)
        return tuple(Word(part.id, span) for part, span in found if part is not None)

    def _application(self, node: Node | None) -> dict[str, BotApplication]:
        """Application → the address or folder of pages that the test runs over."""
        found = self.reader.map(node, "application")
        applications: dict[str, BotApplication] = {}
        for entry in found.entries if found else ():
            name = entry.key.text
            if name not in self.names.repositories and name not in self.names.unread:
                self.reader.unknown(
                    entry.key, "application", self.names.repositories, rule="unknown-application"
                )
            if isinstance(entry.value, MapNode):
                where = addresses.application(self.reader, entry.value, name)
            else:
                where = BotApplication(addresses.url(self.reader, entry.value))
            applications[Word(name, entry.key.span)] = where
        return applications

    def _items_need_dispatch(self, node: Node | None, given: Fields | None) -> None:
        """Dispatch runs in a test that gives no item."""
        entry = node.entry("items") if isinstance(node, MapNode) else None
        instead = () if given is None else [name for name in ("item", "outage", "retract") if name in given]
        if entry is not None and instead:
            message = f"'items' are what dispatch adds; it does not run when the test gives {instead[0]}:"
            self.reader.error(entry.key.span, message, "surplus-argument")

    def _effects(self, node: Node | None) -> dict[str, tuple[Mapping[str, Any], ...]]:
        """What stands in the application already: effect → candidates."""
        known = self.names.all_effects()
        found = self.reader.map(node, "effects") if node is not None else None
        effects: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for entry in found.entries if found else ():
            effect: Effect | None = self._known(entry.key, "effect", known)
            if effect is None:
                continue
            types = {"id": TEXT, **effect.inputs}
            rows = self.reader.list(entry.value, "candidates")
            effects[effect.id] = tuple(self.data.record(row, types, "a candidate") for row in rows)
        return effects

    def _expectation(self, node: Node | None) -> Expectation:
        fields = self.reader.mapping(node, "expect", EXPECT)
        if fields is None:
            return Expectation()
        rules = fields["rules"]
        return Expectation(
            self.reader.choice(fields["status"], "status", STATUSES, "successful")
            if "status" in fields
            else None,
            self._exception(fields["throws"]),
            None if rules is None else self._rows(rules),
            self._once(fields["once"]) if "once" in fields else None,
            self._items(fields["items"]) if "items" in fields else None,
        )

    def _items(self, node: Node | None) -> tuple[str, ...]:
        """The references that dispatch adds, in order."""
        return tuple(self.reader.text(item, "items") for item in self.reader.list(node, "items"))

    def _exception(self, node: Node | None) -> str | None:
        scalar = self.reader.scalar(node, "throws")
        if scalar is not None and scalar.text not in self.exceptions and not self.names.unread:
            self.reader.unknown(scalar, "exception", self.exceptions, rule="unknown-exception")
        return None if scalar is None else scalar.text

    def _rows(self, node: Node) -> tuple[str, ...]:
        """The rows of rules that fire, by their ids, and the rules that steps name with `rule:`."""
        known = self.names.rows()
        items = self.reader.list(node, "rules")
        return tuple(row for item in items if (row := self.reader.choice(item, "row of a rule", known, "")))

    def _once(self, node: Node | None) -> dict[str, tuple[dict[str, str], ...]]:
        """Effect → the content of each time: one mapping, or a list of them."""
        known = self.names.all_effects()
        found = self.reader.map(node, "once") if node is not None else None
        expected: dict[str, tuple[dict[str, str], ...]] = {}
        for entry in found.entries if found else ():
            effect: Effect | None = self._known(entry.key, "effect", known)
            if effect is None:
                continue
            times = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
            expected[effect.id] = tuple(self._content(time, effect) for time in times)
        return expected

    def _content(self, node: Node, effect: Effect) -> dict[str, str]:
        fields = self.reader.map(node, "an effect's content")
        content: dict[str, str] = {}
        for part in fields.entries if fields else ():
            if part.key.text not in effect.inputs:
                self.reader.unknown(
                    part.key, f"input of {effect.id}", effect.inputs, rule="surplus-argument"
                )
            content[part.key.text] = self._as_written(part.value, part.key.text, effect)
        return content

    def _as_written(self, node: Node, name: str, effect: Effect) -> str:
        """What is compared with the text of an input: a percent as people write it too, 75 % for 0,75."""
        if effect.inputs.get(name, TEXT).name == "percent" and self.reader.text(node, name).endswith("%"):
            return expressions.to_text(self.reader.literal(node, PERCENT, name))
        return self.reader.text(node, name)
