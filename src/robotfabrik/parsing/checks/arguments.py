"""Arguments that do not go together, and activities that nothing can check."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.model.process import Call, Step
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

ARGUMENTS = Check("arguments", "error", "The arguments of an activity do not go together.")
UNSAFE = Check("unsafe", "warning", "An activity reaches behind the screen, and nothing checks what it does.")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """What an activity says of its own arguments, and that it is unsafe."""
    if not isinstance(step, Call):
        return
    activity = CATALOGUE[step.activity]
    if activity.problem is not None and (problem := activity.problem(step.arguments)):
        report(ARGUMENTS.at(step.span, problem))
    if activity.unsafe:
        message = f"{activity.name} is unsafe: it reaches behind the screen, and nothing checks what it does"
        report(UNSAFE.at(step.span, message, "do it on the screen, if there is a way"))
