"""Nothing repeats a write: no retry around `once`, none inside `do`, and no exception thrown there."""

from __future__ import annotations

from collections.abc import Mapping, Set

from robotfabrik.model.process import InvokeWorkflow, Once, Step, Throw, inner_steps
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

WRITE = Check("retry-write", "error", "`retry:` or `continue_on_error:` stands around something that writes.")
THROW = Check("throw-in-do", "error", "An exception is thrown inside the `do` of an effect.")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """`retry:` or `continue_on_error:` where something is written, and `throw:` inside `do`."""
    repeats = step.retry is not None or step.continue_on_error
    if place.writing is not None and repeats:
        report(WRITE.at(step.span, "nothing is retried or ignored inside 'do'"))
    elif repeats and _holds_once(step):
        word = "retry" if step.retry is not None else "continue_on_error"
        report(WRITE.at(step.span, f"no {word} around 'once': the queue retries the whole item"))
    if place.writing is not None and isinstance(step, Throw):
        report(THROW.at(step.span, "no exception is thrown inside 'do': decide before it"))


def _holds_once(step: Step, seen: Set[str] = frozenset()) -> bool:
    """Also in the workflows that it invokes."""
    if isinstance(step, Once):
        return True
    inner = inner_steps(step)
    if isinstance(step, InvokeWorkflow) and step.workflow.id not in seen:
        seen = {*seen, step.workflow.id}
        inner = list(step.workflow.steps)
    return any(_holds_once(step, seen) for step in inner)
