"""What people call a field: the label on the screen that a variable was read from, where that is known.

A variable is known when it was saved by a reading, came out of a workflow as a screen, or runs over rows of
a table. Anything else keeps its own name: nothing is guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from robotfabrik.documents.pdd.inventory import label
from robotfabrik.expressions import Expression
from robotfabrik.model.process import (
    Call,
    Column,
    Element,
    ForEach,
    InvokeWorkflow,
    Process,
    Screen,
    Step,
    Table,
    TargetRef,
)  # fmt: skip
from robotfabrik.model.types import Type


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    table: Table


Source = Screen | Table | Row | Element | Column
"""Where a value comes from: a whole screen, all rows of a table, one row, one field or cell."""


class Labels:
    """The known variables of the steps that are being told, in their order."""

    def __init__(self, process: Process) -> None:
        screens = [s for repository in process.applications.values() for s in repository.screens.values()]
        self._screens = {screen.type.fields: screen for screen in screens if screen.type.fields}
        self._known: dict[str, Source] = {}
        self._items: dict[str, Source] = {}  # of the queue, by field: the dispatch is told first

    @contextmanager
    def inside(self, inputs: Mapping[str, Type]) -> Iterator[None]:
        """Variables of their own for a section of steps: at first its inputs."""
        before, self._known = self._known, {}
        for name, type_ in inputs.items():
            self._save(name, self._screens.get(type_.fields))
        try:
            yield
        finally:
            self._known = before

    @contextmanager
    def over(self, name: str, values: ast.AST) -> Iterator[None]:
        """A variable that runs over the rows of something, inside an expression."""
        before = dict(self._known)
        self._save(name, self._row(self.source(values)))
        try:
            yield
        finally:
            self._known = before

    def enter(self, step: Step) -> None:
        """What a loop's variables are, before its steps."""
        if isinstance(step, ForEach):
            values = step.values.tree.root if isinstance(step.values, Expression) else None
            for name in step.variables:
                row = (
                    self._row(self.source(values))
                    if values is not None and len(step.variables) == 1
                    else None
                )
                self._save(name, row)

    def leave(self, step: Step) -> None:
        """What is known after a step: what it saves from a reading; whatever else it sets is not."""
        for name in step.sets:
            self._known.pop(name, None)
        match step:
            case Call(
                save_as=str() as name, activity="read_form" | "extract_table_data", arguments=arguments
            ):
                target = arguments.get("target")
                if isinstance(target, TargetRef) and isinstance(target.element, Screen | Table):
                    self._save(name, target.element)
            case Call(activity="add_queue_item", arguments={"fields": Mapping() as fields}):
                for name, value in fields.items():
                    found = self.source(value.tree.root) if isinstance(value, Expression) else None
                    if found is not None:
                        self._items[name] = found
            case InvokeWorkflow(save_as=Mapping() as saved, workflow=workflow):
                for name, output in saved.items():
                    type_ = workflow.outputs.get(output)
                    self._save(name, self._screens.get(type_.fields) if type_ is not None else None)

    def source(self, node: ast.AST) -> Source | None:
        """Where the value of a part of an expression comes from."""
        match node:
            case ast.Name(id=name):
                return self._known.get(name)
            case ast.Attribute(value=ast.Name(id="item"), attr=field):
                return self._items.get(field)
            case ast.Attribute(value=of, attr=field):
                return self._field(self.source(of), field)
            case ast.Subscript(value=of):
                return self._row(self.source(of))
        return None

    def field(self, of: ast.expr, field: str) -> str:
        """The label of a field; empty when it is not known."""
        match self.source(ast.Attribute(of, field, ast.Load())):
            case Column(header=header):
                return header
            case Element() | Table() as found:
                return _told_apart(found, self.source(of))
        return ""

    def type(self, node: ast.AST) -> str:
        """The name of the type of what was read; empty when it is not known."""
        match self.source(node):
            case Element(type=Type(name=name)) | Column(type=Type(name=name)):
                return name
        return ""

    def queued(self, field: str) -> str:
        """The label of a field of the queue's items, from where the items were added."""
        found = self._items.get(field)
        return (
            found.header if isinstance(found, Column) else label(found) if isinstance(found, Element) else ""
        )

    def _field(self, source: Source | None, field: str) -> Source | None:
        match source:
            case Screen(elements=elements):
                return elements.get(field)
            case Row(table=table):
                return next((column for column in table.columns if column.name == field), None)
        return None

    def _row(self, source: Source | None) -> Source | None:
        return Row(source) if isinstance(source, Table) else None

    def _save(self, name: str, source: Source | None) -> None:
        if source is None:
            self._known.pop(name, None)
        else:
            self._known[name] = source


def _told_apart(field: Element | Table, screen: Source | None) -> str:
    """A field's label, with the part of the screen that it lies in when another field is called the same."""
    name, within = label(field), field.selector.within
    twins = screen.elements.values() if isinstance(screen, Screen) else ()
    if within is None or not isinstance(within.name, str) or [label(twin) for twin in twins].count(name) < 2:
        return name
    return f"{name} ({within.name})"
