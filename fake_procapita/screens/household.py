"""Hushåll: the members and the home."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import db, formats, protection, records
from fake_procapita.guard import guarded
from fake_procapita.locks import case_key
from fake_procapita.records import OpenCase
from fake_procapita.screens.person import NO_LOCK, lock_holder
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Hushåll"
ROLES = ("Barn", "Medsökande")
LIVING = ("Heltid", "Växelvis", "Umgänge")
HOUSING = ("Hyresrätt", "Bostadsrätt", "Villa", "Andrahand", "Inneboende", "Annat")


async def show(visit: Visit) -> Response:
    """The household with all its members."""
    with visit.begin() as connection:
        household, members, open_case = _open(visit, connection)
    return visit.render(
        "household.html",
        open_case=open_case,
        household=household,
        members=members,
        locked_by=lock_holder(visit, household.registerledare, [open_case.case_number]),
    )


async def edit(visit: Visit) -> Response:
    """Ändra: the home."""
    with visit.begin() as connection:
        household, _, open_case = _open(visit, connection)
    values = {"housing": household.housing, "rooms": household.rooms, "rent": household.rent}
    return _home_form(visit, household, open_case, values, {})


async def save(visit: Visit) -> Response:
    with visit.begin() as connection:
        household, _, open_case = _open(visit, connection)
    values = {name: visit.word(name) for name in ("housing", "rooms", "rent")}
    errors: dict[str, str] = {}
    if not visit.system.locks.has(case_key(open_case.case_number), visit.session):
        errors[""] = NO_LOCK
    for name, message in (("rooms", "Ange antal rum med siffror."), ("rent", "Ange hyran i hela kronor.")):
        values[name] = values[name].replace(" ", "")
        if values[name] and not values[name].isdecimal():
            errors[name] = message
    if errors:
        return _home_form(visit, household, open_case, values, errors)
    table = db.households
    change = update(table).where(table.c.household_id == household.household_id).values(**values)
    await visit.save(lambda connection: connection.execute(change))
    visit.system.locks.give_back(case_key(open_case.case_number), visit.session)
    visit.say("Hushållet är sparat.")
    return visit.after_form(f"/hushall/{household.household_id}")


async def new_member(visit: Visit) -> Response:
    """Lägg till medlem."""
    with visit.begin() as connection:
        household, _, open_case = _open(visit, connection)
    return _member_form(visit, household, open_case, {}, {})


async def add_member(visit: Visit) -> Response:
    with visit.begin() as connection:
        household, members, open_case = _open(visit, connection)
        number = formats.typed_personnummer(visit.text("personnummer"))
        people = db.people.c
        person = connection.execute(
            select(people.person_id, people.protection).where(people.personnummer == number)
        ).first()
    names = ("personnummer", "role", "living", "days")
    values = {name: visit.word(name) for name in names}
    errors: dict[str, str] = {}
    if not visit.system.locks.has(case_key(open_case.case_number), visit.session):
        errors[""] = NO_LOCK
    if person is None or protection.is_hidden(person.protection, visit.account):
        errors["personnummer"] = "Personen finns inte i systemet."
    elif person.person_id in {member.person_id for member in members}:
        errors["personnummer"] = "Personen är redan medlem i hushållet."
    if values["role"] not in ROLES:
        errors["role"] = "Välj roll."
    if values["living"] not in LIVING:
        errors["living"] = "Välj boende."
    if values["living"] == "Heltid":
        values["days"] = ""
    elif not values["days"].isdecimal() or not 1 <= int(values["days"]) <= 31:
        errors["days"] = "Ange antal dagar i månaden, 1–31."
    if errors or person is None:
        return _member_form(visit, household, open_case, values, errors)
    row = {
        "household_id": household.household_id,
        "person_id": person.person_id,
        "role": values["role"],
        "living": values["living"],
        "days": values["days"],
    }
    await visit.save(lambda connection: connection.execute(insert(db.members), row))
    visit.system.locks.give_back(case_key(open_case.case_number), visit.session)
    visit.say("Medlemmen är tillagd.")
    return visit.after_form(f"/hushall/{household.household_id}")


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], list[Row[Any]], OpenCase]:
    household = records.household(connection, visit.path("household_id"))
    case_number = records.case_of_household(connection, household.household_id)
    visit.look(
        connection,
        SCREEN,
        hides=household.protection,
        person_id=household.registerledare,
        personnummer=household.personnummer,
        case_number=case_number,
    )
    open_case = OpenCase(
        household.registerledare,
        formats.person_name(household.given_name, household.surname),
        formats.personnummer(household.personnummer),
        household.household_id,
        case_number,
    )
    return household, records.members(connection, household.household_id), open_case


def _locked(visit: Visit, open_case: OpenCase) -> Response | None:
    if holder := visit.system.locks.take(case_key(open_case.case_number), visit.session):
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(f"/hushall/{open_case.household_id}")
    return None


def _home_form(
    visit: Visit, household: Row[Any], open_case: OpenCase, values: dict[str, str], errors: dict[str, str]
) -> Response:
    return _locked(visit, open_case) or visit.render(
        "household_form.html",
        open_case=open_case,
        household=household,
        values=values,
        errors=errors,
        housing=HOUSING,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


def _member_form(
    visit: Visit, household: Row[Any], open_case: OpenCase, values: dict[str, str], errors: dict[str, str]
) -> Response:
    return _locked(visit, open_case) or visit.render(
        "member_form.html",
        open_case=open_case,
        household=household,
        values=values,
        errors=errors,
        roles=ROLES,
        living=LIVING,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


routes = [
    Route("/hushall/{household_id}", guarded(show)),
    Route("/hushall/{household_id}/andra", guarded(edit, *STAFF, keeps_locks=True)),
    Route("/hushall/{household_id}/andra", guarded(save, *STAFF), methods=["POST"]),
    Route("/hushall/{household_id}/medlem", guarded(new_member, *STAFF, keeps_locks=True)),
    Route("/hushall/{household_id}/medlem", guarded(add_member, *STAFF), methods=["POST"]),
]
