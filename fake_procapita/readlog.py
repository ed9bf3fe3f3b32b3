"""The read log: who looked at what, and when."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, insert

from fake_procapita import db
from fake_procapita.sessions import Session

ALLOWED = "Visad"
DENIED = "Nekad"


def clock() -> str:
    """The time of day, which is the real one."""
    return datetime.now().strftime("%H:%M")


def stamp(today: date) -> str:
    """The system's date with the real time of day."""
    return f"{today.isoformat()} {datetime.now().strftime('%H:%M:%S')}"


def record(
    connection: Connection,
    session: Session,
    today: date,
    screen: str,
    *,
    person_id: str = "",
    personnummer: str = "",
    case_number: str = "",
    denied: bool = False,
) -> None:
    """Add one look at a person or a case."""
    values = {
        "read_at": stamp(today),
        "username": session.account.username,
        "screen": screen,
        "person_id": person_id,
        "personnummer": personnummer,
        "case_number": case_number,
        "outcome": DENIED if denied else ALLOWED,
    }
    connection.execute(insert(db.read_log), values)
