"""The rows of a municipality's CSV files, read and written."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

Rows = list[dict[str, str]]


def read_rows(file: Path) -> Rows:
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def write_rows(file: Path, rows: Sequence[dict[str, str]]) -> None:
    """The columns are all that any row has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
