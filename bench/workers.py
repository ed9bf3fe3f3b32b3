"""How many items several workers handle together, on one PostgreSQL, until the case system is the limit.

    python -m bench.workers [--items N] [--out FILE]

Writes its section of docs/benchmarks.md anew and leaves the rest of the page as it is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.page import write
from bench.ratio import say
from robotfabrik.cli.pending import pending
from robotfabrik.model.records import JobFilter
from robotfabrik.store import open_store
from robotfabrik.wiring import Project
from tests.support.fake import ROOT
from tests.support.workers import Register, Server, environment, project_in, until, workers

PAGE = ROOT / "docs" / "benchmarks.md"
HEADING = "## Several workers"
WORKERS = (1, 2, 3)
BOTS = 6  # a queue each, so that nothing but the workers and the case system is shared
ITEMS = 100  # of each bot
SECONDS = 0.05  # that the case system takes for an answer
NARROW, WIDE = 2, 1000  # so many it answers at a time
SILENCE = 60.0
GROWS, FULL = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class Throughput:
    """Items a second by number of workers, for a case system that is wide and one that is narrow."""

    wide: tuple[float, ...]
    narrow: tuple[float, ...]

    @property
    def limit(self) -> float:
        """What the narrow case system can take: an item asks it three times."""
        return NARROW / SECONDS / 3

    @property
    def reached(self) -> bool:
        """Each worker adds nearly its share, and the narrow case system is nearly full at the end."""
        one, *more = self.wide
        grows = all(rate >= GROWS * number * one for number, rate in zip(WORKERS[1:], more, strict=True))
        return grows and self.narrow[-1] >= FULL * min(self.limit, self.wide[-1])


def measure(items: int, folder: Path) -> Throughput:
    """Run all bots with each number of workers, on both case systems."""
    rates = {}
    for at_a_time in (WIDE, NARROW):
        for number in WORKERS:
            place = folder / f"workers-{at_a_time}-{number}"
            rates[at_a_time, number] = _rate(number, at_a_time, items, place)
            say(f"{number} workers, {at_a_time} answers at a time: {rates[at_a_time, number]:.1f} items/s")
    wide, narrow = (tuple(rates[width, number] for number in WORKERS) for width in (WIDE, NARROW))
    return Throughput(wide, narrow)


def _rate(number: int, at_a_time: int, items: int, folder: Path) -> float:
    """Items a second from the first note to the last; RuntimeError unless each was written once."""
    names = [f"bot{bot}" for bot in range(BOTS)]
    with closing(Register(SECONDS, at_a_time)) as register, closing(Server(folder / "data")) as server:
        root = project_in(folder / "project", register.url, items, *names)
        about, said = environment(server.url, root), folder / "workers.txt"
        with open_store(server.url) as store, workers(root, about, SILENCE, said) as start:
            for name in names:
                store.enqueue(pending(Project(root), name, started_by="bench"))
            for _ in range(number):
                start("--pool", "office")
            done = JobFilter(status="successful")
            until(lambda: len(store.jobs(done)) == BOTS, "all jobs end")
        times = sorted(register.times)
        if len(times) != items * BOTS or len(set(register.notes)) != len(times):
            raise RuntimeError(f"{len(times)} notes were written, {items * BOTS} were wanted")
    return (len(times) - 1) / (times[-1] - times[0])


def lines(found: Throughput) -> list[str]:
    """The section of the page on benchmarks."""
    verdict = "reached" if found.reached else "not reached"
    table = [
        f"{BOTS} bots with a queue each, one job at a time for each worker, on one PostgreSQL. An item asks"
        f" the case system three times (looks, writes, looks again), and it takes {SECONDS * 1000:.0f} ms for"
        " an answer. The starts of the jobs are in the figures. No browser: on one machine its CPU would be"
        " the limit, not the workers.",
        "",
        f"Target: each worker adds at least {GROWS:.0%} of the first one's throughput, until a case system"
        f" that answers {NARROW} at a time is full ({found.limit:.1f} items/s): **{verdict}**.",
        "",
        f"| workers | items/s | beside one | items/s, {NARROW} answers at a time | of what it can take |",
        "|---|---|---|---|---|",
    ]
    for number, wide, narrow in zip(WORKERS, found.wide, found.narrow, strict=True):
        beside, full = wide / found.wide[0], narrow / found.limit
        table.append(f"| {number} | {wide:.1f} | {beside:.2f} | {narrow:.1f} | {full:.0%} |")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.workers")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"of each bot, default {ITEMS}")
    parser.add_argument("--out", type=Path, default=PAGE, help="the page to write in")
    given = parser.parse_args()
    here = machine.this_machine()
    say(f"load average {here.load:.2f} on {here.cores} cores: {'quiet' if here.quiet else 'busy'}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = measure(given.items, Path(folder))
    write(given.out, HEADING, lines(found))
    return 0 if found.reached else 1


if __name__ == "__main__":
    sys.exit(main())
