"""Reads nodes strictly: unknown keys, missing keys and wrong kinds are reported, never raised.

Every method takes a node and returns its value, or None after having reported what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, overload

from robotfabrik import expressions
from robotfabrik.expressions import Constant, Value
from robotfabrik.model import reading
from robotfabrik.model.errors import Diagnostic, unknown
from robotfabrik.model.source import Span, Word
from robotfabrik.model.suggest import did_you_mean, suggest
from robotfabrik.model.types import ANY, BOOLEAN, DURATION, INTEGER, Type, record_of
from robotfabrik.parsing.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.slips import looks_like_entry, looks_like_sentence

Report = Callable[[Diagnostic], None]

LONGEST_WAIT = 24 * 3600  # seconds


def anything(span: Span) -> Constant:
    """Stands where something could not be read: of any type, so that nothing more is said of it."""
    return Constant(None, ANY, span)


class Fields:
    """A mapping whose keys have been checked: absent keys are None.

    A misspelt key has been reported; its entry stands here under the name that was probably meant, so
    that one slip is one error and not one for everything that hangs on it.
    """

    def __init__(self, node: MapNode, meant: Mapping[str, Entry] | None = None) -> None:
        self.node = node
        self.span = node.span
        self._meant = meant or {}

    def entry(self, name: str) -> Entry | None:
        return self.node.entry(name) or self._meant.get(name)

    def __getitem__(self, name: str) -> Node | None:
        entry = self.entry(name)
        return entry.value if entry else None

    def __contains__(self, name: str) -> bool:
        return self.entry(name) is not None

    def key(self, name: str) -> Span:
        """Where a key stands; the mapping itself when it is absent."""
        entry = self.entry(name)
        return entry.key.span if entry else self.span


def meant(node: MapNode, known: Iterable[str]) -> dict[str, Entry]:
    """Unknown keys by the absent one that each probably stands for."""
    known = tuple(known)
    absent = [name for name in known if node.get(name) is None]
    found: dict[str, Entry] = {}
    for entry in node.entries:
        if entry.key.text not in known and (near := suggest(entry.key.text, absent)) is not None:
            found.setdefault(near, entry)
    return found


class Reader:
    """The strict reading of nodes; `report` collects."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def error(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        self.report(Diagnostic(span, message, rule, suggestion))

    # --- shapes

    def mapping(
        self, node: Node | None, what: str, keys: Iterable[str], required: Iterable[str] = ()
    ) -> Fields | None:
        """A mapping with no other keys than these."""
        if (found := self.map(node, what)) is None:
            return None
        known = tuple(keys)
        fields = Fields(found, meant(found, known))
        for entry in found.entries:
            if entry.key.text not in known:
                self.unknown_key(entry.key, f"key in {what}", found, known)
        for name in required:
            if name not in fields:
                self.error(found.span, f"{what} needs '{name}:'", "missing-key", f"write {name}: …")
        return fields

    def map(self, node: Node | None, what: str) -> MapNode | None:
        """A mapping; an empty value is none."""
        if isinstance(node, MapNode):
            return node
        if node is not None and not (isinstance(node, ScalarNode) and node.empty):
            self.not_a_mapping(node, f"{what} must be a mapping (name: value)")
        return None

    def not_a_mapping(self, node: Node, message: str) -> None:
        """Something else stands where a mapping belongs; perhaps only a space is missing."""
        entry = looks_like_entry(node) if isinstance(node, ScalarNode) else None
        if entry is None:
            self.error(node.span, message, "wrong-kind")
        else:
            self.error(node.span, "a space is missing after the colon", "syntax", f"write: {entry}")

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
            self.error(
                node.span,
                f"{what} must be a text",
                "wrong-kind",
                f"quote this sentence: {fixed}" if fixed else None,
            )
        return None

    def unknown(self, node: ScalarNode, what: str, known: Iterable[str], rule: str) -> None:
        """Report a name that is not known, with the nearest one."""
        self.report(unknown(node.span, f"unknown {what}: '{node.text}'", rule, node.text, known))

    def unknown_key(
        self, key: ScalarNode, what: str, node: MapNode, known: Iterable[str], rule: str = "unknown-key"
    ) -> None:
        """Report a key; what is not there yet is the likelier meaning."""
        in_order = sorted(known, key=lambda name: node.get(name) is not None)
        self.unknown(key, what, in_order, rule)

    # --- values

    def text(self, node: Node | None, what: str, default: str = "") -> str:
        scalar = self.scalar(node, what)
        if scalar is None:
            return default
        if scalar.empty:
            self.error(scalar.span, f"{what} is empty", "missing-value")
            return default
        return Word(scalar.text, scalar.span)

    def choice(self, node: Node | None, what: str, known: Iterable[str], default: str) -> Any:
        """One of a few words."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return default
        words = tuple(known)
        if scalar.text not in words:
            self.unknown(scalar, what, words, rule="unknown-value")
            return suggest(scalar.text, words) or default
        return scalar.text

    def literal(self, node: Node | None, type_: Type, what: str, default: Any = None) -> Any:
        """A scalar read strictly as a type."""
        scalar = self.scalar(node, what)
        return default if scalar is None else self.parsed(scalar.text, type_, what, scalar.span, default)

    def parsed(self, text: str, type_: Type, what: str, span: Span, default: Any = None) -> Any:
        """Text read strictly as a type."""
        if not reading.readable(type_):
            self.error(span, f"{what} cannot be written as text: it is {type_}", "wrong-type", "${{ … }}")
            return default
        if type_.name == "exists":  # on a page it is any text; written, it is yes or no
            type_ = replace(BOOLEAN, optional=type_.optional)
        optional, type_ = type_.optional, type_.required()
        try:
            return reading.parse(type_, text)
        except ValueError as wanted:
            words = type_.values or (reading.BOOLEANS if type_ == BOOLEAN else ())
            near = did_you_mean(text, words) if suggest(text, words) else None
            if type_.values and near:
                message = f"{what} must be {wanted}, not '{text}'"
                self.report(unknown(span, message, "wrong-type", text, words))
                return default
            if type_ == DURATION and (meant := reading.duration_meant(text)) not in (None, text):
                near = f"write {meant}"
            if optional and near is None:
                near = "write none where there is no value"
            self.error(span, f"{what} must be {wanted}, not '{text}'", "wrong-type", near)
            return default

    def boolean(self, node: Node | None, what: str, default: bool = False) -> bool:
        return bool(self.literal(node, BOOLEAN, what, default))

    def integer(self, node: Node | None, what: str, default: int, minimum: int = 0) -> int:
        value = self.literal(node, INTEGER, what, default)
        if value < minimum and node is not None:
            self.error(node.span, f"{what} must be at least {minimum}", "wrong-value")
            return default
        return int(value)

    def version(self, node: Node | None, what: str) -> None:
        """The version of the format, in a definition's first line."""
        if node is not None and self.integer(node, what, 1) != 1:
            message = f"this robotfabrik reads version 1 of {what}:"
            self.error(node.span, message, "wrong-value", f"write {what}: 1")

    def seconds(self, node: Node | None, what: str) -> float | None:
        """A duration with its unit, in seconds."""
        value = self.literal(node, DURATION, what)
        return None if value is None else float(value.total_seconds())

    def wait(self, node: Node | None, what: str) -> float | None:
        """As `seconds`, for what a robot waits at most: some time, and no more than a day."""
        value = self.seconds(node, what)
        if value is None or node is None or 0 < value <= LONGEST_WAIT:
            return value
        self.error(node.span, f"{what} must be more than 0s, and at most 24h", "wrong-value")
        return None

    # --- expressions

    # What cannot be read has been reported; it goes on as a value of any type, so that nothing that
    # depends on it is reported as well.

    @overload
    def expression(self, node: Node, what: str) -> Value: ...
    @overload
    def expression(self, node: None, what: str) -> None: ...
    @overload
    def expression(self, node: Node | None, what: str) -> Value | None: ...
    def expression(self, node: Node | None, what: str) -> Value | None:
        """A bare expression."""
        if isinstance(node, ListNode | MapNode) and node.flow:
            mark = "'" if '"' in node.span.written else '"'
            hint = f"quote it: {mark}{node.span.written}{mark}"
            self.error(node.span, f"{what} is an expression, and YAML reads this as data", "wrong-kind", hint)
            return anything(node.span)
        scalar = self.scalar(node, what)
        if scalar is None:
            return None if node is None else anything(node.span)
        if not scalar.text.strip():
            self.error(scalar.span, f"{what} is empty", "missing-value")
            return anything(scalar.span)
        return expressions.parse_expression(scalar.located, self.report) or anything(scalar.span)

    @overload
    def value(self, node: Node, what: str) -> Value: ...
    @overload
    def value(self, node: None, what: str) -> None: ...
    @overload
    def value(self, node: Node | None, what: str) -> Value | None: ...
    def value(self, node: Node | None, what: str) -> Value | None:
        """A text, a template, or one whole ${{ expression }}."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return None if node is None else anything(node.span)
        return expressions.parse_value(scalar.located, self.report) or anything(scalar.span)

    def typed_value(self, node: Node, type_: Type, what: str) -> Value:
        """As `value`; a plain text is read strictly as `type_`."""
        found = self.value(node, what)
        if not isinstance(found, Constant) or not isinstance(found.value, str) or type_.name == "any":
            return found
        if type_.optional and found.value in ("", *(() if type_.name == "text" else ("none",))):
            return Constant(None, type_, found.span)
        value = self.parsed(found.value, type_, what, found.span)
        return anything(found.span) if value is None else Constant(value, type_.required(), found.span)

    def type(self, node: Node | None, known: Mapping[str, Type], what: str) -> Type:
        """A type as written in inputs, outputs and fields."""
        scalar = self.scalar(node, what)
        if scalar is None:
            return ANY
        try:
            return expressions.parse_type(scalar.located, known)
        except expressions.UnknownType as wrong:
            self.report(unknown(scalar.span, f"{what}: {wrong}", "unknown-type", wrong.name, wrong.known))
        except ValueError as wrong:
            self.error(scalar.span, f"{what}: {wrong}", "unknown-type")
        return ANY.or_none() if scalar.text.endswith("?") else ANY

    def types(
        self, node: Node | None, known: Mapping[str, Type], what: str, *, records: bool = False
    ) -> dict[str, Type]:
        """{name: type}; with `records` also {name: {field: type}}, a record with at least these fields."""
        found = self.map(node, what)
        types: dict[str, Type] = {}
        for entry in found.entries if found else ():
            of = f"the type of {entry.key.text}"
            is_record = records and isinstance(entry.value, MapNode)
            types[Word(entry.key.text, entry.key.span)] = (
                record_of(self.types(entry.value, known, of, records=True))
                if is_record
                else self.type(entry.value, known, of)
            )
        return types
