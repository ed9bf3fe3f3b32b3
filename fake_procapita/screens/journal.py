"""Journal: the list, the pane Detaljer, locking and cancelling notes, and a note on its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, func, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, noting, pdf, records
from fake_procapita.guard import guarded
from fake_procapita.noting import CANCELLED, LOCKED
from fake_procapita.paging import Paging
from fake_procapita.problems import NotAllowed
from fake_procapita.screens import journal_access
from fake_procapita.screens.case import open_file
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

PAGE = 50

_n = db.notes.c
_COUNT = select(func.count()).where(_n.case_number == bindparam("case_number"))
_LIST = (
    select(_n.note_id, _n.date, _n.time, _n.type, _n.rubrik, _n.signature, _n.status)
    .where(_n.case_number == bindparam("case_number"))
    .order_by(_n.date.desc(), _n.time.desc(), _n.id.desc())
    .limit(PAGE)
    .offset(bindparam("offset"))
)


async def show(visit: Visit) -> Response:
    """The list, newest first; with `note` also Detaljer."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        journal_access.enter(visit, case.case_number)
        total = connection.execute(_COUNT, {"case_number": case.case_number}).scalar_one()
        paging = Paging(visit.query("sida"), PAGE, total)
        rows = connection.execute(_LIST, {"case_number": case.case_number, "offset": paging.offset}).all()
        note = (
            journal_access.find(connection, case.case_number, visit.query("note"))
            if visit.query("note")
            else None
        )
    return visit.render(
        "journal.html",
        open_case=records.open_case(case),
        case=case,
        rows=rows,
        paging=paging,
        note=note,
        locked_by=journal_access.holder(visit, case),
        new_note=visit.system.chaos.button("Ny journalanteckning"),
        may_write=visit.account.has(*journal_access.WRITERS),
        may_change=note is not None and journal_access.may_change(visit, note),
        may_lock=note is not None and journal_access.may_lock(visit, note),
        may_cancel=note is not None and visit.account.has(*STAFF) and note.status != CANCELLED,
    )


async def lock(visit: Visit) -> Response:
    """Lås journalanteckning: from now on nobody can change it."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = journal_access.existing(visit, connection, case.case_number)
        if not journal_access.may_lock(visit, note):
            raise NotAllowed
        noting.change(connection, note.note_id, {"status": LOCKED})
    visit.say("Anteckningen är låst.")
    return visit.redirect(journal_access.details(case.case_number, note.note_id))


async def ask_cancel(visit: Visit) -> Response:
    """The form Makulera journalanteckning."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = journal_access.existing(visit, connection, case.case_number)
    return _cancel_form(visit, case, note)


async def cancel(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = journal_access.existing(visit, connection, case.case_number)
    reason = visit.word("reason")
    if not reason or note.status == CANCELLED:
        error = "Ange skäl." if not reason else "Anteckningen är redan makulerad."
        return _cancel_form(visit, case, note, error)
    username, today = visit.account.username, visit.today
    await visit.save(lambda connection: noting.cancel(connection, note.note_id, username, reason, today))
    visit.say("Anteckningen är makulerad.")
    return visit.after_form(journal_access.details(case.case_number, note.note_id))


async def document(visit: Visit) -> Response:
    """DOKUMENT: the note alone, for printing."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = journal_access.existing(visit, connection, case.case_number)
    return visit.render("note_document.html", open_case=records.open_case(case), case=case, note=note)


async def communication(visit: Visit) -> Response:
    """KOMMUNICERING: what has been sent to the client about the note."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = journal_access.existing(visit, connection, case.case_number)
        who = records.member_roles(connection, case.household_id, visit.account)
        about = {"case_number": case.case_number, "note_id": note.note_id}
        sent = [
            row
            for row in casework.rows(connection, casework.communications, **about)
            if row.person_id in who
        ]
    return visit.render(
        "note_communication.html", open_case=records.open_case(case), case=case, note=note, sent=sent
    )


async def as_pdf(visit: Visit) -> Response:
    """PDF: the note as a file."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = journal_access.existing(visit, connection, case.case_number)
    head = [
        f"Journalanteckning {note.note_id}",
        f"Ärende {case.case_number}",
        f"Datum {note.date} {note.time}",
        f"Typ {note.type}",
        f"Status {note.status}",
        "",
        note.rubrik,
        "",
    ]
    content = pdf.document([*head, *note.text.split("\n"), "", note.signature])
    name = f'inline; filename="journalanteckning-{note.note_id}.pdf"'
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": name, "Cache-Control": "no-store"},
    )


def _cancel_form(visit: Visit, case: Row[Any], note: Row[Any], error: str = "") -> Response:
    return visit.render(
        "note_cancel.html",
        open_case=records.open_case(case),
        case=case,
        note=note,
        error=error,
        form_token=visit.new_form(),
        status=422 if error else 200,
    )


routes = [
    Route(journal_access.ADDRESS, guarded(show)),
    Route(
        journal_access.ADDRESS + "/{note_id}/las", guarded(lock, *journal_access.WRITERS), methods=["POST"]
    ),
    Route(journal_access.ADDRESS + "/{note_id}/makulera", guarded(ask_cancel, *STAFF)),
    Route(journal_access.ADDRESS + "/{note_id}/makulera", guarded(cancel, *STAFF), methods=["POST"]),
    Route(journal_access.ADDRESS + "/{note_id}/dokument", guarded(document)),
    Route(journal_access.ADDRESS + "/{note_id}/pdf", guarded(as_pdf)),
    Route(journal_access.ADDRESS + "/{note_id}/kommunicering", guarded(communication)),
]
