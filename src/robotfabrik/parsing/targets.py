"""Targets and inputs: names of elements become the elements, `with:` is held against what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from robotfabrik import expressions
from robotfabrik.expressions import Constant, Value
from robotfabrik.model.errors import unknown
from robotfabrik.model.process import Element, RowChoice, Screen, Table, TargetRef
from robotfabrik.model.source import Located, Span
from robotfabrik.model.types import Type
from robotfabrik.parsing.names import Names
from robotfabrik.parsing.nodes import Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader, anything, meant


class TargetBuilder:
    """Resolves targets against `names`."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self.reader = reader
        self.names = names

    def target(self, node: Node, kind: str, holder: Fields | None = None) -> TargetRef | None:
        """[app.]screen.name[.name], with `row` and `with` from the mapping around it."""
        scalar = self.reader.scalar(node, "a target")
        if scalar is None:
            return None
        element = self._resolve(scalar, kind)
        if element is None:
            return None
        return TargetRef(
            scalar.span,
            element,
            self._parameters(element, holder, scalar),
            self._row(element, holder, scalar),
        )

    def named(self, scalar: ScalarNode) -> tuple[Element | Table | Screen | None, Span]:
        """The element, table or screen of a name, without a step around it, and where it is named."""
        return self._resolve(scalar, None), scalar.span

    def _resolve(self, scalar: ScalarNode, kind: str | None) -> Element | Table | Screen | None:
        """The element that a target names. In a repository the application's own screens need no prefix."""
        parts = scalar.text.split(".")
        own = self.names.application
        depth = 0 if own is not None and parts[0] != own else 1
        if self.names.unsure(scalar.text):
            return None
        screens: Mapping[str, Screen] = self.names.screens
        if own is None:
            if parts[0] not in self.names.repositories:
                known = self.names.repositories.items()
                if app := next((app for app, repository in known if parts[0] in repository.screens), None):
                    message, hint = f"unknown application: '{parts[0]}'", f"write {app}.{scalar.text}"
                    self.reader.error(scalar.span, message, "unknown-application", hint)
                    return None
                self._unknown_part(scalar, 0, parts, "application", self.names.repositories)
                return None
            screens = self.names.repositories[parts[0]].screens
        if len(parts) == depth or parts[depth] not in screens:
            self._unknown_part(scalar, depth, parts, "screen", screens)
            return None
        return self._inside(scalar, screens[parts[depth]], parts, depth + 1, kind)

    def _inside(
        self, scalar: ScalarNode, screen: Screen, parts: list[str], depth: int, kind: str | None
    ) -> Element | Table | Screen | None:
        found: Element | Table | Screen = screen
        for at, part in enumerate(parts[depth:], depth):
            inner: Mapping[str, Any] = getattr(found, "elements", None) or getattr(found, "row", None) or {}
            if part not in inner:
                self._unknown_part(scalar, at, parts, "element", inner)
                return None
            found = inner[part]
        actual = type(found).__name__.lower()
        if kind is not None and actual != kind:
            message = f"'{scalar.text}' is {_an(actual)}, but {_an(kind)} is wanted here"
            known = [f"{scalar.text}.{name}" for name in getattr(found, "elements", {})]
            self.reader.error(
                scalar.span, message, "wrong-target", f"Known: {', '.join(known[:12])}." if known else None
            )
            return None
        return found

    def _unknown_part(self, scalar: ScalarNode, at: int, parts: list[str], what: str, known: Any) -> None:
        if at >= len(parts):
            known = [".".join((*parts, name)) for name in known]
            hint = f"Known: {', '.join(known[:12])}." if known else None
            self.reader.error(scalar.span, f"'{scalar.text}' names no {what}", f"unknown-{what}", hint)
            return
        start = sum(len(part) + 1 for part in parts[:at])
        span = scalar.located.span(start, start + len(parts[at]))
        message = f"unknown {what}: '{parts[at]}'"
        self.reader.report(unknown(span, message, f"unknown-{what}", parts[at], known))

    def _parameters(self, element: Any, holder: Fields | None, scalar: ScalarNode) -> dict[str, Value]:
        declared: Mapping[str, Type] = getattr(element, "parameters", {})
        node = holder["with"] if holder is not None else None
        given = self.inputs(node, declared, f"element {element.id}", scalar.span, defaults=False)
        return {name: expressions.rendered(value) for name, value in given.items()}

    def _row(self, element: Any, holder: Fields | None, scalar: ScalarNode) -> RowChoice | None:
        table: Table | None = getattr(element, "table", None)
        node = holder["row"] if holder is not None else None
        if node is None:
            if table is not None:
                self.reader.error(
                    scalar.span,
                    f"'{scalar.text}' lies in a row of a table: say which with 'row:'",
                    "missing-row",
                    f"row: {{{table.columns[0].name if table.columns else 'column'}: …}}, first or last",
                )
            return None
        if table is None:
            self.reader.error(node.span, f"'{scalar.text}' lies in no table's row", "surplus-argument")
            return None
        if isinstance(node, ScalarNode):
            return RowChoice(self.reader.choice(node, "row", ("first", "last"), "first"))
        columns = {column.name: column for column in table.columns}
        fields = self.reader.mapping(node, f"row of {table.id}", columns)
        by = {
            name: self.reader.typed_value(value, column.type, f"column {name}")
            for name, column in columns.items()
            if fields is not None and (value := fields[name]) is not None
        }
        return RowChoice(by)

    def inputs(
        self, node: Node | None, declared: Mapping[str, Type], what: str, span: Span, *, defaults: bool
    ) -> dict[str, Value]:
        """`with:` against declared inputs. With `defaults`, a missing one is the variable of that name."""
        given: dict[str, Value] = {}
        fields = None
        if (found := self.reader.map(node, "with")) is not None:
            fields = Fields(found, meant(found, declared))
            for entry in found.entries:
                if entry.key.text not in declared:
                    self.reader.unknown_key(
                        entry.key, f"input of {what}", found, declared, "surplus-argument"
                    )
        for name, type_ in declared.items():
            if fields is not None and (value := fields[name]) is not None:
                given[name] = self.reader.typed_value(value, type_, f"input '{name}' of {what}")
            elif defaults:
                given[name] = self.variable(name, span)
            elif type_.optional:
                given[name] = Constant(None, type_, span)
            else:
                hint = f"write with: {{{name}: …}}"
                self.reader.error(span, f"{what} needs input '{name}' ({type_})", "missing-argument", hint)
        return given

    def variable(self, name: str, span: Span) -> Value:
        """The variable of a name, as an expression that stands at `span`."""
        located = Located(name, span.source, lambda offset: (span.line, span.column + offset))
        return expressions.parse_expression(located, self.reader.report) or anything(span)


def _an(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
