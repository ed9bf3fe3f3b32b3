"""Bevakningar: what a caseworker has asked to be reminded of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, formats
from fake_procapita.guard import guarded
from fake_procapita.municipality import REMINDER
from fake_procapita.problems import NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Bevakningar"
TYPES = ("Sammanfattning", "Komplettering", "Uppföljning", "Planering", "Övrigt")
OPEN, DONE = "Öppen", "Klar"
WRITERS = (*STAFF, REMINDER)


async def of_case(visit: Visit) -> Response:
    """The case's reminders, the next one last."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        found = casework.of_case(connection, casework.watches, case.case_number, newest="date")
    address = f"/arende/{case.case_number}/bevakningar"
    staff = visit.account.has(*STAFF)
    buttons = [Button("Ny bevakning", address + "/ny")] if visit.account.has(*WRITERS) else []
    rows = [
        [Link(r.watch_id, f"{address}/{r.watch_id}"), r.date, r.type, formats.shortened(r.text), r.status]
        for r in found
    ]
    table = Table("Bevakningar", ("Bevakning", "Datum", "Typ", "Text", "Status"), rows, "Inga bevakningar.")
    if staff:
        buttons += [
            Button(f"Klar {r.watch_id}", f"{address}/{r.watch_id}/klar", posts=True)
            for r in found
            if r.status == OPEN
        ]
    return show(visit, SCREEN, case=case, tables=[table], buttons=buttons)


async def one(visit: Visit) -> Response:
    """One reminder, with its whole text."""
    with visit.begin() as connection:
        case, found = _open(visit, connection)
    fields = [
        ("Bevakning", found.watch_id),
        ("Datum", found.date),
        ("Typ", found.type),
        ("Text", found.text),
        ("Status", found.status),
    ]
    address = f"/arende/{case.case_number}/bevakningar/{found.watch_id}/klar"
    open_now = visit.account.has(*STAFF) and found.status == OPEN
    buttons = [Button("Klarmarkera", address, posts=True)] if open_now else []
    return show(visit, "Bevakning", case=case, fields=fields, buttons=buttons)


async def new(visit: Visit) -> Response:
    """The form Ny bevakning."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    return sheet.ask(visit, case, _form(case), {"date": visit.today.isoformat()}, {})


async def add(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    values = {name: visit.word(name) for name in ("date", "type", "text")}
    errors = sheet.lock_errors(visit, case)
    sheet.check(errors, "date", sheet.bad_date(values["date"]))
    if values["type"] not in TYPES:
        errors["type"] = "Välj typ."
    if not values["text"]:
        errors["text"] = "Ange text."
    if errors:
        return sheet.ask(visit, case, _form(case), values, errors)
    number = case.case_number
    await visit.save(
        lambda connection: casework.add(
            connection, casework.watches, "BV", case_number=number, status=OPEN, **values
        )
    )
    return sheet.done(visit, case, "Bevakningen är sparad.", f"/arende/{number}/bevakningar")


async def finish(visit: Visit) -> Response:
    """Klar."""
    with visit.begin() as connection:
        case, found = _open(visit, connection)
    if found.status != OPEN:
        raise NotFound
    key, address = found.watch_id, f"/arende/{case.case_number}/bevakningar"
    if back := sheet.refused(visit, case, address):
        return back
    await visit.save(lambda connection: casework.change(connection, casework.watches, key, status=DONE))
    visit.say("Bevakningen är klar.")
    return visit.redirect(address)


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    case = open_file(visit, connection, SCREEN)
    key = visit.path("watch_id")
    found = casework.one(connection, casework.watches, watch_id=key, case_number=case.case_number)
    if found is None:
        raise NotFound
    return case, found


def _form(case: Row[Any]) -> Form:
    address = f"/arende/{case.case_number}/bevakningar"
    return Form(
        "Ny bevakning",
        address + "/ny",
        address,
        (
            Field("date", "Datum", hint="åååå-mm-dd", width="short"),
            Field("type", "Typ", "select", options(*TYPES, empty="Välj typ")),
            Field("text", "Text"),
        ),
    )


routes = [
    Route("/arende/{case_number}/bevakningar", guarded(of_case)),
    Route("/arende/{case_number}/bevakningar/ny", guarded(new, *WRITERS, keeps_locks=True)),
    Route("/arende/{case_number}/bevakningar/ny", guarded(add, *WRITERS), methods=["POST"]),
    Route("/arende/{case_number}/bevakningar/{watch_id}", guarded(one)),
    Route("/arende/{case_number}/bevakningar/{watch_id}/klar", guarded(finish, *STAFF), methods=["POST"]),
]
