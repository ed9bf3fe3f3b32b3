"""The key of an effect is kept for ever: no personnummer in it."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.expressions import Environment, static_type
from robotfabrik.model.process import Once, Step
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

CHECK = Check("personal-key", "error", "The key of an effect, which is kept for ever, holds a personnummer.")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A part of a key whose type is a personnummer or identity."""
    if not isinstance(step, Once):
        return
    for part in step.key:
        found = static_type(part, Environment(types, lambda _: None))
        if found.name in ("identity", "personnummer"):
            message = "a key is kept for ever and must not hold a personnummer"
            report(CHECK.at(part.span, message, "use the case number or a role"))
