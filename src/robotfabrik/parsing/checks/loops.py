"""`break` and `continue` stand in a loop, `rethrow` in a catch."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Break, Continue, Rethrow, Step
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.place import Place, Report


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A step that leaves a block it does not stand in."""
    if isinstance(step, Break | Continue) and not place.loop:
        report(
            Diagnostic(step.span, f"'{type(step).__name__.lower()}' stands outside a loop", "outside-loop")
        )
    if isinstance(step, Rethrow) and not place.catch:
        report(Diagnostic(step.span, "'rethrow' stands outside a catch", "outside-catch"))
