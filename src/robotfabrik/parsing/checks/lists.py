"""Lists of the report: those with columns of their own are those that exceptions name."""

from __future__ import annotations

from robotfabrik.model.process import Process
from robotfabrik.model.source import place_of
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("unknown-list", "error", "The report and the exceptions name different lists.")
DEFAULT = "att hantera manuellt"


def check(process: Process, report: Report) -> None:
    """A list that no exception names stays empty; one nearly called like another is a slip."""
    named = [x.list for x in process.exceptions.values() if x.list is not None]
    for name in process.report.lists:
        if name not in named:
            message, near = f"no exception puts a case on the list '{name}'", did_you_mean(name, named)
            report(CHECK.at(place_of(name, process.span), message, near))
    declared = (*process.report.lists, DEFAULT, "none")
    for exception in process.exceptions.values():
        name = exception.list or DEFAULT
        if name not in declared and (near_names := nearest(name, declared)):
            message = f"the report has no list '{name}'"
            span = place_of(name, exception.span)
            report(CHECK.at(span, message, did_you_mean(name, near_names)))
