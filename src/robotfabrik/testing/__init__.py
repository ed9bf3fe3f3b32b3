"""Runs the tests beside a PDD: rules and texts as they are, the process with mocked workflows or over a page.

`run_case` runs one; `Coverage` says what no test reaches.
"""

from __future__ import annotations

from robotfabrik.model.cases import Case, ProcessTest, RuleTest, TextTest
from robotfabrik.model.process import Process
from robotfabrik.testing.coverage import KINDS, Coverage, Figure, Part
from robotfabrik.testing.outcome import CaseOutcome, Problem, names_of
from robotfabrik.testing.rules import run_rule, run_text
from robotfabrik.testing.trial import Trial
from robotfabrik.testing.windows import Windows

__all__ = ["KINDS", "CaseOutcome", "Coverage", "Figure", "Part", "Problem", "Windows", "names_of", "run_case"]


async def run_case(process: Process, case: Case, windows: Windows, coverage: Coverage) -> CaseOutcome:
    """Run one test of a process, and note in `coverage` what it reaches."""
    match case:
        case RuleTest():
            return run_rule(process, case, coverage)
        case TextTest():
            return run_text(process, case)
        case ProcessTest():
            return await Trial(process, case, windows, coverage).run()
