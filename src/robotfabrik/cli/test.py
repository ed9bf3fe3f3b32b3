"""`robotfabrik test [PDD…]`"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader, definitions_in
from robotfabrik.testing import run_case


def add(commands: Any) -> None:
    command = commands.add_parser("test", help="run the tests that stand in the PDDs")
    command.add_argument("paths", nargs="*", metavar="PDD", help="by default every PDD in pdd/")
    command.set_defaults(run=test)


def test(given: argparse.Namespace) -> int:
    """Exit code 1 if any test fails."""
    paths = [Path(p) for p in given.paths] or definitions_in(Path("pdd"))
    if not paths:
        raise UsageError("there is no PDD here: no file in pdd/")
    passed = failed = 0
    for path in paths:
        collector = Collector()
        process = Loader(collector.report).process(path)
        if process is None or collector.has_errors:
            raise DefinitionError(collector.diagnostics)
        for case in process.tests:
            outcome = asyncio.run(run_case(process, case))
            passed += not outcome.problems
            failed += bool(outcome.problems)
            for problem in outcome.problems:
                print(f"{problem.span}: {outcome.name}: {problem.message}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
