"""`break` and `continue` stand in a loop, `rethrow` in a catch, `postpone` where an item is processed."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.model.process import Break, Call, Continue, Rethrow, Step
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Place, Report

LOOP = Check("outside-loop", "error", "`break` or `continue` stands outside a loop.")
CATCH = Check("outside-catch", "error", "`rethrow` stands outside a catch.")

ITEM = Check("outside-item", "error", "`postpone` stands where no item is processed, or inside an effect.")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A step that leaves a block it does not stand in."""
    if isinstance(step, Break | Continue) and not place.loop:
        report(LOOP.at(step.span, f"'{type(step).__name__.lower()}' stands outside a loop"))
    if isinstance(step, Rethrow) and not place.catch:
        report(CATCH.at(step.span, "'rethrow' stands outside a catch"))
    if isinstance(step, Call) and step.activity == "postpone":
        if place.section in ("dispatch", "finish", "outage"):
            report(ITEM.at(step.span, f"'postpone' stands in {place.section}, where no item is processed"))
        elif place.writing is not None or place.verifying is not None:
            report(ITEM.at(step.span, "'postpone' stands inside an effect: postpone before it"))
