"""Steps that are never reached: below one that always leaves, or under a condition that never holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Many

from robotfabrik.expressions import truth_of
from robotfabrik.model.process import (
    Break,
    Call,
    CheckAppState,
    Continue,
    Evaluable,
    ForEach,
    If,
    Rethrow,
    Return,
    Sequence,
    Step,
    Steps,
    Switch,
    Throw,
    TimeoutScope,
    Try,
    UseExcelFile,
    While,
)  # fmt: skip
from robotfabrik.model.source import Span
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

CHECK = Check("unreachable-step", "warning", "A step is never reached.")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A step below one that always leaves, and steps whose condition never holds."""
    if place.after is not None:
        line = place.after.span.line
        message = f"this step is never reached: the one on line {line} always leaves"
        report(CHECK.at(step.span, message, "remove it, or say when: on the step above"))
    for span, message in _never(step):
        report(CHECK.at(span, message, "remove it, or the condition"))


def leaves(steps: Steps) -> bool:
    """Do steps never reach their end (throw, return, break, continue)?"""
    return any(leaves_always(step) for step in steps)


def leaves_always(step: Step) -> bool:
    """Does nothing go on after this step, whatever happens?"""
    if step.when is not None or step.continue_on_error:
        return False
    match step:
        case Throw() | Rethrow() | Return() | Break() | Continue():
            return True
        case Call(activity="postpone"):
            return True
        case Sequence() | TimeoutScope() | UseExcelFile():
            return leaves(step.steps)
        case If():
            return all(leaves(steps) for _, steps in step.branches) and leaves(step.otherwise)
        case Switch():
            return bool(step.cases) and all(map(leaves, _cases(step)))
        case CheckAppState():
            return leaves(step.appears or ()) and leaves(step.vanishes or ())
        case Try():
            return leaves(step.finally_) or (
                leaves(step.steps) and all(leaves(steps) for _, steps in step.catches)
            )
    return False


def _cases(step: Switch) -> Many[Steps]:
    """Without a default, a value that fits no case is a system exception."""
    return [steps for _, steps in step.cases] + ([] if step.default is None else [step.default])


def _never(step: Step) -> Iterator[tuple[Span, str]]:
    """What stands under a condition that is never true."""
    conditions: list[Evaluable | None] = [step.when]
    match step:
        case If():
            conditions += [condition for condition, _ in step.branches]
            yield from _after_true(step)
        case While(test_first=True):
            conditions.append(step.condition)
        case ForEach():
            conditions.append(step.where)
    for condition in conditions:
        if condition is not None and truth_of(condition) is False:
            yield condition.span, "this is never true: the step is never reached"


def _after_true(step: If) -> Iterator[tuple[Span, str]]:
    """Branches below one that is always true."""
    rest = [condition.span for condition, _ in step.branches[1:]]
    rest += [inner.span for inner in step.otherwise[:1]]
    for number, (condition, _) in enumerate(step.branches):
        if truth_of(condition) is True and number < len(rest):
            yield rest[number], f"this is never reached: the condition on line {condition.span.line} is true"
            return
