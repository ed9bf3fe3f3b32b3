"""Does the cost of a case stay flat? A whole job over the stub, 400 and 4,000 households, time and memory.

What a run costs whatever its size would hide a growth. So a middle size is measured too, and what one more
case costs from small to middle is compared with one from middle to large. (Smaller municipalities than 400
hold more findings a household, and those cost more: they cannot be compared so.)

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
MIDDLE = 2.5  # times the small one


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
    towns = [make_town(size, folder) for size in (small, round(MIDDLE * small), large)]
    times: tuple[list[float], ...] = ([], [], [])
    for n in range(rounds):
        for which, town in enumerate(towns):
            found = without_browser.measure(town)
            times[which].append(1000 * found["cpu"])
        say(f"flat, round {n + 1} of {rounds}: {', '.join(f'{taken[-1] / 1000:.2f} s' for taken in times)}")
    looks = [without_browser.measure(town, memory=True) for town in towns]
    items = [found["items"] for found in looks]
    figures = (
        Growth("CPU time, ms", *_each([statistics.median(taken) for taken in times], items)),
        Growth("memory at its peak, KiB", *_each([found["peak"] / 1024 for found in looks], items)),
    )
    return Flat((small, large), figures, _in_browser(folder) if browser else None)


def _each(costs: list[float], items: list[float]) -> tuple[float, float]:
    """What one more case costs, from small to middle and from middle to large."""
    small, middle, large = zip(costs, items, strict=True)
    return (middle[0] - small[0]) / (middle[1] - small[1]), (large[0] - middle[0]) / (large[1] - middle[1])


def _in_browser(folder: Path) -> Growth:
    """Whole runs: in a browser what does not grow is little. 100 households hold more findings each."""
    costs = []
    for size in (100, 400):
        town = make_town(size, folder)
        costs.append(1000 * run_once("robotfabrik", town, WORKERS).cpu / households_to_handle(town))
        say(f"flat, {size} households in the browser: {costs[-1]:.0f} ms a case")
    return Growth("CPU time in the browser, ms", *costs)


def lines(found: Flat) -> list[str]:
    """The section of the page on benchmarks."""
    small, large = found.sizes
    middle = round(MIDDLE * small)
    table = [
        f"Target: a case of {large} households costs at most 5 % more than one of {small}: "
        f"**{'reached' if found.reached else 'not reached'}**.",
        "",
        f"| one more case | {small} → {middle} households | {middle} → {large} households | ratio |",
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
