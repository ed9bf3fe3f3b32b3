"""Reads the lines of what people export: CSV, or the first sheet of a workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from robotfabrik.model.errors import UsageError


def lines_of(file: Path) -> Iterable[Sequence[Any]]:
    """The lines of a CSV file or of a workbook's first sheet."""
    if file.suffix.casefold() == ".xlsx":
        from robotfabrik.activities.workbook import load  # openpyxl is heavy

        return (row for row in load(file, values=True).worksheets[0].iter_rows(values_only=True))
    return _csv(file)


def _csv(file: Path) -> Iterator[Sequence[str]]:
    """Comma or semicolon, as the first line has more of them."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{file.name} is not UTF-8: export it as CSV UTF-8, or as xlsx") from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    lines = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        yield from lines
    except csv.Error as error:
        raise UsageError(f"{file.name}, line {lines.line_num} is no CSV: {error}") from None


def text_of(cell: Any) -> str:
    """A cell as text; a day as 2022-11-01."""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return "" if cell is None else str(cell).strip()
