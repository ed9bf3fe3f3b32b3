"""What a step costs without a browser: the interpreter, its middleware, expressions, activities, step lines.

The robot's own process steps, workflows and effect, for every household of a municipality, over the stub;
each step writes its line to the item's file, as in a real run. No store: what a whole job costs a step, with
store, logs and reports, stands beside it. The stub's own time is in the figures: they are a little too high.

    python -m bench.step_cost [--households 400] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from bench import without_browser
from bench.stub import StubSession, Town
from bench.town import DAY, make_town
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.cli.run import load
from robotfabrik.engine.controls import HANDLERS
from robotfabrik.engine.execution import Execution
from robotfabrik.engine.interpreter import Interpreter
from robotfabrik.engine.once import Memory
from robotfabrik.model.errors import BusinessRuleException
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import Process, Step
from robotfabrik.model.result import ItemResult
from robotfabrik.model.values import Record
from robotfabrik.model.work import EffectKey, EffectRecord, Item, Job, Space
from robotfabrik.runs.folder import RunFolder
from robotfabrik.runs.observer import RunObserver
from robotfabrik.runs.terminal import Terminal
from robotfabrik.wiring import Project
from tests.support.fake import ROOT

LIMIT = 0.2  # ms a step
TODAY = date.fromisoformat(DAY)


@dataclass(frozen=True, slots=True)
class StepCost:
    """Milliseconds of CPU time a step, the steps alone and in a whole job; how many of each kind ran."""

    alone: float
    whole: float
    steps: int
    kinds: Counter[str]

    @property
    def reached(self) -> bool:
        return self.alone <= LIMIT


class _Effects:
    """The effects' memory without a store: nothing was written before."""

    async def __call__(self, call: str, *arguments: Any) -> Any:
        return frozenset() if call == "bound_candidates" else None

    def effect(self, key: EffectKey) -> EffectRecord | None:
        return None


class _Lines(RunObserver):
    """The real observer, counting kinds of steps."""

    kinds: Counter[str]

    def step(self, item: Item | None, step: Step, status: str, seconds: float) -> None:
        super().step(item, step, status, seconds)
        self.kinds[getattr(step, "activity", type(step).__name__)] += 1


def measure(households: int, rounds: int, folder: Path) -> StepCost:
    """The median of several rounds over the same municipality."""
    town = make_town(households, folder)
    _, process, settings = load(Project(ROOT, folder), "folkbokforing")
    cases = asyncio.run(_cases(process, settings, Town(town, DAY)))
    costs = []
    kinds: Counter[str] = Counter()
    for n in range(rounds):
        run_folder = RunFolder.create(folder / "runs", f"steps-{n}")
        observer = _Lines(run_folder, Terminal(StringIO(), StringIO(), quiet=True), Masker())
        observer.kinds = kinds = Counter()
        stub = Town(town, DAY)
        gc.collect()
        started = time.process_time()
        asyncio.run(_process_all(process, settings, cases, stub, observer))
        costs.append(1000 * (time.process_time() - started) / kinds.total())
        observer.close()
    whole = without_browser.measure(town)
    return StepCost(statistics.median(costs), 1000 * whole["cpu"] / whole["steps"], kinds.total(), kinds)


async def _cases(process: Process, settings: Mapping[str, Any], town: Town) -> list[Mapping[str, Any]]:
    """The fields of the items that the dispatch adds."""
    found: list[Mapping[str, Any]] = []

    async def add(fields: Mapping[str, Any]) -> str:
        found.append(fields)
        return "added"

    run = _execution(process, settings, town, None)
    run.add, run.exclude = add, lambda exception: None
    await Interpreter(run, CATALOGUE, HANDLERS).body(process.dispatch, run.new_frame({}))
    return found


async def _process_all(
    process: Process,
    settings: Mapping[str, Any],
    cases: list[Mapping[str, Any]],
    town: Town,
    observer: RunObserver,
) -> None:
    for number, fields in enumerate(cases, 1):
        item = Item(number, f"{fields['case_number']}/{DAY[:7]}", "", fields, 1, {}, "bench", 1)
        run = _execution(process, settings, town, item)
        run.step_done = partial(observer.step, item)
        status = "successful"
        try:
            await Interpreter(run, CATALOGUE, HANDLERS).body(process.process, run.new_frame({}))
        except BusinessRuleException:
            status = "business"
        observer.item(ItemResult(item.reference, "business" if status == "business" else "successful"))


def _execution(process: Process, settings: Mapping[str, Any], town: Town, item: Item | None) -> Execution:
    job = Job(
        "bench", "bench", Space("test", "bench", process.id), TODAY, DAY[:7], process.release,
        process.name, "", "bench", "live",
    )  # fmt: skip
    shown = Record(
        id=job.id, date=TODAY, period=job.period, period_start=TODAY.replace(day=1), robot=job.robot,
        user="robot", items=(),
    )  # fmt: skip
    builtins: dict[str, Any] = {"job": shown, "config": Record(settings), "last_completed": lambda key: None}
    masker = Masker()
    if item is not None:
        builtins["item"] = Record({**item.fields, "reference": item.reference})
        masker.add(item.fields)
    return Execution(
        job=job, process=process, sessions={name: StubSession(town) for name in process.applications},
        builtins=builtins,
        masker=masker, log=lambda level, message: None, item=item, confirm=Memory(_Effects(), b"bench"),
    )  # fmt: skip


def lines(found: StepCost) -> list[str]:
    """The section of the page on benchmarks."""
    kinds = ", ".join(f"{name} {number}" for name, number in found.kinds.most_common())
    return [
        f"{found.steps} steps. Target: ≤ {LIMIT} ms a step, alone:"
        f" **{'reached' if found.reached else 'not reached'}**.",
        "",
        "| | ms a step |",
        "|---|---|",
        f"| the steps alone, each with its line in a file | {found.alone:.3f} |",
        f"| a whole job: reading the PDD's items, store, logs, reports | {found.whole:.3f} |",
        "",
        f"The steps: {kinds}.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.step_cost")
    parser.add_argument("--households", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        print("\n".join(lines(measure(given.households, given.rounds, Path(folder)))))


if __name__ == "__main__":
    main()
