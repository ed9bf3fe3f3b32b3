"""Decision tables and texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from robotfabrik import expressions
from robotfabrik.expressions import Constant, Expression
from robotfabrik.model.errors import unknown
from robotfabrik.model.process import (
    Between,
    CellTest,
    Compared,
    Evaluable,
    Excluded,
    IsUnknown,
    OneOf,
    Paragraph,
    Rule,
    RuleCell,
    RuleRow,
    Sentence,
    Text,
)  # fmt: skip
from robotfabrik.model.source import Word
from robotfabrik.model.suggest import suggest
from robotfabrik.model.types import TEXTUAL, Type
from robotfabrik.parsing import tables
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.names import Names
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Reader, anything

WHEN = ("när", "when")
_NAMED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")  # config.limit
UNREADABLE = ("list", "table", "record")
RULE = ("name", "hit_policy", "inputs", "outputs", "otherwise", "table")
TEXT = ("inputs", "rubrik", "text")
PARAGRAPH = ("lines",)
SENTENCE = ("when", "text")
HIT_POLICIES = ("unique", "first", "collect", "latest")


Tested = tables.OneOf | tables.Compare | tables.Range | tables.Not | tables.UnknownCell


class _Unread(Exception):
    """A literal is not of its column's type; it has been reported."""


class DecisionBuilder:
    """Builds `rules:` and `texts:`; a rule may use the output types of the rules above it."""

    def __init__(self, reader: Reader, names: Names, known: Mapping[str, Type]) -> None:
        self.reader = reader
        self.names = names
        self.known = known

    def rules(self, node: Node | None) -> dict[str, Rule]:
        found = self.reader.map(node, "rules") if node is not None else None
        rules: dict[str, Rule] = {}
        self.names.rules = rules
        for entry in found.entries if found else ():
            if (rule := self._rule(entry.key, entry.value)) is not None:
                rules[rule.id] = rule
        return rules

    def types(self) -> dict[str, Type]:
        """Every type name that may be written here."""
        return {**self.names.record_types(), **self.known}

    def _rule(self, key: ScalarNode, node: Node) -> Rule | None:
        reader, id = self.reader, key.text
        fields = reader.mapping(node, f"rule {id}", RULE, ("name", "inputs", "outputs", "table"))
        if fields is None:
            return None
        inputs = reader.types(fields["inputs"], self.types(), "inputs")
        outputs = reader.types(fields["outputs"], self.types(), "outputs")
        columns, rows = self._table(id, fields["table"], inputs, outputs)
        return Rule(
            id=id,
            span=key.span,
            name=reader.text(fields["name"], "name", id),
            hit_policy=reader.choice(fields["hit_policy"], "hit_policy", HIT_POLICIES, "unique"),
            inputs=inputs,
            outputs=outputs,
            columns=columns,
            rows=rows,
            otherwise=self._otherwise(fields["otherwise"], outputs),
        )

    def _otherwise(self, node: Node | None, outputs: Mapping[str, Type]) -> Any:
        if node is None:
            return None
        if isinstance(node, ScalarNode):
            self.reader.choice(node, "otherwise", ("none",), "none")
            return "none"
        found = self.reader.mapping(node, "otherwise", outputs, outputs)
        if found is None:
            return None
        return {
            name: self.reader.typed_value(value, type_, name)
            for name, type_ in outputs.items()
            if (value := found[name]) is not None
        }

    def _table(
        self, id: str, node: Node | None, inputs: Mapping[str, Type], outputs: Mapping[str, Type]
    ) -> tuple[tuple[str | None, ...], tuple[RuleRow, ...]]:
        scalar = self.reader.scalar(node, "table")
        slips = Collector()
        table = tables.parse_table(scalar.located, slips.report) if scalar is not None else None
        for slip in slips.diagnostics:
            self.reader.report(slip)
        if table is None:
            return (), ()
        if table.split is None:
            span = table.header[0].located.span()
            self.reader.error(span, "the header has no || before its outputs", "table", "| input || output |")
            return (), ()
        first = 1 if table.header[0].text == "#" else 0
        columns = [self._column(cell, "input", inputs, WHEN) for cell in table.header[first : table.split]]
        results = [self._column(cell, "output", outputs) for cell in table.header[table.split :]]
        for name in [name for name in outputs if name not in results]:
            message = f"rule {id} has no column for its output '{name}'"
            self.reader.error(table.header[table.split].located.span(), message, "table")
        rows = []
        for number, row in enumerate(table.rows, 1):
            label = Word(row.cells[0].text, row.cells[0].span) if first else "-"
            tests = zip(row.cells[first : table.split], columns, strict=True)
            values = zip(row.cells[table.split :], results, strict=True)
            rows.append(
                RuleRow(
                    f"{id}.{number}" if label == "-" else label,
                    row.span,
                    tuple(self._condition(cell, name, inputs) for cell, name in tests),
                    {name: self._output(cell, outputs[name]) for cell, name in values if name in outputs},
                )
            )
        if slips.diagnostics and rows:  # a row has been left out: nothing can be said of the whole
            unread = tuple(RuleCell(rows[-1].span, condition=anything(rows[-1].span)) for _ in columns)
            rows.append(RuleRow(f"{id}.-", rows[-1].span, unread, rows[-1].outputs))
        return tuple(None if name in WHEN else name for name in columns), tuple(rows)

    def _column(
        self, cell: tables.Cell, what: str, known: Mapping[str, Type], words: Iterable[str] = ()
    ) -> str:
        """The input or output that a column is about; a misspelt one has been reported."""
        names = (*known, *words)
        if cell.text in names:
            return cell.text
        message, rule = f"unknown {what}: '{cell.text}'", f"unknown-{what}"
        self.reader.report(unknown(cell.located.span(), message, rule, cell.text, names))
        return suggest(cell.text, names) or cell.text

    def _condition(self, cell: tables.Cell, name: str, inputs: Mapping[str, Type]) -> RuleCell:
        """A cell; one that cannot be read becomes a question of which nothing is known."""
        span = cell.located.span()
        if name in WHEN:
            if cell.text == "-":
                return RuleCell(span)
            found = expressions.parse_expression(cell.located, self.reader.report)
            return RuleCell(span, condition=found or anything(span))
        type_ = inputs.get(name)
        condition = tables.parse_condition_cell(cell, self.reader.report)
        if condition is None or type_ is None:
            return RuleCell(span, condition=anything(span))
        if isinstance(condition, tables.AnyValue):
            return RuleCell(span)
        if isinstance(condition, tables.UnknownCell) and cell.text in type_.values:
            return RuleCell(span, OneOf((cell.text,)))  # the enumeration has a value of that name
        try:
            return RuleCell(span, self._test(condition, type_))
        except _Unread:
            return RuleCell(span, condition=anything(span))

    def _test(self, condition: Tested, type_: Type) -> CellTest:
        match condition:
            case tables.UnknownCell():
                return IsUnknown()
            case tables.Not(inner=inner):
                return Excluded(self._test(inner, type_))
            case tables.Range(low=low, high=high):
                return Between(self._literal(low, type_), self._literal(high, type_))
            case tables.Compare(op=op, literal=literal):
                return Compared(op, self._literal(literal, type_))
            case tables.OneOf(literals=literals):
                return OneOf(tuple(self._literal(literal, type_) for literal in literals))

    def _literal(self, value: tables.Value, type_: Type, *, output: bool = False) -> Any:
        """A cell's literal, read as its column's type; quoted text is never a word of the language."""
        if value.text == "none" and not value.quoted:
            return None
        if type_.name == "any":
            return value.text
        if type_.name in UNREADABLE:
            message = f"a cell cannot say anything of a {type_.name}"
            self.reader.error(value.span(), message, "wrong-type", "ask in a 'when' column: len(x) > 0")
            raise _Unread
        if _NAMED.fullmatch(value.text) and not value.quoted and type_.name not in TEXTUAL:
            hint = f"write ${{{{ {value.text} }}}}" if output else "ask in a `när` (`when`) column"
            self.reader.error(value.span(), "a cell holds a value, not a name", "wrong-type", hint)
            raise _Unread
        found = self.reader.parsed(value.text, type_.required(), "this cell", value.span())
        if found is None:
            raise _Unread
        return found

    def _output(self, cell: tables.Cell, type_: Type) -> Evaluable:
        span = cell.located.span()
        if cell.text in ("-", "none"):
            return Constant(None, type_.or_none(), span)
        found = expressions.parse_value(cell.located, self.reader.report)
        if found is None:
            return anything(span)
        if not isinstance(found, Constant):
            return found
        if type_.name in UNREADABLE:
            message = f"a {type_.name} is written as an expression"
            self.reader.error(span, message, "wrong-type", "write ${{ ['a', 'b'] }}")
            return anything(span)
        try:
            return Constant(self._literal(tables.literal(cell.located), type_, output=True), type_, span)
        except _Unread:
            return anything(span)

    # --- texts

    def texts(self, node: Node | None) -> dict[str, Text]:
        found = self.reader.map(node, "texts") if node is not None else None
        texts: dict[str, Text] = {}
        self.names.texts = texts
        for entry in found.entries if found else ():
            if (text := self._text(entry.key, entry.value)) is not None:
                texts[entry.key.text] = text
        return texts

    def _text(self, key: ScalarNode, node: Node) -> Text | None:
        fields = self.reader.mapping(node, f"text {key.text}", TEXT, ("text",))
        if fields is None:
            return None
        return Text(
            id=self.names.id(key.text),
            span=key.span,
            inputs=self.reader.types(fields["inputs"], self.types(), "inputs"),
            rubrik=None if fields["rubrik"] is None else self._rendered(fields["rubrik"], "rubrik"),
            paragraphs=tuple(self._paragraph(item) for item in self.reader.list(fields["text"], "text")),
        )

    def _paragraph(self, node: Node) -> Paragraph:
        lines = isinstance(node, MapNode) and node.get("lines") is not None
        if lines:
            fields = self.reader.mapping(node, "a paragraph", PARAGRAPH, PARAGRAPH)
            sentences = self.reader.list(fields["lines"], "lines") if fields is not None else ()
        else:
            sentences = node.items if isinstance(node, ListNode) else (node,)
        built = [s for s in (self._sentence(sentence, lines) for sentence in sentences) if s is not None]
        return Paragraph(tuple(built), lines)

    def _sentence(self, node: Node, line: bool) -> Sentence | None:
        if isinstance(node, MapNode) and (node.get("when") or node.get("text")) is not None:
            fields = self.reader.mapping(node, "a sentence", SENTENCE, ("text",))
            if fields is None or (written := fields["text"]) is None:
                return None
            return Sentence(self._said(written, line), self.reader.expression(fields["when"], "when"))
        return Sentence(self._said(node, line))

    def _said(self, node: Node, line: bool) -> Evaluable:
        """A sentence's text; what stands for lines may be a list of texts."""
        value = self.reader.value(node, "a sentence")
        return value if line and isinstance(value, Expression) else expressions.rendered(value)

    def _rendered(self, node: Node, what: str) -> Evaluable:
        return expressions.rendered(self.reader.value(node, what))
