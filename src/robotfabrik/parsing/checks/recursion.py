"""A workflow that calls itself, directly or through others, never ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from robotfabrik.model.process import InvokeWorkflow, Step, Workflow, all_steps
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("recursion", "error", "A workflow invokes itself, directly or through others.")


def check(workflows: Iterable[Workflow], report: Report) -> None:
    """At every step that leads back to the workflow that it stands in."""
    for workflow in workflows:
        for step in _calls(workflow.steps):
            if step.workflow is workflow:
                message = f"{workflow.id} calls itself"
            elif workflow in _reached(step.workflow):
                message = f"{workflow.id} calls itself, through {step.workflow.id}"
            else:
                continue
            report(CHECK.at(step.span, message, "repeat with while: or for_each:"))


def _reached(workflow: Workflow) -> set[Workflow]:
    """The workflows that a workflow calls, and those that they call."""
    found: set[Workflow] = set()
    waiting = [workflow]
    while waiting:
        called = {step.workflow for step in _calls(waiting.pop().steps)} - found
        found |= called
        waiting.extend(called)
    return found


def _calls(steps: Iterable[Step]) -> Iterator[InvokeWorkflow]:
    return (step for step in all_steps(steps) if isinstance(step, InvokeWorkflow))
