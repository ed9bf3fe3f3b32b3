"""What handling has written in a case system, and what the facit says of it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from fake_procapita.importing import database_path
from tests.support import compare
from tests.support.fake import RunningFake

MONTH, ROBOT = "2022-11", "handlaggning"


def facit(data: Path) -> list[dict[str, str]]:
    return compare.facit(data, MONTH, ROBOT)


def assert_handled(fake: RunningFake, data: Path) -> None:
    """Every note, activity, calculation and proposal of the facit, each once, and no more."""
    assert compare.notes(fake.export_notes()) == compare.expected_notes(data, MONTH, robot=ROBOT)
    assert compare.activities(fake.export_activities()) == Counter(
        (row["case_number"], row["activity_recipient"], row["activity"])
        for row in facit(data)
        if row["activity"]
    )
    assert proposals(fake) == proposals_due(data)
    assert calculations(fake) == Counter(
        (row["case_number"], "Slutförd") for row in facit(data) if row["amount"]
    )


def proposals_due(data: Path) -> Counter[tuple[str, ...]]:
    """(case number, result, amount, motivation) of what the robot shall have proposed."""
    return Counter(
        (
            row["case_number"],
            "Bifall" if row["code"] == "BIFALL" else "Avslag",
            row["amount"],
            row["motivation"],
        )
        for row in facit(data)
        if row["amount"]
    )


def counted(data: Path) -> Counter[tuple[str, str, str]]:
    """How many there are of each way, proposal and rule, as the run's summary counts them."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in facit(data):
        if row["status"] != "excluded":
            proposal = {"B": "bifall", "A": "avslag"}.get(row["code"][0], "manuell")
            found["Papper" if row["subject"].startswith("AK") else "Digital", proposal, row["code"]] += 1
    return found


def proposals(fake: RunningFake) -> Counter[tuple[str, ...]]:
    """(case number, result, amount, motivation) of what the robot has proposed."""
    return Counter(_rows(fake, "case_number, result, amount, motivation FROM decisions WHERE proposed_by"))


def calculations(fake: RunningFake) -> Counter[tuple[str, ...]]:
    """(case number, status) of the calculations that the robot has made, but for those it has removed."""
    found = _rows(fake, "case_number, status FROM calculations WHERE status <> 'Borttagen' AND created_by")
    return Counter(found)


def _rows(fake: RunningFake, what: str) -> Iterator[tuple[Any, ...]]:
    with closing(sqlite3.connect(database_path(fake.data))) as database:
        yield from database.execute(f"SELECT {what} LIKE 'robot-{ROBOT}-%'")
