"""Arguments that do not go together, and activities that nothing can check."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Call, Step
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.place import Place, Report


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """What an activity says of its own arguments, and that it is unsafe."""
    if not isinstance(step, Call):
        return
    activity = CATALOGUE[step.activity]
    if activity.problem is not None and (problem := activity.problem(step.arguments)):
        report(Diagnostic(step.span, problem, "arguments"))
    if activity.unsafe:
        message = f"{activity.name} is unsafe: it reaches behind the screen, and nothing checks what it does"
        report(Diagnostic(step.span, message, "unsafe", "do it on the screen, if there is a way", "warning"))
