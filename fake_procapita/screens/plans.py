"""Planering: one plan of an adult, making a new one and changing it, with the consent to share it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, records
from fake_procapita.guard import guarded
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file, open_record_of_member
from fake_procapita.screens.labour import EXTENTS, GOING, SCREEN, percent
from fake_procapita.screens.sheet import Button, Field, Form, options, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

ACTIVITIES = (
    "Inskrivning hos Arbetsförmedlingen",
    "Arbete på deltid",
    "Föräldraledighet",
    "Kontakt med socialtjänsten",
    "Läkarkontakt och rehabilitering",
    "Studier",
)
STATUSES = (GOING, "Avslutad")
_NAMES = ("activity", "extent", "start", "end", "status", "consent", "wanted_start")
_Roles = dict[str, tuple[str, str]]


async def one(visit: Visit) -> Response:
    """One plan."""
    with visit.begin() as connection:
        found, case, who = _open(visit, connection)
    number, role = who[found.person_id]
    fields = [
        ("Nummer", found.plan_id),
        ("Personnummer", number),
        ("Roll", role),
        ("Planering", found.activity),
        ("Omfattning", percent(found.extent)),
        ("Från", found.start),
        ("Till", found.end),
        ("Status", found.status),
        ("Samtycke", found.consent),
        ("Önskad start", found.wanted_start),
    ]
    staff = visit.account.has(*STAFF)
    buttons = [Button("Ändra", f"/planering/{found.plan_id}/andra")] if staff else []
    return show(visit, "Planering", case=case, fields=fields, buttons=buttons)


async def new(visit: Visit) -> Response:
    """The form Ny planering."""
    with visit.begin() as connection:
        case, who = _case(visit, connection)
    values = {"start": visit.today.isoformat(), "status": GOING}
    return sheet.ask(visit, case, _new_form(case, who), values, {})


async def add(visit: Visit) -> Response:
    with visit.begin() as connection:
        case, who = _case(visit, connection)
    values = {name: visit.word(name) for name in ("person_id", *_NAMES)}
    errors = sheet.lock_errors(visit, case) | _errors(values)
    if values["person_id"] not in who:
        errors["person_id"] = "Välj person."
    if errors:
        return sheet.ask(visit, case, _new_form(case, who), values, errors)
    number = case.case_number
    key = await visit.save(
        lambda connection: casework.add(connection, casework.plans, "PL", case_number=number, **values)
    )
    return sheet.done(visit, case, "Planeringen är sparad.", f"/planering/{key}")


async def edit(visit: Visit) -> Response:
    """The form Ändra planering."""
    with visit.begin() as connection:
        found, case, _ = _open(visit, connection)
    values = {name: getattr(found, name) for name in _NAMES}
    return sheet.ask(visit, case, _edit_form(found), values, {})


async def save(visit: Visit) -> Response:
    with visit.begin() as connection:
        found, case, _ = _open(visit, connection)
    values = {name: visit.word(name) for name in _NAMES}
    errors = sheet.lock_errors(visit, case) | _errors(values)
    if errors:
        return sheet.ask(visit, case, _edit_form(found), values, errors)
    key = found.plan_id
    await visit.save(lambda connection: casework.change(connection, casework.plans, key, **values))
    return sheet.done(visit, case, "Planeringen är sparad.", f"/planering/{key}")


def _errors(values: dict[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if values["activity"] not in ACTIVITIES:
        errors["activity"] = "Välj planering."
    if values["extent"] not in ("", *EXTENTS):
        errors["extent"] = "Välj omfattning."
    if values["status"] not in STATUSES:
        errors["status"] = "Välj status."
    if values["consent"] not in ("", "ja", "nej"):
        errors["consent"] = "Välj samtycke."
    sheet.check(errors, "start", sheet.bad_date(values["start"]))
    for name in ("end", "wanted_start"):
        if values[name]:
            sheet.check(errors, name, sheet.bad_date(values[name]))
    if values["end"] and not errors.keys() & {"start", "end"} and values["end"] < values["start"]:
        errors["end"] = "Till kan inte ligga före Från."
    return errors


def _new_form(case: Row[Any], who: _Roles) -> Form:
    number = case.case_number
    people = Field(
        "person_id", "Person", "select", [("", "Välj person"), *((k, r) for k, (_, r) in who.items())]
    )
    address = f"/arende/{number}/planering/ny"
    return Form("Ny planering", address, f"/arende/{number}/arbetsmarknad", (people, *_fields()))


def _edit_form(found: Row[Any]) -> Form:
    address = f"/planering/{found.plan_id}"
    return Form("Ändra planering", address + "/andra", address, _fields())


def _fields() -> tuple[Field, ...]:
    extents = (("", "Uppgift saknas"), *((value, percent(value)) for value in EXTENTS))
    return (
        Field("activity", "Planering", "select", options(*ACTIVITIES, empty="Välj planering")),
        Field("extent", "Omfattning", "select", extents),
        Field("start", "Från", hint="åååå-mm-dd", width="short"),
        Field("end", "Till", hint="åååå-mm-dd", width="short"),
        Field("status", "Status", "select", options(*STATUSES)),
        Field("consent", "Samtycke", "select", options("ja", "nej", empty="Inte tillfrågad")),
        Field("wanted_start", "Önskad start", hint="åååå-mm-dd", width="short"),
    )


def _case(visit: Visit, connection: Connection) -> tuple[Row[Any], _Roles]:
    case = open_file(visit, connection, SCREEN)
    who = records.member_roles(connection, case.household_id, visit.account)
    return case, {key: each for key, each in who.items() if each[1] != "Barn"}


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any], _Roles]:
    return open_record_of_member(visit, connection, SCREEN, casework.plans)


routes = [
    Route("/arende/{case_number}/planering/ny", guarded(new, *STAFF, keeps_locks=True)),
    Route("/arende/{case_number}/planering/ny", guarded(add, *STAFF), methods=["POST"]),
    Route("/planering/{plan_id}", guarded(one)),
    Route("/planering/{plan_id}/andra", guarded(edit, *STAFF, keeps_locks=True)),
    Route("/planering/{plan_id}/andra", guarded(save, *STAFF), methods=["POST"]),
]
