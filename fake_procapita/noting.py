"""What happens in the database when a journal note is written, notified, locked or cancelled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update

from fake_procapita import db
from fake_procapita.municipality import Municipality, group_basket
from fake_procapita.readlog import stamp

LOCKED = "Låst"
ESTABLISHED = "Upprättad"
DRAFT = "Arbetsanteckning"
CANCELLED = "Makulerad"
DAYS_TO_ACT = 14


@dataclass(frozen=True)
class NewNote:
    case_number: str
    date: str
    time: str
    type: str
    rubrik: str
    text: str
    author: str
    signature: str
    status: str
    notify: bool


def write(connection: Connection, note: NewNote, municipality: Municipality, unit: str, today: date) -> str:
    """Store the note and, if it notifies, its one activity; returns the note's id."""
    note_id = _next_id(connection, db.notes, "note_id")
    values = {
        "note_id": note_id,
        "case_number": note.case_number,
        "date": note.date,
        "time": note.time,
        "type": note.type,
        "rubrik": note.rubrik,
        "text": note.text,
        "author": note.author,
        "signature": note.signature,
        "status": note.status,
        "notified": note.notify,
        "created_at": stamp(today),
    }
    connection.execute(insert(db.notes), values)
    if note.notify:
        _notify(connection, note, note_id, municipality, unit, today)
    return note_id


def change(connection: Connection, note_id: str, values: dict[str, Any]) -> None:
    connection.execute(update(db.notes).where(db.notes.c.note_id == note_id).values(**values))


def cancel(connection: Connection, note_id: str, username: str, reason: str, today: date) -> None:
    """Makulera: the original stays readable."""
    values = {
        "status": CANCELLED,
        "cancelled_by": username,
        "cancelled_on": today.isoformat(),
        "cancelled_reason": reason,
    }
    change(connection, note_id, values)


def recipient(caseworker: str, municipality: Municipality, unit: str) -> str:
    """The responsible caseworker, or the unit's common list when that person is away or there is none."""
    account = municipality.accounts.get(caseworker)
    if account is None:
        return group_basket(unit)
    return group_basket(account.unit) if account.away else account.username


def activity_text(rubrik: str, day: str) -> str:
    return (
        f"{rubrik}, se journalanteckning {day}. 1. Kontrollera ärendet utifrån uppgifterna i anteckningen. "
        "2. Prata med klienten om uppgifterna. 3. Följ rutinen om något behöver utredas vidare."
    )


def _notify(
    connection: Connection, note: NewNote, note_id: str, municipality: Municipality, unit: str, today: date
) -> None:
    caseworker = connection.execute(
        select(db.cases.c.caseworker).where(db.cases.c.case_number == note.case_number)
    ).scalar_one()
    values = {
        "activity_id": _next_id(connection, db.activities, "activity_id"),
        "date": today.isoformat(),
        "type": "Journalanteckning",
        "case_number": note.case_number,
        "recipient": recipient(caseworker, municipality, unit),
        "due": (today + timedelta(days=DAYS_TO_ACT)).isoformat(),
        "status": "Öppen",
        "text": activity_text(note.rubrik, note.date),
        "note_id": note_id,
    }
    connection.execute(insert(db.activities), values)


def _next_id(connection: Connection, table: Table, column: str) -> str:
    """The id after the latest row's: `J00012` is followed by `J00013`."""
    latest: Row[Any] | None = connection.execute(
        select(table.c[column]).order_by(table.c.id.desc()).limit(1)
    ).first()
    found = re.fullmatch(r"(.*?)(\d+)", latest[0]) if latest else None
    if found:
        prefix, digits = found.groups()
        candidate = f"{prefix}{int(digits) + 1:0{len(digits)}d}"
        taken = select(func.count()).select_from(table).where(table.c[column] == candidate)
        if not connection.execute(taken).scalar():
            return candidate
    total = connection.execute(select(func.max(table.c.id))).scalar() or 0
    return f"N{total + 1}"
