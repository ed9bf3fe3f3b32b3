"""Does the cost of a case stay flat? A whole job over the stub, 400 and 4,000 households, time and memory.

    python -m bench.flat [--small 400] [--large 4000] [--rounds 3] [--browser]

`--browser` adds 100 and 400 households in the browser: long.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import without_browser
from bench.ratio import WORKERS, run_once, say
from bench.town import households_to_handle, make_town

LIMIT = 1.05


@dataclass(frozen=True, slots=True)
class Growth:
    """One figure a case, of a small and a large municipality."""

    what: str
    small: float
    large: float

    @property
    def ratio(self) -> float:
        return self.large / self.small

    @property
    def reached(self) -> bool:
        return self.ratio <= LIMIT


@dataclass(frozen=True, slots=True)
class Flat:
    """What was compared, and the figures."""

    sizes: tuple[int, int]
    figures: tuple[Growth, ...]
    browser: Growth | None = None
    browser_sizes: tuple[int, int] = (100, 400)

    @property
    def reached(self) -> bool:
        return all(figure.reached for figure in self.figures)


def measure(small: int, large: int, rounds: int, folder: Path, *, browser: bool = False) -> Flat:
    """Sizes in turn, so that what drifts falls on both; medians."""
    towns = [make_town(size, folder) for size in (small, large)]
    times: tuple[list[float], list[float]] = ([], [])
    for n in range(rounds):
        for which, town in enumerate(towns):
            found = without_browser.measure(town)
            times[which].append(1000 * found["cpu"] / found["items"])
        say(f"flat, round {n + 1} of {rounds}: {times[0][-1]:.2f} / {times[1][-1]:.2f} ms a case")
    peaks = []
    for town in towns:
        found = without_browser.measure(town, memory=True)
        peaks.append(found["peak"] / found["items"] / 1024)
    figures = (
        Growth("CPU time, ms", statistics.median(times[0]), statistics.median(times[1])),
        Growth("memory at its peak, KiB", *peaks),
    )
    return Flat((small, large), figures, _in_browser(folder) if browser else None)


def _in_browser(folder: Path) -> Growth:
    costs = []
    for size in (100, 400):
        town = make_town(size, folder)
        costs.append(1000 * run_once("robotfabrik", town, WORKERS).cpu / households_to_handle(town))
        say(f"flat, {size} households in the browser: {costs[-1]:.0f} ms a case")
    return Growth("CPU time in the browser, ms", *costs)


def lines(found: Flat) -> list[str]:
    """The section of the page on benchmarks."""
    small, large = found.sizes
    table = [
        f"Target: a case of {large} households costs at most 5 % more than one of {small}: "
        f"**{'reached' if found.reached else 'not reached'}**.",
        "",
        f"| a case | {small} households | {large} households | ratio |",
        "|---|---|---|---|",
    ]
    table += [f"| {f.what} | {f.small:.2f} | {f.large:.2f} | {f.ratio:.3f} |" for f in found.figures]
    if found.browser is not None:
        f, (small, large) = found.browser, found.browser_sizes
        verdict = "reached" if f.reached else "not reached"
        costs = f"{f.small:.0f} and {f.large:.0f} ms CPU a case, ratio {f.ratio:.3f}"
        table += ["", f"In the browser, {small} and {large} households: {costs}: {verdict}."]
    else:
        table += ["", "100 → 400 households in the browser were not measured this time (`--long`)."]
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flat")
    parser.add_argument("--small", type=int, default=400)
    parser.add_argument("--large", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--browser", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = measure(given.small, given.large, given.rounds, Path(folder), browser=given.browser)
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
