"""The synthetic municipality and its case system, as the measurements use them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import compare, towns
from tests.support.fake import ROOT, RunningFake, running_fake
from tests.support.robot import FOLKBOKFORING, pool_of, variable

DAY = "2022-11-01"
# A store of the caller's would be written in; compiled modules are kept between runs, as for a user.
NOT_PASSED_ON = frozenset({"ROBOTFABRIK_STORE", "PYTHONDONTWRITEBYTECODE", "DEBUG"})


def make_town(households: int, folder: Path) -> Path:
    """A municipality of so many households, always the same."""
    return towns.make_town(folder, 1, households)


@contextmanager
def case_system(town: Path) -> Iterator[RunningFake]:
    """A fresh case system over a town; the processes that it takes are in no measurement."""
    with running_fake(town, DAY) as fake:
        yield fake


def environment(fake: RunningFake | None = None, home: Path | None = None) -> dict[str, str]:
    """What both robots find in their environment: the same accounts, nothing of the caller's own."""
    found = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    found["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    if home is not None:
        found["ROBOTFABRIK_HOME"] = str(home)
    if fake is not None:
        found[variable(FOLKBOKFORING)] = pool_of(FOLKBOKFORING, fake)
    return found


def households_to_handle(town: Path) -> int:
    """Active households of the first month, those that are listed included."""
    return sum(row["status"] != "excluded" for row in compare.facit(town, DAY[:7]))


def check_notes(town: Path, fake: RunningFake) -> None:
    """RuntimeError unless exactly the facit's notes and activities stand in the case system."""
    notes = compare.notes(fake.export_notes())
    activities = compare.activities(fake.export_activities())
    if notes != compare.expected_notes(town, DAY[:7]) or activities != compare.expected_activities(
        town, DAY[:7]
    ):
        raise RuntimeError("the notes differ from the facit: what was measured did not do the work")


def accounts_of(town: Path) -> list[dict[str, str]]:
    """The rows of accounts.csv."""
    with (town / "accounts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
