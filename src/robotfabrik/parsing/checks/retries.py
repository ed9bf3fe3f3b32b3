"""Nothing repeats a write: no retry around `once`, none inside `do`, and no exception thrown there."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Once, Step, Throw, inner_steps
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.place import Place, Report


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """`retry:` or `continue_on_error:` where something is written, and `throw:` inside `do`."""
    repeats = step.retry is not None or step.continue_on_error
    if place.writing is not None and repeats:
        report(Diagnostic(step.span, "nothing is retried or ignored inside 'do'", "retry-write"))
    elif repeats and _holds_once(step):
        report(
            Diagnostic(step.span, "no retry around 'once': the queue retries the whole item", "retry-write")
        )
    if place.writing is not None and isinstance(step, Throw):
        report(Diagnostic(step.span, "no exception is thrown inside 'do': decide before it", "throw-in-do"))


def _holds_once(step: Step) -> bool:
    return isinstance(step, Once) or any(_holds_once(inner) for inner in inner_steps(step))
