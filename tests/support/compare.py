"""Compares what stands in the case system with the facit."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

Row = Mapping[str, str]


def facit(data: Path, month: str, robot: str = "folkbokforing") -> list[dict[str, str]]:
    """A robot's rows of a month."""
    with (data / "facit.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if (row["month"], row["robot"]) == (month, robot)]


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
