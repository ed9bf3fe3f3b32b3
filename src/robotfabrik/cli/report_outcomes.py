"""Reads what a case system exports of activities: days, outcomes, and what finds the note behind each."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from robotfabrik.cli.tabular import lines_of, text_of
from robotfabrik.model.errors import UsageError
from robotfabrik.model.statistics import OUTCOMES, Told

COLUMNS: Final = {
    "day": ("date", "datum"), "outcome": ("outcome", "utfall"),
    "case": ("case_number", "ärende", "ärendenummer"), "rule": ("rule", "regel", "kod"),
    "number": ("number", "antal"), "text": ("text", "rubrik"),
}  # fmt: skip


def read_outcomes(file: Path, begins: str = "") -> list[Told]:
    """The activities in a CSV or xlsx file whose text begins so; UsageError with the line that is wrong."""
    lines = iter(lines_of(file))
    headings = [str(name or "").strip().casefold() for name in next(lines, ())]
    at = {name: headings.index(word) for name, words in COLUMNS.items() for word in words if word in headings}
    if missing := [COLUMNS[name] for name in ("day", "outcome") if name not in at]:
        raise UsageError(f"{file.name} has no column {' or '.join(missing[0])}")
    if "case" not in at and "rule" not in at:
        raise UsageError(f"{file.name} has neither a column case_number (ärende) nor rule (regel)")
    if begins and "text" not in at:
        raise UsageError(f"--text needs a column text or rubrik, which {file.name} has not")
    told = []
    for number, line in enumerate(lines, 2):
        cells = {name: text_of(line[place]) if place < len(line) else "" for name, place in at.items()}
        if any(cells.values()) and cells.get("text", "").startswith(begins):
            told.append(_told(cells, f"{file.name}, line {number}"))
    return told


def _told(cells: dict[str, str], where: str) -> Told:
    try:
        day = date.fromisoformat(cells["day"][:10])
    except ValueError:
        raise UsageError(f"{where}: the date is no date, such as 2022-11-01") from None
    number = cells.get("number") or "1"
    if not number.isdecimal() or int(number) < 1:
        raise UsageError(f"{where}: the number is no whole number from 1 on")
    rule = cells.get("rule", "")
    if not rule and not cells.get("case"):
        raise UsageError(f"{where}: neither a case number nor a rule")
    if cells["outcome"] not in ("", *OUTCOMES):
        # The word itself is not told: another column may name a person, and what is kept is read by many.
        known = ", ".join(f"'{outcome}'" for outcome in OUTCOMES)
        raise UsageError(f"{where}: the outcome is none of {known}, or empty; nothing was counted")
    return Told(day, cells["outcome"], cells.get("case", ""), rule, int(number))
