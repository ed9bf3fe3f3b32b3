"""robotfabrik beside the hand-written robot: CPU time of runner, driver and browser, same municipality.

Usage: `python -m bench.ratio [--pairs 9] [--households 40] [--workers 4]`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.cpu import Cost, measure
from bench.stats import Ratio, ratio
from bench.town import DAY, case_system, check_notes, environment, households_to_handle, make_town
from tests.support.fake import ROOT

LIMIT = 1.05  # the upper bound of the interval
WORKERS = 4
MODULES = {"robotfabrik": "robotfabrik.cli.main", "hand-written": "bench.handwritten"}


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was measured in pairs, and the ratios of `above` to `below`."""

    above: list[Cost]
    below: list[Cost]

    @property
    def cpu(self) -> Ratio:
        return ratio([c.cpu for c in self.above], [c.cpu for c in self.below])

    @property
    def wall(self) -> Ratio:
        return ratio([c.wall for c in self.above], [c.wall for c in self.below])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that the page on benchmarks says of the ratio."""

    households: int
    cases: int
    workers: int
    whole: Pairs  # robotfabrik / hand-written
    same: Pairs  # hand-written / hand-written
    start: Pairs  # both with the dispatch alone
    messages: dict[str, dict[str, dict[str, int]]]  # by robot: calls, events, bytes

    @property
    def per_case(self) -> Ratio:
        """Without what a run costs before its first case: start, one login, the list of cases."""
        first, second = (
            statistics.median(c.cpu for c in costs) for costs in (self.start.above, self.start.below)
        )
        return ratio([c.cpu - first for c in self.whole.above], [c.cpu - second for c in self.whole.below])

    @property
    def reached(self) -> bool:
        return self.whole.cpu.high <= LIMIT


def arguments(robot: str, url: str, workers: int) -> list[str]:
    """The command line of a robot, after `python -m`."""
    common = ["--date", DAY, "--workers", str(workers)]
    if robot == "robotfabrik":
        return [MODULES[robot], "run", "folkbokforing", *common, "--url", f"procapita={url}", "--json"]
    return [MODULES[robot], *common, "--url", url]


def run_once(robot: str, town: Path, workers: int, only_dispatch: bool = False) -> Cost:
    """One run over a fresh case system; what it wrote is compared with the facit."""
    with case_system(town) as fake, tempfile.TemporaryDirectory(prefix="bench-home-") as home:
        command = [sys.executable, "-m", *arguments(robot, fake.url, workers)]
        if only_dispatch:
            command += ["--only", "dispatch"]
        cost = measure(command, environment(fake, Path(home)), ROOT)
        if not only_dispatch:
            check_notes(town, fake)
    return cost


def count_messages(robot: str, town: Path, workers: int) -> dict[str, dict[str, int]]:
    """What a run says to its driver. Counted in a run of its own: counting costs time."""
    with case_system(town) as fake, tempfile.TemporaryDirectory(prefix="bench-home-") as home:
        out = Path(home) / "messages.json"
        command = [sys.executable, "-m", "bench.messages", str(out), *arguments(robot, fake.url, workers)]
        measure(command, environment(fake, Path(home)), ROOT)
        check_notes(town, fake)
        found: dict[str, dict[str, int]] = json.loads(out.read_text("utf-8"))
    return found


def interleaved(name: str, number: int, above: Callable[[], Cost], below: Callable[[], Cost]) -> Pairs:
    """A B, B A, A B …: whatever drifts falls on both."""
    pairs = Pairs([], [])
    for n in range(number):
        for first in (True, False) if n % 2 == 0 else (False, True):
            (pairs.above if first else pairs.below).append((above if first else below)())
        a, b = pairs.above[-1], pairs.below[-1]
        now = f"{a.cpu:.2f} / {b.cpu:.2f} s = {a.cpu / b.cpu:.3f}"
        say(f"{name}, pair {n + 1} of {number}: {now}; so far {pairs.cpu}")
    return pairs


def compare_robots(number: int, households: int, workers: int, folder: Path) -> Comparison:
    """The pairs, the same robot against itself, the start alone, and the messages."""
    town = make_town(households, folder)

    def of(robot: str, only_dispatch: bool = False) -> Callable[[], Cost]:
        return lambda: run_once(robot, town, workers, only_dispatch)

    messages = {robot: count_messages(robot, town, workers) for robot in MODULES}
    return Comparison(
        households, households_to_handle(town), workers,
        interleaved("robotfabrik / hand-written", number, of("robotfabrik"), of("hand-written")),
        interleaved("hand-written / hand-written", number, of("hand-written"), of("hand-written")),
        interleaved("start alone", max(2, number // 3), of("robotfabrik", True), of("hand-written", True)),
        messages,
    )  # fmt: skip


def lines(found: Comparison) -> list[str]:
    """The section of the page on benchmarks."""
    whole, same, start = found.whole, found.same, found.start
    verdict = "reached" if found.reached else "not reached"
    table = [
        f"{found.households} households ({found.cases} cases handled), {found.workers} workers,"
        f" {whole.cpu.pairs} pairs.",
        f"Target: upper bound of the whole run's CPU ratio ≤ {LIMIT}: **{verdict}** ({whole.cpu.high:.3f}).",
        "",
        "| | robotfabrik | hand-written | ratio (95 % interval) |",
        "|---|---|---|---|",
        _row("**CPU time of a whole run, s**", whole, f"**{whole.cpu}**"),
        f"| a case, without the start, CPU ms | {_case(found, 0)} | {_case(found, 1)} | {found.per_case} |",
        _row("start alone (browser, one login, list of cases), CPU s", start, str(start.cpu)),
        _row("clock time of a whole run, s", whole, str(whole.wall), "wall"),
        _row("A/A: hand-written against itself, CPU s", same, str(same.cpu)),
        "",
        "Where it goes, CPU s (medians; polled, so a little less than the whole), and memory at its peak:",
        "",
        "| | robotfabrik | hand-written |",
        "|---|---|---|",
    ]  # fmt: skip
    for kind in ("runner", "driver", "browser"):
        table.append(f"| {kind} | {_share(whole.above, kind)} | {_share(whole.below, kind)} |")
    peaks = (statistics.median(c.peak for c in costs) / 2**20 for costs in (whole.above, whole.below))
    table += [f"| memory, MiB | {next(peaks):.0f} | {next(peaks):.0f} |", "", *_messages(found)]
    if not all(c.exact for c in (*whole.above, *whole.below)):
        table.append("This system cannot wait for orphans: the figures are polled sums.")
    return table


def _messages(found: Comparison) -> list[str]:
    """Calls to the driver, per case: they are the same on any machine."""
    per = {robot: counts["calls"] for robot, counts in found.messages.items()}
    names = sorted({*per["robotfabrik"], *per["hand-written"]}, key=lambda n: -per["robotfabrik"].get(n, 0))
    total = {robot: sum(counts.values()) for robot, counts in per.items()}
    table = ["Messages to the Playwright driver a case (they do not depend on the load):", ""]
    table += ["| | robotfabrik | hand-written |", "|---|---|---|"]
    rows = [("all", total["robotfabrik"], total["hand-written"])]
    rows += [(name, per["robotfabrik"].get(name, 0), per["hand-written"].get(name, 0)) for name in names]
    table += [
        f"| {name} | {ours / found.cases:.2f} | {theirs / found.cases:.2f} |"
        for name, ours, theirs in rows
        if max(ours, theirs) >= found.cases / 10
    ]
    return table


def _row(what: str, pairs: Pairs, ratios: str, figure: str = "cpu") -> str:
    return f"| {what} | {_median(pairs.above, figure)} | {_median(pairs.below, figure)} | {ratios} |"


def _median(costs: Sequence[Cost], what: str = "cpu") -> str:
    return f"{statistics.median(getattr(cost, what) for cost in costs):.2f}"


def _share(costs: Sequence[Cost], kind: str) -> str:
    return f"{statistics.median(cost.shares.get(kind, 0.0) for cost in costs):.2f}"


def _case(found: Comparison, which: int) -> str:
    whole = (found.whole.above, found.whole.below)[which]
    start = (found.start.above, found.start.below)[which]
    seconds = statistics.median(c.cpu for c in whole) - statistics.median(c.cpu for c in start)
    return f"{1000 * seconds / found.cases:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ratio")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--households", type=int, default=40)
    parser.add_argument("--workers", type=int, default=WORKERS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = compare_robots(given.pairs, given.households, given.workers, Path(folder))
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
