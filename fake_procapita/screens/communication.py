"""Kommunicering: what has been sent to the client, and sending to Min sida or by letter."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, formats, records
from fake_procapita.guard import guarded
from fake_procapita.municipality import ROBOT
from fake_procapita.problems import NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Kommunicering"
CHANNELS = ("Min sida", "Brev")
COLUMNS = ("Nummer", "Datum", "Mottagare", "Kanal", "Text", "Svar senast", "Avsändare")
EMPTY = "Ingenting är skickat."


async def of_case(visit: Visit) -> Response:
    """Everything sent in the case."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        who = records.member_roles(connection, case.household_id, visit.account)
        found = casework.of_case(connection, casework.communications, case.case_number, newest="date")
    name = visit.system.municipality.name_of
    rows: list[list[str | Link]] = [
        [
            Link(r.message_id, f"/arende/{case.case_number}/kommunicering/{r.message_id}"),
            r.date,
            " ".join(who[r.person_id]),
            r.channel,
            formats.shortened(r.text),
            r.answer_by,
            name(r.sent_by),
        ]
        for r in found
        if r.person_id in who
    ]
    buttons = []
    if visit.account.has(*STAFF, ROBOT):
        buttons.append(Button("Ny kommunicering", f"/arende/{case.case_number}/kommunicering/ny"))
    table = Table("Skickat till den enskilde", COLUMNS, rows, EMPTY)
    return show(visit, SCREEN, case=case, tables=[table], buttons=buttons)


async def one(visit: Visit) -> Response:
    """One thing sent, with its whole text."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        who = records.member_roles(connection, case.household_id, visit.account)
        key = {"message_id": visit.path("message_id"), "case_number": case.case_number}
        found = casework.one(connection, casework.communications, **key)
    if found is None or found.person_id not in who:
        raise NotFound
    fields = [
        ("Nummer", found.message_id),
        ("Datum", found.date),
        ("Mottagare", " ".join(who[found.person_id])),
        ("Kanal", found.channel),
        ("Text", found.text),
        ("Svar senast", found.answer_by),
        ("Avsändare", visit.system.municipality.name_of(found.sent_by)),
    ]
    return show(visit, SCREEN, case=case, fields=fields)


async def new(visit: Visit) -> Response:
    """The form Ny kommunicering; `note` in the address names the journal note that it is about."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        who = records.member_roles(connection, case.household_id, visit.account)
    return sheet.ask(visit, case, _form(case, who, visit.query("note")), {"channel": CHANNELS[0]}, {})


async def send(visit: Visit) -> Response:
    """Skicka."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        who = records.member_roles(connection, case.household_id, visit.account)
    values = {name: visit.word(name) for name in ("person_id", "channel", "answer_by", "note_id")}
    values["text"] = visit.text("text")
    errors = sheet.lock_errors(visit, case)
    if values["person_id"] not in who or who[values["person_id"]][1] == "Barn":
        errors["person_id"] = "Välj mottagare."
    if values["channel"] not in CHANNELS:
        errors["channel"] = "Välj kanal."
    if not values["text"].strip():
        errors["text"] = "Ange text."
    if values["answer_by"]:
        sheet.check(errors, "answer_by", sheet.bad_date(values["answer_by"]))
        if "answer_by" not in errors and values["answer_by"] < visit.today.isoformat():
            errors["answer_by"] = "Svar senast kan inte ligga före i dag."
    if errors:
        return sheet.ask(visit, case, _form(case, who, values["note_id"]), values, errors)
    number = case.case_number
    more = {"case_number": number, "date": visit.today.isoformat(), "sent_by": visit.account.username}
    await visit.save(
        lambda connection: casework.add(connection, casework.communications, "KO", **values, **more)
    )
    return sheet.done(visit, case, "Meddelandet är skickat.", f"/arende/{number}/kommunicering")


def _form(case: Row[Any], who: dict[str, tuple[str, str]], note_id: str) -> Form:
    address = f"/arende/{case.case_number}/kommunicering"
    people = [(key, role) for key, (_, role) in who.items() if role != "Barn"]
    return Form(
        "Ny kommunicering",
        address + "/ny",
        address,
        (
            Field("person_id", "Mottagare", "select", [("", "Välj mottagare"), *people]),
            Field("channel", "Kanal", "select", options(*CHANNELS)),
            Field("text", "Text", "area"),
            Field("answer_by", "Svar senast", hint="åååå-mm-dd", width="short"),
        ),
        submit="Skicka till Min sida",
        keep={"note_id": note_id},
    )


routes = [
    Route("/arende/{case_number}/kommunicering", guarded(of_case)),
    Route("/arende/{case_number}/kommunicering/ny", guarded(new, *STAFF, ROBOT, keeps_locks=True)),
    Route("/arende/{case_number}/kommunicering/ny", guarded(send, *STAFF, ROBOT), methods=["POST"]),
    Route("/arende/{case_number}/kommunicering/{message_id}", guarded(one)),
]
