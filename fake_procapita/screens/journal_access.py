"""What all of the journal's pages share: finding a note, rights to it, and the case's lock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from fake_procapita import db
from fake_procapita.locks import case_key
from fake_procapita.municipality import CASEWORKER, LEADER, ROBOT
from fake_procapita.noting import DRAFT, ESTABLISHED
from fake_procapita.problems import NotFound
from fake_procapita.screens.person import lock_holder
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Journal"
ADDRESS = "/arende/{case_number}/journal"
STATUSES = (ESTABLISHED, DRAFT)
WRITERS = (CASEWORKER, LEADER, ROBOT)

_n = db.notes.c
_NOTE = select(db.notes).where(_n.case_number == bindparam("case_number"), _n.note_id == bindparam("note_id"))


def details(case_number: str, note_id: str) -> str:
    """The address of the journal with the note in Detaljer."""
    return f"/arende/{case_number}/journal?note={note_id}"


def enter(visit: Visit, case_number: str) -> None:
    """Count the visit to the case (for the chaos profile `locked`)."""
    if visit.session.case_visit != case_number:
        visit.session.case_visit = case_number
        visit.system.chaos.visit_case(case_number)


def holder(visit: Visit, case: Row[Any]) -> str | None:
    """Who else holds the case, really or on purpose."""
    pretended = visit.system.chaos.lock_holder(case.case_number)
    return pretended or lock_holder(visit, case.registerledare, [case.case_number])


def take(visit: Visit, case: Row[Any]) -> str | None:
    """Take the lock of the case; the name of the other holder if that is impossible."""
    return holder(visit, case) or visit.system.locks.take(case_key(case.case_number), visit.session)


def find(connection: Connection, case_number: str, note_id: str) -> Row[Any] | None:
    """The note, if it belongs to the case."""
    return connection.execute(_NOTE, {"case_number": case_number, "note_id": note_id}).first()


def existing(visit: Visit, connection: Connection, case_number: str) -> Row[Any]:
    """The note in the address."""
    note = find(connection, case_number, visit.path("note_id"))
    if note is None:
        raise NotFound
    return note


def may_change(visit: Visit, note: Row[Any]) -> bool:
    """Its author may, until it is locked."""
    return note.status in STATUSES and note.author == visit.account.username


def may_lock(visit: Visit, note: Row[Any]) -> bool:
    """Its author may, and the staff."""
    own = note.author == visit.account.username
    return note.status == ESTABLISHED and (own or visit.account.has(*STAFF))
