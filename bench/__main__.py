"""Measures everything and writes docs/benchmarks.md.

    python -m bench [--quick] [--long] [--out FILE]

`--quick` is for trying: few pairs, small municipalities, written beside the real page. `--long` adds 100 and
400 households in the browser.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
from pathlib import Path

from bench import check_speed, flat, machine, night, ratio, step_cost, workers
from tests.support.fake import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
PAIRS, HOUSEHOLDS = 9, 40


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure; the figures go to docs/benchmarks.md."
    )
    parser.add_argument(
        "--quick", action="store_true", help="few pairs and small municipalities, to try it out"
    )
    parser.add_argument("--long", action="store_true", help="also 100 and 400 households in the browser")
    parser.add_argument("--pairs", type=int, help=f"pairs of runs in the browser, default {PAIRS}")
    parser.add_argument(
        "--households", type=int, default=HOUSEHOLDS, help="of the municipality for the pairs"
    )
    parser.add_argument("--out", type=Path, help="the page to write")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        text, reached = measure(given, Path(folder))
    page = given.out or (PAGE.with_name("benchmarks-quick.md") if given.quick else PAGE)
    page.write_text(text, "utf-8")
    print(text)
    print(f"written to {page}", file=sys.stderr)
    return 0 if reached or given.quick else 1


def measure(given: argparse.Namespace, folder: Path) -> tuple[str, bool]:
    """The page, and whether every target was reached."""
    quick = given.quick
    here = machine.this_machine()
    ratio.say(f"load average {here.load:.2f} on {here.cores} cores: {'quiet' if here.quiet else 'busy'}")
    checked = check_speed.measure(1000, 3 if quick else 9, folder)
    stepped = step_cost.measure(40 if quick else 400, 3 if quick else 9, folder)
    sizes = (400, 1600) if quick else (400, 4000)
    grown = flat.measure(*sizes, 1 if quick else 5, folder, browser=given.long)
    served = workers.measure(workers.ITEMS // 4 if quick else workers.ITEMS, folder)
    town = 40 if quick else night.HOUSEHOLDS
    fires = night.measure(town, folder)
    pairs = given.pairs or (2 if quick else PAIRS)
    compared = ratio.compare_robots(pairs, given.households, ratio.WORKERS, folder)
    verdicts = {
        "CPU time of the runner, driver and browser beside the hand-written robot": compared.reached,
        "A step without a browser": stepped.reached,
        "Flat cost of a case": grown.reached and (grown.browser is None or grown.browser.reached),
        "1,000 steps checked": checked.reached,
        "Throughput of several workers": served.reached,
    }
    text = [
        "# Benchmarks",
        "",
        "How fast robotfabrik is, measured beside a hand-written robot that does the same on the same screens"
        " (`bench/handwritten.py`). This page is written by `make bench`; what is measured is in `bench/`.",
        "",
        f"{datetime.date.today()}, `python -m bench{' --quick' * quick}{' --long' * given.long}`.",
        "",
        *machine.lines(here),
        "",
        *(f"- {what}: {'reached' if ok else '**not reached**'}" for what, ok in verdicts.items()),
        "",
        "## Beside the hand-written robot",
        "",
        *_HOW,
        "",
        *ratio.lines(compared),
        "",
        "## A step without a browser",
        "",
        *step_cost.lines(stepped),
        "",
        "## Cost of a case",
        "",
        *flat.lines(grown),
        "",
        "## Checking",
        "",
        *check_speed.lines(checked),
        "",
        workers.HEADING,
        "",
        *workers.lines(served),
        "",
        night.HEADING,
        "",
        *night.lines(fires, town, quiet=here.quiet),
    ]
    return "\n".join(text) + "\n", all(verdicts.values())


_HOW = (
    "Both work through the Folkbokföring robot's first month: the same browser, flags and contexts, the same"
    " screens in the same order, the journal looked at before writing and read back after it. After every run"
    " the notes and activities in the case system are compared with the facit; the case system itself is not"
    " in the figures. The hand-written robot has no store, restart, masking, evidence or reports.",
    "",
    "CPU time is user and system time of the runner and everything that it starts. On Linux it is exact: the"
    " measuring process adopts every orphan below it, waits for all of them and reads the kernel's sum"
    " (`bench/cpu.py`). The runs come in interleaved pairs (A B, B A, A B …); the ratio is the geometric mean"
    " of the pairs' ratios, with Student's t interval on their logarithms. A/A is the hand-written robot"
    " against itself, the same way: how far from 1 chance goes.",
)

if __name__ == "__main__":
    sys.exit(main())
