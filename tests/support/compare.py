"""Compares what stands in the case system with the facit."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from fake_procapita.importing import database_path
from tests.support.fake import RunningFake
from tests.support.rows import read_rows

Row = Mapping[str, str]


def facit(data: Path, month: str, robot: str = "folkbokforing") -> list[dict[str, str]]:
    """A robot's rows of a month."""
    return [row for row in read_rows(data / "facit.csv") if (row["month"], row["robot"]) == (month, robot)]


def expected_notes(data: Path, *months: str, robot: str = "folkbokforing") -> Counter[tuple[str, str, str]]:
    """(case number, rubrik, text) of every note that the robot shall have written in these months."""
    rows = (row for month in months for row in facit(data, month, robot))
    return Counter((r["case_number"], r["rubrik"], r["text"]) for r in rows if r["status"] == "noted")


def expected_activities(
    data: Path, *months: str, robot: str = "folkbokforing"
) -> Counter[tuple[str, str, str]]:
    """(case number, recipient, text) of every activity."""
    rows = (row for month in months for row in facit(data, month, robot))
    return Counter(
        (r["case_number"], r["activity_recipient"], r["activity"]) for r in rows if r["status"] == "noted"
    )


def notes(rows: Iterable[Row]) -> Counter[tuple[str, str, str]]:
    return Counter((r["case_number"], r["rubrik"], r["text"]) for r in rows)


def activities(rows: Iterable[Row]) -> Counter[tuple[str, str, str]]:
    return Counter((r["case_number"], r["recipient"], r["text"]) for r in rows)


def expected_referrals(data: Path, *months: str, robot: str) -> Counter[str]:
    """The case number of every referral that the robot shall have sent."""
    rows = (row for month in months for row in facit(data, month, robot))
    return Counter(r["case_number"] for r in rows if (r["status"], r["code"]) == ("noted", "ANVISAD"))


def _referrals(fake: RunningFake) -> list[str]:
    """The case number of every referral that a robot has sent, in order."""
    sent = "SELECT case_number FROM referrals WHERE created_by LIKE 'robot-%' ORDER BY id"
    with closing(sqlite3.connect(database_path(fake.data))) as database:
        return [case for (case,) in database.execute(sent)]


class Since:
    """What is written in a case system from now on."""

    def __init__(self, fake: RunningFake) -> None:
        self._fake = fake
        self._notes, self._activities = len(fake.export_notes()), len(fake.export_activities())
        self._sent = len(_referrals(fake))

    def notes(self) -> Counter[tuple[str, str, str]]:
        return notes(self._fake.export_notes()[self._notes :])

    def activities(self) -> Counter[tuple[str, str, str]]:
        return activities(self._fake.export_activities()[self._activities :])

    def referrals(self) -> Counter[str]:
        return Counter(_referrals(self._fake)[self._sent :])


def assert_equals_facit(written: Since, data: Path, *months: str, robot: str) -> None:
    """Everything of these months, text for text, each once, and no more."""
    assert written.notes() == expected_notes(data, *months, robot=robot)
    assert written.activities() == expected_activities(data, *months, robot=robot)
    assert written.referrals() == expected_referrals(data, *months, robot=robot)
