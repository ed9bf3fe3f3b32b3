"""How long a night takes in which schedule.yaml starts every robot, over one case system.

    python -m bench.night [--households N] [--out FILE]

Writes its section of docs/benchmarks.md anew and leaves the rest of the page as it is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from bench import machine
from bench.page import write
from bench.ratio import say
from bench.town import DAY, case_system, make_town
from tests.support import compare
from tests.support.fake import ROOT
from tests.support.night import Fire, Night

PAGE = ROOT / "docs" / "benchmarks.md"
HEADING = "## All robots in one night"
HOUSEHOLDS = 400


def measure(households: int, folder: Path) -> list[Fire]:
    """The fires of a night; RuntimeError unless exactly the facit's notes and activities came of them."""
    town = make_town(households, folder / "town")
    with case_system(town) as fake:
        written = compare.Since(fake)
        fires = Night(fake, folder / "night").run(date.fromisoformat(DAY))
        notes, activities = written.notes(), written.activities()
    wanted: list[Counter[tuple[str, str, str]]] = [Counter(), Counter()]
    for fire in fires:
        say(f"{fire.bot}: {fire.job.status} after {fire.seconds:.0f} s")
        wanted[0] += compare.expected_notes(town, DAY[:7], robot=fire.bot)
        wanted[1] += compare.expected_activities(town, DAY[:7], robot=fire.bot)
    if [notes, activities] != wanted:
        raise RuntimeError("the notes differ from the facit: the robots did not do their work")
    return fires


def lines(fires: Sequence[Fire], households: int, *, quiet: bool) -> list[str]:
    """The section of the page on benchmarks."""
    total = sum(fire.seconds for fire in fires)
    beside = "" if quiet else ", on a machine that did other work too"
    table = [
        f"The schedule's service starts the robots at the times of `schedule.yaml`, over {households}"
        " households, one after the other; its clock does not wait for the hours between. A time is from the"
        " fire to the end of the job, with the browser's start and the reports. Afterwards exactly the"
        " facit's notes and activities stand in the case system.",
        "",
        f"All together: **{total / 60:.1f} minutes**{beside}.",
        "",
        "| robot | starts | ended | minutes | items | written |",
        "|---|---|---|---|---|---|",
    ]
    for fire in fires:
        figures = fire.job.summary
        items = sum(figures[name] for name in ("checked", "listed", "failed", "held"))
        ended = fire.due + timedelta(seconds=fire.seconds)
        table.append(
            f"| {fire.bot} | {fire.due:%H:%M} | {ended:%H:%M} | {fire.seconds / 60:.1f} | {items} |"
            f" {figures['written']} |"
        )
    return table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.night")
    parser.add_argument("--households", type=int, default=HOUSEHOLDS, help=f"default {HOUSEHOLDS}")
    parser.add_argument("--out", type=Path, default=PAGE, help="the page to write in")
    given = parser.parse_args()
    here = machine.this_machine()
    say(f"load average {here.load:.2f} on {here.cores} cores: {'quiet' if here.quiet else 'busy'}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        fires = measure(given.households, Path(folder))
    write(given.out, HEADING, lines(fires, given.households, quiet=here.quiet))
    return 0


if __name__ == "__main__":
    sys.exit(main())
