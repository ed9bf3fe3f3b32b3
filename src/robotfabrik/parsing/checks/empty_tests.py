"""A test that expects nothing passes whatever the robot does."""

from __future__ import annotations

from robotfabrik.model.cases import Case, Expectation, ProcessTest, TextTest
from robotfabrik.model.process import Process
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("empty-test", "warning", "A test expects nothing.")


def check(process: Process, report: Report) -> None:
    """The tests of texts and of the whole process; an example of a rule always expects something."""
    for case in process.tests:
        if _says_nothing(case):
            message = "this test expects nothing, so it always passes"
            report(CHECK.at(case.span, message, "write what it expects"))


def _says_nothing(case: Case) -> bool:
    if isinstance(case, ProcessTest):
        return case.expect == Expectation()
    return isinstance(case, TextTest) and case.whole is None and case.rubrik is None and not case.contains
