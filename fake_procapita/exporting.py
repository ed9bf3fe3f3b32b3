"""What was written in the system, as CSV: for testers, who should not have to ask the robot."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sqlalchemy import Integer, cast, func, select

from fake_procapita import db
from fake_procapita.importing import database_path, imported_key
from fake_procapita.problems import UsageProblem

COLUMNS = {
    "notes": ("case_number", "date", "type", "rubrik", "text", "signature", "notified"),
    "activities": ("date", "type", "case_number", "recipient", "text", "status", "outcome"),
    "messages": ("date", "recipient", "sender", "rubrik", "text", "cases", "settled_by", "settled_on"),
    "applications": (
        "application_id",
        "case_number",
        "date",
        "type",
        "reason",
        "month",
        "sender",
        "channel",
        "number",
        "status",
    ),
    "application_rows": ("application_id", "person_id", "item", "date", "amount"),
    "application_facts": ("application_id", "person_id", "subject", "value"),
    "decisions": (
        "decision_id",
        "case_number",
        "date",
        "start",
        "end",
        "result",
        "amount",
        "motivation",
        "status",
        "proposed_by",
        "decided_by",
        "decided_on",
        "reason",
    ),
    "payments": (
        "payment_id",
        "decision_id",
        "case_number",
        "month",
        "amount",
        "method",
        "clearing",
        "account",
        "date",
        "recipient",
        "created_by",
        "attested_by",
        "status",
    ),
    "samples": (
        "sample_id",
        "drawn",
        "case_number",
        "application_id",
        "month",
        "scope",
        "answer_by",
        "result",
        "amount",
        "comment",
        "status",
        "created_by",
        "registered_by",
        "registered_on",
    ),
}


def notes(folder: Path, *, everything: bool = False) -> list[dict[str, str]]:
    """The journal notes written since the import (or all), in the order of writing."""
    return stored(folder, "notes", everything=everything)


def activities(folder: Path, *, everything: bool = False) -> list[dict[str, str]]:
    """The activities made since the import (or all), in the order of making."""
    return stored(folder, "activities", everything=everything)


def write(rows: list[dict[str, str]], columns: tuple[str, ...], out: Path) -> None:
    """As CSV: UTF-8, comma, `\n`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    try:
        out.write_bytes(text.getvalue().encode("utf-8"))
    except OSError as error:
        raise UsageProblem(f"cannot write {out}: {error.strerror}") from None


def stored(folder: Path, name: str, *, everything: bool = False) -> list[dict[str, str]]:
    """A table of what was stored since the import (or all), in the order of storing."""
    path = database_path(folder)
    if not path.is_file():
        raise UsageProblem(f"{folder} has no state to export: the fake has not been started on it.")
    table, columns = db.metadata.tables[name], COLUMNS[name]
    query = select(*(table.c[column] for column in columns)).order_by(table.c.id)
    if not everything and "imported" in table.c:
        query = query.where(table.c.imported.is_(False))
    elif not everything:
        imported = select(cast(db.meta.c.value, Integer)).where(db.meta.c.key == imported_key(name))
        query = query.where(table.c.id > func.coalesce(imported.scalar_subquery(), 0))
    engine = db.open_engine(path)
    try:
        with engine.connect() as connection:
            return [
                {column: _text(row[column]) for column in columns}
                for row in connection.execute(query).mappings()
            ]
    finally:
        engine.dispose()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return str(value)
