"""Every business rule has a test."""

from __future__ import annotations

from robotfabrik.model.cases import ProcessTest, RuleTest
from robotfabrik.model.process import Process
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.place import Report

CHECK = Check("untested-rule", "warning", "A business rule has no test.")


def check(process: Process, report: Report) -> None:
    """Examples of the rule, or a test of the process that says which of its rows fire."""
    tested = {test.rule.id for test in process.tests if isinstance(test, RuleTest)}
    fired = rows_of_tests(process)
    for rule in process.rules.values():
        if rule.id not in tested and not any(row.id in fired for row in rule.rows):
            message = f"the rule {rule.id} has no test"
            hint = f"tests: - {{rule: {rule.id}, examples: …}}"
            report(CHECK.at(rule.span, message, hint))


def rows_of_tests(process: Process) -> frozenset[str]:
    """The rows that tests of the process expect."""
    tests = (test for test in process.tests if isinstance(test, ProcessTest))
    return frozenset(row for test in tests for row in test.expect.rules or ())
