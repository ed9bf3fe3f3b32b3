"""A row of a table is better chosen by what stands in it: `first` is another one after the next sorting."""

from __future__ import annotations

from collections.abc import Mapping

from robotfabrik.model.process import Step, TargetRef
from robotfabrik.model.types import Type
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.parts import parts
from robotfabrik.parsing.checks.place import Place, Report

CHECK = Check("row-by-position", "info", "A row is chosen by its position, not by what stands in it.")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """A target with `row: first` or `row: last`."""
    for part in parts(step):
        if isinstance(part, TargetRef) and part.row is not None and isinstance(part.row.by, str):
            message = f"the {part.row.by} row may be another one next time"
            report(CHECK.at(part.span, message, "row: {column: value}, where a column tells the rows apart"))
