"""Loops end: a workflow does not invoke itself, and the steps of a `while` can change its condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from robotfabrik.expressions import names_of, truth_of
from robotfabrik.model.process import Break, InvokeWorkflow, Return, Step, Throw, While, Workflow, all_steps
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

UNBOUNDED = Check("unbounded-loop", "error", "A loop has no max_iterations, or a workflow invokes itself.")
ENDLESS = Check(
    "endless-loop", "warning", "Nothing in a `while` changes its condition, and nothing leaves it."
)


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A `while` that goes on to max_iterations, since its steps set nothing that it asks for."""
    if not isinstance(step, While) or truth_of(step.condition) is False:
        return
    inside = list(all_steps(step.steps))
    changed = {name for inner in inside for name in inner.sets}
    if changed & names_of(step.condition) or any(isinstance(s, Break | Return | Throw) for s in inside):
        return
    message = "nothing in this loop changes its condition: once true, it ends in an error"
    report(ENDLESS.at(step.condition.span, message, "read what it asks for inside the loop"))


def check_recursion(workflows: Iterable[Workflow], report: Report) -> None:
    """A workflow that invokes itself, directly or through others."""
    for workflow in workflows:
        for step in all_steps(workflow.steps):
            if isinstance(step, InvokeWorkflow) and _reaches(step.workflow, workflow, set()):
                around = "" if step.workflow is workflow else f" through {step.workflow.id}"
                message = f"{workflow.id} invokes itself{around}: nothing ends it"
                report(UNBOUNDED.at(step.span, message, "use while: with max_iterations:"))


def _reaches(start: Workflow, goal: Workflow, seen: set[str]) -> bool:
    if start is goal:
        return True
    if start.id in seen:
        return False
    seen.add(start.id)
    invoked = [step.workflow for step in all_steps(start.steps) if isinstance(step, InvokeWorkflow)]
    return any(_reaches(workflow, goal, seen) for workflow in invoked)
