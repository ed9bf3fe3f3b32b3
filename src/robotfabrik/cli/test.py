"""`robotfabrik test [PDD…]`"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robotfabrik.model.cases import Case
from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.model.process import Process
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader, begins_as, definitions_in
from robotfabrik.testing import KINDS, CaseOutcome, Coverage, Figure, names_of, run_case
from robotfabrik.wiring import TestWindows

ALL = "all"
Limits = dict[str, float]


def add(commands: Any) -> None:
    command = commands.add_parser("test", help="run the tests that stand in the PDDs")
    command.add_argument("paths", nargs="*", metavar="PDD", help="files or folders; by default pdd/")
    command.add_argument("-k", metavar="TEXT", help="only the tests whose file or name holds this text")
    command.add_argument(
        "--coverage", action="store_true", help="say which rules, steps and branches no test reaches"
    )
    command.add_argument(
        "--fail-under",
        type=limit,
        action="append",
        default=[],
        metavar="N",
        help=f"exit 1 below N percent of everything, or of one kind ({'|'.join(KINDS)}): rules=100",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(run=test)


def limit(text: str) -> tuple[str, float]:
    """`90` or `rules=100`."""
    kind, equals, number = text.rpartition("=")
    if (equals and kind not in KINDS) or not number.replace(".", "", 1).isdecimal() or float(number) > 100:
        raise argparse.ArgumentTypeError(
            f"'{text}' is neither 90 nor, for one of {', '.join(KINDS)}, rules=90"
        )
    return kind or ALL, float(number)


@dataclass(slots=True)
class Tested:
    """A PDD, what its tests gave, and what they reached."""

    process: Process
    chosen: list[tuple[str, Case]]
    coverage: Coverage
    outcomes: list[tuple[Case, CaseOutcome]] = field(default_factory=list)


def test(given: argparse.Namespace) -> int:
    """Exit code 1 if any test fails, or if too little is reached."""
    tested = [_tested(path, given.k) for path in definitions(given.paths)]
    if given.k is not None and not any(one.chosen for one in tested):
        known = [name for one in tested for name in names_of(one.process.tests)]
        raise UsageError(f"no test has '{given.k}' in its name. {did_you_mean(given.k, known)}".rstrip())
    asyncio.run(_run(tested))
    failed = sum(bool(outcome.problems) for one in tested for _, outcome in one.outcomes)
    below = _below(tested, dict(given.fail_under))
    covers = given.coverage or bool(given.fail_under)
    if given.json:
        print(json.dumps(_as_json(tested, failed, covers), ensure_ascii=False, indent=2))
    else:
        _print(tested, failed)
        if covers:
            _print_coverage(tested)
        for line in below:
            print(line)
    return 1 if failed or below else 0


def passes(process: Process) -> tuple[int, int]:
    """Run all tests of a process and print what failed; how many passed, how many failed."""
    one = _all_of(process)
    asyncio.run(_run([one]))
    _print_problems(one)
    failed = sum(bool(outcome.problems) for _, outcome in one.outcomes)
    return len(one.outcomes) - failed, failed


def definitions(paths: Sequence[str]) -> list[Path]:
    """The PDDs below the paths; those of the project when none is given."""
    found: list[Path] = []
    for path in map(Path, paths or ["pdd"]):
        if path.is_dir():
            found += [file for file in definitions_in(path, below=True) if begins_as(file, "pdd")]
        elif paths:
            found.append(path)
    if not found:
        raise UsageError(f"there is no PDD here: no file in {', '.join(paths) or 'pdd/'} begins with pdd:")
    return found


def _tested(path: Path, wanted: str | None) -> Tested:
    collector = Collector()
    process = Loader(collector.report).process(path)
    if process is None or collector.has_errors:
        raise DefinitionError(collector.diagnostics)
    one = _all_of(process)
    fits = (wanted or "").casefold()
    one.chosen = [
        (name, case) for name, case in one.chosen if fits in f"{path.as_posix()}::{name}".casefold()
    ]
    return one


def _all_of(process: Process) -> Tested:
    named = zip(names_of(process.tests), process.tests, strict=True)
    return Tested(process, list(named), Coverage(process))


async def _run(tested: Iterable[Tested]) -> None:
    async with TestWindows() as windows:
        for one in tested:
            for name, case in one.chosen:
                outcome = await run_case(one.process, case, windows, one.coverage)
                outcome.name = name
                one.outcomes.append((case, outcome))


def _below(tested: list[Tested], limits: Limits) -> list[str]:
    """What is reached less than it should be."""
    figures = _all_figures(tested)
    return [
        f"{'coverage' if kind == ALL else kind}: {_percent(figures[kind])} is less than {wanted:g} %"
        for kind, wanted in limits.items()
        if figures[kind].percent < wanted
    ]


def _all_figures(tested: list[Tested]) -> dict[str, Figure]:
    """Over all PDDs, by kind and for all kinds together."""
    every = [one.coverage.figures() for one in tested]
    figures = {kind: _sum(figures[kind] for figures in every) for kind in KINDS}
    return {**figures, ALL: _sum(figures.values())}


def _sum(figures: Iterable[Figure]) -> Figure:
    found = list(figures)
    return Figure(sum(f.reached for f in found), sum(f.total for f in found))


# --- for people


def _print(tested: list[Tested], failed: int) -> None:
    for one in tested:
        _print_problems(one)
    passed = sum(len(one.outcomes) for one in tested) - failed
    print(f"{passed} passed, {failed} failed")


def _print_problems(one: Tested) -> None:
    for _, outcome in one.outcomes:
        for problem in outcome.problems:
            first, *more = problem.lines()
            print(f"{problem.span}: {outcome.name}: {first}")
            for line in more:
                print(line)


def _print_coverage(tested: list[Tested]) -> None:
    for one in tested:
        shown = [f"{kind} {_of(figure)}" for kind, figure in one.coverage.figures().items()]
        print(f"{one.process.span.source.path}: {', '.join(shown)}")
        for part in one.coverage.unreached():
            print(f"  {part.span}: {part.what}")


def _of(figure: Figure) -> str:
    return f"{_percent(figure)} ({figure.reached} of {figure.total})"


def _percent(figure: Figure) -> str:
    """Rounded down: 100 % is everything."""
    return f"{int(figure.percent)} %"


# --- for programs


def _as_json(tested: list[Tested], failed: int, covers: bool) -> dict[str, Any]:
    tests = [_test(one, case, outcome) for one in tested for case, outcome in one.outcomes]
    result: dict[str, Any] = {"passed": len(tests) - failed, "failed": failed, "tests": tests}
    if covers:
        result["coverage"] = {
            "total": {kind: _figure(figure) for kind, figure in _all_figures(tested).items()},
            "files": [_file(one) for one in tested],
        }
    return result


def _test(one: Tested, case: Case, outcome: CaseOutcome) -> dict[str, Any]:
    problems = [
        {"line": p.span.line, "column": p.span.column, "message": p.message, "expected": p.expected,
         "actual": p.actual}
        for p in outcome.problems
    ]  # fmt: skip
    return {
        "file": one.process.span.source.path, "line": case.span.line, "column": case.span.column,
        "name": outcome.name, "passed": not problems, "problems": problems,
    }  # fmt: skip


def _file(one: Tested) -> dict[str, Any]:
    return {
        "file": one.process.span.source.path,
        **{kind: _figure(figure) for kind, figure in one.coverage.figures().items()},
        "unreached": [
            {"kind": p.kind, "line": p.span.line, "column": p.span.column, "what": p.what}
            for p in one.coverage.unreached()
        ],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"reached": figure.reached, "total": figure.total, "percent": round(figure.percent, 1)}
