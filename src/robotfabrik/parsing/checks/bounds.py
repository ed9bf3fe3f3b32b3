"""Loops end: they have a bound, and the steps of a `while` can change its condition."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.expressions import names_of, truth_of
from robotfabrik.model.process import Break, Return, Step, Throw, While, all_steps
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

UNBOUNDED = Check("unbounded-loop", "error", "A `while` or `do_while` has no max_iterations.")
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
