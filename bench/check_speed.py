"""How long `robotfabrik check` takes over a PDD of 1,000 steps.

Usage: `python -m bench.check_speed [--steps 1000] [--rounds 5]`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from robotfabrik.model.errors import DefinitionError
from robotfabrik.model.process import Process
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader
from tests.support.fake import ROOT

LIMIT = 1.0  # seconds
HEAD = """\
pdd: 1
id: many
name: Många steg
version: 1.0.0
document:
  purpose: Mäta hur länge en granskning tar
  contacts: [{role: Systemförvaltare, name: IT-service}]
authority: read
applications: {procapita: OBJECTS}
exceptions:
  BE1: {kind: business, name: Skyddade personuppgifter}
  BE2: {kind: business, name: Inte entydigt}
queue:
  item: {case_number: text, personnummer: identity, name: text}
  reference: [item.case_number]
  attempts: 3
rules:
  BR1:
    name: Hur många
    hit_policy: unique
    inputs: {antal: integer}
    outputs: {ord: text}
    table: |
      | antal || ord    |
      | < 1   || ingen  |
      | 1     || en     |
      | > 1   || flera  |
process:
"""
# Ten steps of the usual kinds; NN makes every block's variables its own.
BLOCK = """\
  - name: Öppna personen, gång NN
    invoke_workflow: procapita.open_person
    with: {personnummer: "${{ item.personnummer }}", name: "${{ item.name }}"}
  - invoke_workflow: procapita.read_household
    save_as: {hushåll_NN: household}
  - assign:
      barn_NN: "[m for m in hushåll_NN.members if m.role == 'Barn']"
      antal_NN: len(barn_NN)
  - evaluate_business_rule: BR1
    with: {antal: "${{ antal_NN }}"}
    save_as: {ord_NN: ord}
  - if: antal_NN > 2 and any(b.living is not none for b in barn_NN)
    then:
      - log_message: "${{ antal_NN }} barn, ${{ ord_NN }}"
  - for_each: barn_NN
    as: b
    where: b.personnummer != item.personnummer
    steps:
      - check_true: len(b.role) > 0
  - click: {target: procapita.menu.any, with: {screen: KIR}}
  - type_into: {target: procapita.kir.search_for, text: "${{ item.personnummer }}"}
"""
STEPS_A_BLOCK = 10


@dataclass(frozen=True, slots=True)
class CheckSpeed:
    """Seconds for so many steps, the object repository included; the median and the longest."""

    steps: int
    seconds: float
    longest: float

    @property
    def reached(self) -> bool:
        return self.seconds < LIMIT


def write(steps: int, folder: Path) -> Path:
    """A PDD of so many steps, without a mistake."""
    path = folder / "many.yaml"
    objects = ROOT / "pdd" / "objects" / "procapita.yaml"
    blocks = [BLOCK.replace("NN", str(n)) for n in range(steps // STEPS_A_BLOCK)]
    path.write_text(HEAD.replace("OBJECTS", str(objects)) + "".join(blocks), "utf-8")
    return path


def check(path: Path) -> Process:
    """DefinitionError with everything that is wrong."""
    collector = Collector()
    process = Loader(collector.report).process(path)
    if process is None or collector.has_errors:
        raise DefinitionError(collector.diagnostics)
    return process


def measure(steps: int, rounds: int, folder: Path) -> CheckSpeed:
    """CPU time, of several rounds; each reads the files anew."""
    path = write(steps, folder)
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        check(path)
        seconds.append(time.process_time() - started)
    return CheckSpeed(steps, statistics.median(seconds), max(seconds))


def lines(found: CheckSpeed) -> list[str]:
    """The section of the page on benchmarks."""
    verdict = "reached" if found.reached else "not reached"
    took = f"{found.seconds:.2f} s of CPU time (the longest round {found.longest:.2f} s)"
    return [
        f"A PDD of {found.steps} steps with its object repository, read and checked: {took}."
        f" Target: under {LIMIT:.0f} s: **{verdict}**."
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.check_speed")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        print("\n".join(lines(measure(given.steps, given.rounds, Path(folder)))))


if __name__ == "__main__":
    main()
