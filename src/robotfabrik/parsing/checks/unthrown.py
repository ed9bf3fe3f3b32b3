"""Every exception that a PDD declares is thrown somewhere."""

from __future__ import annotations

from robotfabrik.model.process import Process
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.doubt import Doubt
from robotfabrik.parsing.checks.place import Report
from robotfabrik.parsing.checks.usage import Usage

CHECK = Check("unthrown-exception", "warning", "An exception is declared and never thrown.")


def check(process: Process, usage: Usage, doubt: Doubt, report: Report) -> None:
    """By a step of the PDD, by a workflow or effect that it uses, or by `reading:`."""
    thrown = usage.exceptions | {*process.reading.values()}
    for exception in filter(process.declares, process.exceptions.values()):
        if exception.id not in thrown and not usage.any_exception and not doubt.of(exception.id):
            message = f"nothing throws {exception.id}"
            report(CHECK.at(exception.span, message, "remove it, or throw it where it belongs"))
