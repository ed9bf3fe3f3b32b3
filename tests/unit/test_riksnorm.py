"""The handling robot's riksnorm: its tables, and hand-worked cases, equal the case system's own reckoning."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_procapita.norm import YEARS, Child, costs, not_sambo
from robotfabrik.cli.main import main
from robotfabrik.engine.decisions import decide
from robotfabrik.model.process import Process
from robotfabrik.parsing.loader import Loader
from tests.support.fake import ROOT

PDD = ROOT / "pdd" / "handlaggning.yaml"
CHILDREN = ("år_0", "år_1_2", "år_3", "år_4_6", "år_7_10", "år_11_14", "år_15_18", "år_19_20")
PERSONS = ("en", "två", "tre", "fyra", "fem", "sex", "sju")
UNKNOWN_YEARS = (2013, 2015, 2016, 2027, 2030)
# Children under seven who do not eat lunch at home five days a week; what is not here nobody has published.
WITHOUT_LUNCH = {
    2014: (1610, 1800, 1550, 1730),  # Socialstyrelsen 2013-11-19
    2018: (1960, 2150, 1900, 2080),  # reckoned back from 2019
    2019: (2000, 2190, 1940, 2120),  # socialstyrelsen.se
    2021: (2050, 2240, 1990, 2170),  # SFS 2020:1013
}


@dataclass(frozen=True)
class Case:
    """A row of golden/riksnorm_cases.csv: a household in a month, and what it needs in kronor.

    `children` are days of birth, each with the days that the child lives there unless it is all of them.
    `home`: so many share the home, without being sambo.
    """

    name: str
    month: date
    adults: int
    children: tuple[tuple[date, int | None], ...]
    home: int
    own: int
    shared: int
    source: str

    @property
    def family(self) -> str:
        """As an expression of a PDD."""
        adults = [f"record(personnummer='19800102238{n}', role='Vuxen', days=31)" for n in range(self.adults)]
        children = [
            f"record(personnummer='{birth:%Y%m%d}2392', role='Barn', days={days or 31})"
            for birth, days in self.children
        ]
        return f"[{', '.join([*adults, *children])}]"


def _cases() -> Iterator[Case]:
    with (ROOT / "tests" / "golden" / "riksnorm_cases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            children = (child.partition(":") for child in row["children"].split())
            yield Case(
                row["name"],
                date.fromisoformat(row["month"] + "-01"),
                int(row["adults"]),
                tuple((date.fromisoformat(day), int(days) if days else None) for day, _, days in children),
                int(row["shares_home"] or 0),
                int(row["own"]),
                int(row["shared"]),
                row["source"],
            )


CASES = tuple(_cases())


@pytest.fixture(scope="module")
def process() -> Process:
    found = Loader(lambda problem: pytest.fail(str(problem))).process(PDD)
    assert found is not None
    return found


@pytest.mark.parametrize("year", [*YEARS, *UNKNOWN_YEARS])
def test_the_tables_hold_the_figures_of_each_year_and_nothing_for_others(process: Process, year: int) -> None:
    norm = YEARS.get(year)
    for day in (date(year, 1, 1), date(year, 12, 31)):
        children = decide(process.rules["RN1"], {"lunch_hemma": True, "dag": day}).outputs
        adults = decide(process.rules["RN2"], {"dag": day}).outputs
        shared = decide(process.rules["RN3"], {"dag": day}).outputs
        assert tuple(children[name] for name in CHILDREN) == (norm.children if norm else (None,) * 8)
        assert (adults["ensam"], adults["par"]) == ((norm.single, norm.couple) if norm else (None, None))
        assert tuple(shared[name] for name in PERSONS) == (norm.shared if norm else (None,) * 7)
        assert bool(adults["källa"] and adults["säkerhet"]) == (norm is not None)


@pytest.mark.parametrize("year", YEARS)
def test_lunch_elsewhere_lowers_what_is_known_of_children_under_seven(process: Process, year: int) -> None:
    said = decide(process.rules["RN1"], {"lunch_hemma": False, "dag": date(year, 6, 1)}).outputs
    known = WITHOUT_LUNCH.get(year)
    assert tuple(said[name] for name in CHILDREN) == (
        (*known, *YEARS[year].children[4:]) if known else (None,) * 8
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_case_system_reckons_as_by_hand(case: Case) -> None:
    children = [Child(birth, days) for birth, days in case.children]
    own, shared = costs(case.month, case.adults, children)
    if case.home:
        shared = not_sambo(case.month.year, case.home) - own
    assert (own, shared) == (case.own, case.shared), case.source


def test_the_robot_reckons_as_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own rules and workflow, lifted out of the PDD into one that does nothing else."""
    pdd = yaml.load(PDD.read_text(encoding="utf-8"), yaml.CBaseLoader)
    alone: dict[str, Any] = {
        "pdd": "1", "id": "norm", "name": "Norm", "version": "0.1.0", "authority": "read", "applications": {},
        "config": {"lunch_hemma": pdd["config"]["lunch_hemma"]},
        "exceptions": {key: value for key, value in pdd["exceptions"].items() if key == "BE13"},
        "rules": {key: rule for key, rule in pdd["rules"].items() if key.startswith("RN")},
        "workflows": {"riksnorm": pdd["workflows"]["riksnorm"]},
        "process": [step for case in CASES for step in _steps(case)],
        "tests": [{"name": "Alla fall", "given": {}, "expect": {"status": "successful"}}],
    }  # fmt: skip
    file = tmp_path / "norm.yaml"
    file.write_text(yaml.safe_dump(alone, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert main(["test", str(file)]) == 0, capsys.readouterr().out


def _steps(case: Case) -> list[dict[str, Any]]:
    """Ask the workflow, and fail under the case's name unless it says what the hand says."""
    home = {"i_bostaden": f"${{{{ {case.home} }}}}"} if case.home else {}
    given = {"dag": case.month.isoformat(), "familj": f"${{{{ {case.family} }}}}", **home}
    answer = {"egna": "personliga", "delade": "gemensamma"}
    return [
        {"invoke_workflow": "riksnorm", "with": given, "save_as": answer},
        {"name": case.name, "check_true": f"egna == {case.own} and delade == {case.shared}"},
    ]
