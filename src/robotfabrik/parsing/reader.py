"""Reads nodes strictly: unknown keys, missing keys and wrong kinds are reported, never raised.

Every method takes a node and returns its value, or None after having reported what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from robotfabrik import expressions
from robotfabrik.expressions import Constant
from robotfabrik.model import reading
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Evaluable
from robotfabrik.model.source import Span
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import BOOLEAN, DURATION, INTEGER, Type
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.slips import looks_like_sentence

Report = Callable[[Diagnostic], None]


class Fields:
    """A mapping whose keys have been checked: absent keys are None."""

    def __init__(self, node: MapNode) -> None:
        self.node = node
        self.span = node.span

    def __getitem__(self, name: str) -> Node | None:
        return self.node.get(name)

    def __contains__(self, name: str) -> bool:
        return self.node.get(name) is not None

    def key(self, name: str) -> Span:
        """Where a key stands; the mapping itself when it is absent."""
        entry = self.node.entry(name)
        return entry.key.span if entry else self.span


class Reader:
    """The strict reading of nodes; `report` collects."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def error(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        self.report(Diagnostic(span, message, rule, suggestion))

    # --- shapes

    def mapping(self, node: Node | None, what: str, keys: Iterable[str], required: Iterable[str] = ()) -> Fields | None:
        """A mapping with no other keys than these."""
        if node is None or not (found := self.map(node, what)):
            return None
        known = tuple(keys)
        for entry in found.entries:
            if entry.key.text not in known:
                self.unknown(entry.key, f"key in {what}", known, rule="unknown-key")
        for name in required:
            if found.get(name) is None:
                self.error(found.span, f"{what} needs '{name}:'", "missing-key")
        return Fields(found)

    def map(self, node: Node, what: str) -> MapNode | None:
        if isinstance(node, MapNode):
            return node
        if not (isinstance(node, ScalarNode) and node.empty):
            self.error(node.span, f"{what} must be a mapping (name: value)", "wrong-kind")
        return None

    def list(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """The items of a list; an empty value is an empty list."""
        if node is None or (isinstance(node, ScalarNode) and node.empty):
            return ()
        if isinstance(node, ListNode):
            return node.items
        self.error(node.span, f"{what} must be a list (lines that begin with -)", "wrong-kind")
        return ()

    def scalar(self, node: Node | None, what: str) -> ScalarNode | None:
        if isinstance(node, ScalarNode):
            return node
        if node is not None:
            fixed = looks_like_sentence(node) if isinstance(node, MapNode) else None
            self.error(node.span, f"{what} must be a text", "wrong-kind", f"quote this sentence: {fixed}" if fixed else None)
        return None

    def unknown(self, node: ScalarNode, what: str, known: Iterable[str], rule: str) -> None:
        """Report a name that is not known, with the nearest one."""
        self.error(node.span, f"unknown {what}: '{node.text}'", rule, did_you_mean(node.text, known) or None)

    # --- values

    def text(self, node: Node | None, what: str, default: str = "") -> str:
        scalar = self.scalar(node, what)
        if scalar is None:
            return default
        if scalar.empty:
            self.error(scalar.span, f"{what} is empty", "missing-value")
            return default
        return scalar.text

    def choice(self, node: Node | None, what: str, known: Iterable[str], default: str) -> Any:
        """One of a few words."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return default
        words = tuple(known)
        if scalar.text not in words:
            self.unknown(scalar, what, words, rule="unknown-value")
            return default
        return scalar.text

    def literal(self, node: Node | None, type_: Type, what: str, default: Any = None) -> Any:
        """A scalar read strictly as a type."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return default
        try:
            return reading.parse(type_, scalar.text)
        except ValueError as wanted:
            self.error(scalar.span, f"{what} has value '{scalar.text}', which is no {type_}: expected {wanted}", "wrong-type")
            return default

    def boolean(self, node: Node | None, what: str, default: bool = False) -> bool:
        return bool(self.literal(node, BOOLEAN, what, default))

    def integer(self, node: Node | None, what: str, default: int, minimum: int = 0) -> int:
        value = self.literal(node, INTEGER, what, default)
        if value < minimum and node is not None:
            self.error(node.span, f"{what} must be at least {minimum}", "wrong-value")
            return default
        return int(value)

    def seconds(self, node: Node | None, what: str) -> float | None:
        """A duration with its unit, in seconds."""
        value = self.literal(node, DURATION, what)
        return None if value is None else float(value.total_seconds())

    # --- expressions

    def expression(self, node: Node | None, what: str) -> Evaluable | None:
        """A bare expression."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return None
        if scalar.text.strip().startswith("${{"):
            self.error(scalar.span, f"{what} is an expression already", "bare-expression", "leave ${{ }} out")
            return None
        if not scalar.text.strip():
            self.error(scalar.span, f"{what} is empty", "missing-value")
            return None
        return expressions.parse_expression(scalar.located, self.report)

    def value(self, node: Node | None, what: str) -> Evaluable | None:
        """A text, a template, or one whole ${{ expression }}."""
        scalar = self.scalar(node, what)
        return None if scalar is None else expressions.parse_value(scalar.located, self.report)

    def typed_value(self, node: Node | None, type_: Type, what: str) -> Evaluable | None:
        """As `value`; a plain text is read strictly as `type_`."""
        found = self.value(node, what)
        if not isinstance(found, Constant):
            return found
        if found.value == "" and type_.optional:
            return Constant(None, type_, found.span)
        if type_.name == "any":
            return found
        try:
            return Constant(reading.parse(type_, found.value), type_.required(), found.span)
        except ValueError as wanted:
            message = f"{what} got '{found.value}', which cannot be read as {type_}: expected {wanted}"
            self.error(found.span, message, "wrong-type")
            return None

    def type(self, node: Node | None, known: Mapping[str, Type], what: str) -> Type:
        """A type as written in inputs, outputs and fields."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return Type("any")
        try:
            return expressions.parse_type(scalar.located, known)
        except ValueError as wrong:
            self.error(scalar.span, f"{what}: {wrong}", "unknown-type")
            return Type("any")

    def types(self, node: Node | None, known: Mapping[str, Type], what: str) -> dict[str, Type]:
        """{name: type}"""
        if node is None or not (found := self.map(node, what)):
            return {}
        return {e.key.text: self.type(e.value, known, f"the type of {e.key.text}") for e in found.entries}
