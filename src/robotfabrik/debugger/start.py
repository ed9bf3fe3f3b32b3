"""Beginning in the middle: what stands before a step of `process` is left out, its variables are given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from robotfabrik.expressions import Constant, Value, parse_expression
from robotfabrik.model.errors import DefinitionError, Diagnostic, UsageError
from robotfabrik.model.process import Assign, Process, Step
from robotfabrik.model.source import inline
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import NONE

_GIVEN = re.compile(r"\s*(?P<name>[^\W\d]\w*)\s*=(?!=)(?P<value>.*)", re.DOTALL)


def beginning_at(process: Process, step: Step, given: Mapping[str, Value], option: str) -> Process:
    """The same process without what stands before `step`; variables that would be set are `given` or none."""
    number = next((number for number, one in enumerate(process.process) if one is step), None)
    if number is None:
        raise UsageError(f"{option} {step.index}: {_elsewhere(process, step)}")
    left_out = process.process[:number]
    names = sorted({name for left in left_out for name in left.sets})
    for name in given:
        if name not in names:
            known = did_you_mean(name, names)
            raise UsageError(f"--set-var {name}: no step before {step.index} sets it. {known}".rstrip())
    if not left_out:
        return process
    nothing = Constant(None, NONE, step.span)
    values = {name: given.get(name, nothing) for name in names}
    instead = Assign(
        span=left_out[0].span, index="process.0", name=f"In place of what stands before {step.index}",
        values=values,
    )  # fmt: skip
    return replace(process, process=(instead, *process.process[number:]))


def _elsewhere(process: Process, step: Step) -> str:
    outer = next((one.index for one in process.process if step.index.startswith(f"{one.index}.")), None)
    if outer:
        return f"it stands inside {outer}: begin there, and give what leads to it with --set-var"
    return "only a step that stands in 'process:' itself can be the first one"


def assignment(text: str) -> tuple[str, str] | None:
    """`name = expression` as its two parts; None when it is none."""
    found = _GIVEN.fullmatch(text)
    return (found["name"], found["value"].strip()) if found else None


def given_variables(texts: Sequence[str]) -> dict[str, Value]:
    """--set-var NAME=EXPRESSION; UsageError or DefinitionError when one is wrong."""
    given: dict[str, Value] = {}
    for text in texts:
        parts = assignment(text)
        if parts is None:
            raise UsageError(f"--set-var {text}: write --set-var NAME=EXPRESSION, such as antal=3")
        problems: list[Diagnostic] = []
        expression = parse_expression(inline(parts[1], "--set-var"), problems.append)
        if expression is None:
            raise DefinitionError(tuple(problems))
        given[parts[0]] = expression
    return given
