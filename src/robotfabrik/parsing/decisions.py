"""Decision tables and texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik import expressions
from robotfabrik.expressions import Constant
from robotfabrik.expressions.rendered import Rendered
from robotfabrik.model import reading
from robotfabrik.model.process import (
    Between, CellTest, Compared, Evaluable, Excluded, IsUnknown, OneOf, Rule, RuleCell, RuleRow, Sentence, Text,
)  # fmt: skip
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import Type
from robotfabrik.parsing import tables
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Reader
from robotfabrik.parsing.steps import Names

WHEN = ("när", "when")
HIT_POLICIES = ("unique", "first", "collect", "latest")


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
        keys = ("name", "hit_policy", "inputs", "outputs", "otherwise", "table")
        fields = reader.mapping(node, f"rule {id}", keys, ("name", "inputs", "outputs", "table"))
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
        values = {name: self.reader.typed_value(found[name], outputs[name], name) for name in outputs}
        return {name: value for name, value in values.items() if value is not None}

    def _table(
        self, id: str, node: Node | None, inputs: Mapping[str, Type], outputs: Mapping[str, Type]
    ) -> tuple[tuple[str | None, ...], tuple[RuleRow, ...]]:
        scalar = self.reader.scalar(node, "table")
        table = tables.parse_table(scalar.located, self.reader.report) if scalar is not None else None
        if table is None:
            return (), ()
        if table.split is None:
            self.reader.error(table.header[0].located.span(), "the header has no || before its outputs", "table",
                              "| input || output |")  # fmt: skip
            return (), ()
        numbered = bool(table.header) and table.header[0].text == "#"
        first = 1 if numbered else 0
        columns: list[str | None] = []
        for cell in table.header[first : table.split]:
            columns.append(None if cell.text in WHEN else cell.text)
            if cell.text not in WHEN and cell.text not in inputs:
                self._unknown_column(cell, "input", (*inputs, *WHEN))
        results = table.header[table.split :]
        for cell in results:
            if cell.text not in outputs:
                self._unknown_column(cell, "output", outputs)
        for name in outputs.keys() - {cell.text for cell in results}:
            self.reader.error(table.header[0].located.span(), f"rule {id} has no column for its output '{name}'", "table")
        rows = []
        for number, row in enumerate(table.rows, 1):
            label = row.cells[0].text if numbered else "-"
            conditions = tuple(
                self._condition(cell, name, inputs)
                for cell, name in zip(row.cells[first : table.split], columns, strict=True)
            )
            values = {
                head.text: self._output(cell, outputs[head.text])
                for cell, head in zip(row.cells[table.split :], results, strict=True)
                if head.text in outputs
            }
            rows.append(RuleRow(f"{id}.{number}" if label == "-" else label, row.span, conditions, values))
        return tuple(columns), tuple(rows)

    def _unknown_column(self, cell: tables.Cell, what: str, known: Any) -> None:
        self.reader.error(cell.located.span(), f"unknown {what}: '{cell.text}'", f"unknown-{what}", did_you_mean(cell.text, known) or None)

    def _condition(self, cell: tables.Cell, name: str | None, inputs: Mapping[str, Type]) -> RuleCell:
        span = cell.located.span()
        if name is None:
            if cell.text == "-":
                return RuleCell(span)
            return RuleCell(span, condition=expressions.parse_expression(cell.located, self.reader.report))
        condition = tables.parse_condition_cell(cell, self.reader.report)
        if condition is None or isinstance(condition, tables.AnyValue):
            return RuleCell(span)
        type_ = inputs.get(name)
        if type_ is None:
            return RuleCell(span)
        if isinstance(condition, tables.UnknownCell) and cell.text in type_.values:
            return RuleCell(span, OneOf((cell.text,)))  # the enumeration has a value of that name
        return RuleCell(span, self._test(condition, type_))

    def _test(self, condition: tables.Condition, type_: Type) -> CellTest | None:
        match condition:
            case tables.UnknownCell():
                return IsUnknown()
            case tables.Not(inner=inner):
                test = self._test(inner, type_)
                return None if test is None else Excluded(test)
            case tables.Range(low=low, high=high):
                return Between(self._literal(low, type_), self._literal(high, type_))
            case tables.Compare(op=op, literal=literal):
                return Compared(op, self._literal(literal, type_))
            case tables.OneOf(literals=literals):
                return OneOf(tuple(self._literal(literal, type_) for literal in literals))
        return None

    def _literal(self, value: tables.Value, type_: Type) -> Any:
        """A cell's literal, read as its column's type."""
        literal = value.located
        if literal.text == "none":
            return None
        if type_.name in ("any", "list", "table", "record"):
            if type_.name != "any":
                self.reader.error(literal.span(), f"a cell cannot say anything of a {type_.name}: use a 'when' column", "wrong-type")
            return literal.text
        try:
            return reading.parse(type_, literal.text)
        except ValueError as wanted:
            suggestion = did_you_mean(literal.text, type_.values) if type_.values else None
            message = f"'{literal.text}' is no {type_}: expected {wanted}"
            self.reader.error(literal.span(), message, "wrong-type", suggestion or None)
            return None

    def _output(self, cell: tables.Cell, type_: Type) -> Evaluable:
        if cell.text in ("-", "none"):
            return Constant(None, type_, cell.located.span())
        found = expressions.parse_value(cell.located, self.reader.report)
        if found is None:
            return Constant(None, type_, cell.located.span())
        if isinstance(found, Constant) and type_.name not in ("any", "list", "table", "record"):
            return Constant(self._literal(tables.literal(cell.located), type_), type_, found.span)
        return found

    # --- texts

    def texts(self, node: Node | None) -> dict[str, Text]:
        found = self.reader.map(node, "texts") if node is not None else None
        texts: dict[str, Text] = {}
        self.names.texts = texts
        for entry in found.entries if found else ():
            if (text := self._text(entry.key, entry.value)) is not None:
                texts[text.id] = text
        return texts

    def _text(self, key: ScalarNode, node: Node) -> Text | None:
        fields = self.reader.mapping(node, f"text {key.text}", ("inputs", "rubrik", "text"), ("text",))
        if fields is None:
            return None
        paragraphs = []
        for item in self.reader.list(fields["text"], "text"):
            sentences = item.items if isinstance(item, ListNode) else (item,)
            built = [s for s in (self._sentence(sentence) for sentence in sentences) if s is not None]
            paragraphs.append(tuple(built))
        return Text(
            id=key.text,
            span=key.span,
            inputs=self.reader.types(fields["inputs"], self.types(), "inputs"),
            rubrik=self._rendered(fields["rubrik"], "rubrik") if "rubrik" in fields else None,
            paragraphs=tuple(paragraphs),
        )

    def _sentence(self, node: Node) -> Sentence | None:
        if isinstance(node, MapNode) and node.get("text") is not None:
            fields = self.reader.mapping(node, "a sentence", ("when", "text"), ("text",))
            assert fields is not None
            when = self.reader.expression(fields["when"], "when") if "when" in fields else None
            text = self._rendered(fields["text"], "a sentence")
            return None if text is None else Sentence(text, when)
        text = self._rendered(node, "a sentence")
        return None if text is None else Sentence(text)

    def _rendered(self, node: Node | None, what: str) -> Evaluable | None:
        value = self.reader.value(node, what)
        return None if value is None else Rendered(value)
