"""What a step is made of, whatever kind of step it is: values, targets, and the definitions that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeAlias

from robotfabrik.expressions import Cells, Constant, Expression, Over, Rows, Template
from robotfabrik.model.process import Call, Effect, Evaluable, Rule, Step, TargetRef, Text, Workflow

Part: TypeAlias = "Evaluable | TargetRef | Step | Workflow | Effect | Rule | Text"
_PARTS = (Constant, Expression, Template, TargetRef, Step, Workflow, Effect, Rule, Text)


def parts(step: Step) -> Iterator[Part]:
    """Each part once, the steps inside a block among them, but nothing of what stands inside a part.

    The activity that gives a loop its values is no step inside: what it is given is the loop's own.
    """
    kind: Any = type(step)
    for name in _fields(kind):
        found = getattr(step, name)
        yield from parts(found) if isinstance(found, Call) else _parts(found)


def values(step: Step) -> Iterator[Evaluable]:
    """The values that a step itself asks for, those of its targets included."""
    for part in parts(step):
        if isinstance(part, TargetRef):
            yield from part.parameters.values()
            if part.row is not None and isinstance(part.row.by, Mapping):
                yield from part.row.by.values()
        elif isinstance(part, Constant | Expression | Template):
            yield part


def _parts(found: Any) -> Iterator[Part]:
    if isinstance(found, _PARTS):
        yield found
    elif isinstance(found, Over):
        yield from _parts(found.inner)
    elif isinstance(found, Rows):
        yield from _parts(found.rows)
    elif isinstance(found, Mapping | Cells):
        for value in (found.parts if isinstance(found, Cells) else found).values():
            yield from _parts(value)
    elif isinstance(found, tuple | list):
        for value in found:
            yield from _parts(value)


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in ("span", "sets"))
