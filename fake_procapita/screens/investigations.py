"""Utredning: försörjningshinder and work ability of each adult, judged by a caseworker."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, records
from fake_procapita.guard import guarded
from fake_procapita.problems import NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file, open_record_of_member
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Utredning"
GOING, FINISHED = "Pågående", "Avslutad"
HINDRANCES = (
    "Arbetslös",
    "Sjukskriven",
    "Föräldraledig",
    "Studerande",
    "Otillräcklig inkomst",
    "Sociala skäl",
)
REASONS = ("Sjuk", "Föräldraledig", "Studier")


async def of_case(visit: Visit) -> Response:
    """The case's inquiries."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        who = records.member_roles(connection, case.household_id, visit.account)
        found = casework.of_case(connection, casework.investigations, case.case_number)
    rows: list[list[str | Link]] = [
        [
            Link(r.investigation_id, f"/utredning/{r.investigation_id}"),
            *who[r.person_id],
            r.type,
            r.start,
            r.end,
            r.hindrance,
            r.reason,
            r.able,
            r.status,
        ]
        for r in found
        if r.person_id in who
    ]
    columns = (
        "Utredning",
        "Personnummer",
        "Roll",
        "Typ",
        "Från",
        "Till",
        "Försörjningshinder",
        "Godtagbara skäl",
        "Bedömd arbetsför",
        "Status",
    )
    return show(visit, SCREEN, case=case, tables=[Table("Utredningar", columns, rows, "Inga utredningar.")])


async def one(visit: Visit) -> Response:
    """One inquiry."""
    with visit.begin() as connection:
        found, case, who = _open(visit, connection)
    address = f"/utredning/{found.investigation_id}"
    buttons = []
    if visit.account.has(*STAFF) and found.status == GOING:
        buttons = [
            Button("Ändra", address + "/andra"),
            Button("Avsluta utredning", address + "/avsluta", posts=True),
        ]
    number, role = who[found.person_id]
    fields = [
        ("Utredning", found.investigation_id),
        ("Personnummer", number),
        ("Roll", role),
        ("Typ", found.type),
        ("Från", found.start),
        ("Till", found.end),
        ("Försörjningshinder", found.hindrance),
        ("Godtagbara skäl", found.reason),
        ("Bedömd arbetsför", found.able),
        ("Status", found.status),
    ]
    return show(visit, SCREEN, case=case, fields=fields, buttons=buttons)


async def edit(visit: Visit) -> Response:
    """The form Ändra utredning."""
    with visit.begin() as connection:
        found, case, _ = _open(visit, connection)
    values = {name: getattr(found, name) for name in ("start", "end", "hindrance", "reason", "able")}
    return sheet.ask(visit, case, _form(found), values, {})


async def save(visit: Visit) -> Response:
    with visit.begin() as connection:
        found, case, _ = _open(visit, connection)
    values = {name: visit.word(name) for name in ("start", "end", "hindrance", "reason", "able")}
    values["able"] = "ja" if values["able"] else "nej"
    errors = sheet.lock_errors(visit, case)
    sheet.check(errors, "start", sheet.bad_date(values["start"]))
    if values["end"]:
        sheet.check(errors, "end", sheet.bad_date(values["end"]))
        if not errors.keys() & {"start", "end"} and values["end"] < values["start"]:
            errors["end"] = "Till kan inte ligga före Från."
    if values["hindrance"] not in HINDRANCES:
        errors["hindrance"] = "Välj försörjningshinder."
    if values["reason"] not in ("", *REASONS):
        errors["reason"] = "Välj godtagbara skäl."
    if errors:
        return sheet.ask(visit, case, _form(found), values, errors)
    key = found.investigation_id
    await visit.save(lambda connection: casework.change(connection, casework.investigations, key, **values))
    return sheet.done(visit, case, "Utredningen är sparad.", f"/utredning/{key}")


async def finish(visit: Visit) -> Response:
    """Avsluta utredning."""
    with visit.begin() as connection:
        found, case, _ = _open(visit, connection)
    if found.status != GOING:
        raise NotFound
    if back := sheet.refused(visit, case, f"/utredning/{found.investigation_id}"):
        return back
    values = {"status": FINISHED, "end": visit.today.isoformat()}
    key = found.investigation_id
    await visit.save(lambda connection: casework.change(connection, casework.investigations, key, **values))
    visit.say("Utredningen är avslutad.")
    return visit.redirect(f"/utredning/{key}")


def _form(found: Row[Any]) -> Form:
    address = f"/utredning/{found.investigation_id}"
    return Form(
        "Ändra utredning",
        address + "/andra",
        address,
        (
            Field("start", "Från", hint="åååå-mm-dd", width="short"),
            Field("end", "Till", hint="åååå-mm-dd", width="short"),
            Field(
                "hindrance",
                "Försörjningshinder",
                "select",
                options(*HINDRANCES, empty="Välj försörjningshinder"),
            ),
            Field("reason", "Godtagbara skäl", "select", options(*REASONS, empty="Inga")),
            Field("able", "Bedömd arbetsför", "check"),
        ),
    )


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any], dict[str, tuple[str, str]]]:
    return open_record_of_member(visit, connection, SCREEN, casework.investigations)


routes = [
    Route("/arende/{case_number}/utredning", guarded(of_case)),
    Route("/utredning/{investigation_id}", guarded(one)),
    Route("/utredning/{investigation_id}/andra", guarded(edit, *STAFF, keeps_locks=True)),
    Route("/utredning/{investigation_id}/andra", guarded(save, *STAFF), methods=["POST"]),
    Route("/utredning/{investigation_id}/avsluta", guarded(finish, *STAFF), methods=["POST"]),
]
