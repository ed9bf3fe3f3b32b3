"""The forms Ny journalanteckning and Ändra journalanteckning."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import formats, noting, readlog, records
from fake_procapita.guard import guarded
from fake_procapita.locks import case_key
from fake_procapita.noting import DRAFT, ESTABLISHED, NewNote
from fake_procapita.problems import NotAllowed
from fake_procapita.screens import journal_access
from fake_procapita.screens.case import open_file
from fake_procapita.visit import Visit

TYPES = ("Kontroll", "Samtal", "Besök", "Hembesök", "Möte", "Handling", "Utredning", "Beslut", "Övrigt")
LONGEST_RUBRIK = 200
LONGEST_TEXT = 20_000


async def new(visit: Visit) -> Response:
    """The form Ny journalanteckning; takes the lock."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
    journal_access.enter(visit, case.case_number)
    values = {
        "type": "",
        "rubrik": "",
        "date": visit.today.isoformat(),
        "time": readlog.clock(),
        "text": "",
        "signature": visit.account.name,
        "status": ESTABLISHED,
        "notify": "",
    }
    return _form(visit, case, values, {})


async def write(visit: Visit) -> Response:
    """Store a new note."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
    values = _sent(visit)
    errors = _errors(visit, values)
    if errors:
        return _form(visit, case, values, errors)
    if holder := journal_access.take(visit, case):
        return _form(visit, case, values, {"": f"Posten är låst av {holder}."})
    note = NewNote(
        case.case_number,
        values["date"],
        values["time"],
        values["type"],
        values["rubrik"],
        values["text"],
        visit.account.username,
        values["signature"],
        values["status"],
        bool(values["notify"]),
    )
    system, unit = visit.system, visit.session.unit
    note_id = await visit.save(
        lambda connection: noting.write(connection, note, system.municipality, unit, system.today)
    )
    visit.system.locks.give_back(case_key(case.case_number), visit.session)
    visit.say("Anteckningen är sparad.")
    return visit.after_form(journal_access.details(case.case_number, note_id))


async def edit(visit: Visit) -> Response:
    """The form Ändra journalanteckning, for the author of a note that is not locked."""
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = _changeable(visit, connection, case.case_number)
    names = ("type", "rubrik", "date", "time", "text", "signature", "status")
    return _form(visit, case, {name: getattr(note, name) for name in names}, {}, note_id=note.note_id)


async def store_edit(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, journal_access.SCREEN)
        note = _changeable(visit, connection, case.case_number)
    values = _sent(visit)
    del values["notify"]
    errors = _errors(visit, values)
    if note.status == ESTABLISHED and values["status"] == DRAFT:
        errors["status"] = "En upprättad anteckning kan inte bli arbetsanteckning."
    if errors:
        return _form(visit, case, values, errors, note_id=note.note_id)
    if holder := journal_access.take(visit, case):
        return _form(visit, case, values, {"": f"Posten är låst av {holder}."}, note_id=note.note_id)
    await visit.save(lambda connection: noting.change(connection, note.note_id, values))
    visit.system.locks.give_back(case_key(case.case_number), visit.session)
    visit.say("Anteckningen är sparad.")
    return visit.after_form(journal_access.details(case.case_number, note.note_id))


def _changeable(visit: Visit, connection: Connection, case_number: str) -> Row[Any]:
    note = journal_access.existing(visit, connection, case_number)
    if not journal_access.may_change(visit, note):
        raise NotAllowed
    return note


def _sent(visit: Visit) -> dict[str, str]:
    values = {name: visit.word(name) for name in ("type", "date", "time", "status", "notify")}
    return {
        **values,
        "rubrik": visit.line("rubrik"),
        "text": visit.text("text"),
        "signature": visit.line("signature"),
    }


def _errors(visit: Visit, values: dict[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    day = formats.iso_date(values["date"])
    if values["type"] not in TYPES:
        errors["type"] = "Välj typ."
    if not values["rubrik"].strip():
        errors["rubrik"] = "Ange rubrik."
    elif len(values["rubrik"]) > LONGEST_RUBRIK:
        errors["rubrik"] = f"Rubriken får ha högst {LONGEST_RUBRIK} tecken."
    if day is None:
        errors["date"] = "Ange datum som åååå-mm-dd."
    elif day > visit.today:
        errors["date"] = "Datum kan inte ligga i framtiden."
    if not formats.is_clock(values["time"]):
        errors["time"] = "Ange tid som tt:mm."
    if not values["text"].strip():
        errors["text"] = "Ange text."
    elif len(values["text"]) > LONGEST_TEXT:
        errors["text"] = f"Texten får ha högst {LONGEST_TEXT} tecken."
    if not values["signature"].strip():
        errors["signature"] = "Ange signatur."
    if values["status"] not in journal_access.STATUSES:
        errors["status"] = "Välj status."
    return errors


def _form(
    visit: Visit, case: Row[Any], values: dict[str, str], errors: dict[str, str], *, note_id: str = ""
) -> Response:
    if (holder := journal_access.take(visit, case)) and not errors:
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(f"/arende/{case.case_number}/journal")
    return visit.render(
        "note_form.html",
        open_case=records.open_case(case),
        case=case,
        values=values,
        errors=errors,
        note_id=note_id,
        types=TYPES if values["type"] in TYPES else ("", *TYPES),
        statuses=journal_access.STATUSES,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


routes = [
    Route(journal_access.ADDRESS + "/ny", guarded(new, *journal_access.WRITERS, keeps_locks=True)),
    Route(journal_access.ADDRESS + "/ny", guarded(write, *journal_access.WRITERS), methods=["POST"]),
    Route(
        journal_access.ADDRESS + "/{note_id}/andra",
        guarded(edit, *journal_access.WRITERS, keeps_locks=True),
    ),
    Route(
        journal_access.ADDRESS + "/{note_id}/andra",
        guarded(store_edit, *journal_access.WRITERS),
        methods=["POST"],
    ),
]
