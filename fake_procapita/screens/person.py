"""Personbild: reading, changing, and fetching from KIR."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, update
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, formats, records, register
from fake_procapita.guard import guarded
from fake_procapita.locks import case_key, person_key
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Personbild"
CIVIL = ("", "Ogift", "Gift", "Skild", "Änka/Änkling", "Registrerad partner", "Sambo")
#: column, label, whether it must be filled in
FIELDS = (
    ("given_name", "Förnamn", False),
    ("surname", "Efternamn", False),
    ("street", "Gatuadress", False),
    ("postal_code", "Postnummer", False),
    ("city", "Ort", False),
    ("co", "C/o", False),
    ("phone", "Telefon", False),
    ("email", "E-post", False),
    ("civil_status", "Civilstånd", False),
    ("account", "Konto", False),
    ("interpreter", "Tolk", False),
)
NO_LOCK = "Posten är inte längre låst för dig. Öppna formuläret igen."


async def show(visit: Visit) -> Response:
    """Everything about one person."""
    with visit.begin() as connection:
        person, cases = opened(visit, connection)
        holdings = casework.rows(connection, casework.assets, person_id=person.person_id)
    return visit.render(
        "person.html",
        holdings=holdings,
        open_case=records.open_person(person, cases),
        person=person,
        cases=cases,
        locked_by=lock_holder(visit, person.person_id, [row.case_number for row in cases]),
    )


async def edit(visit: Visit) -> Response:
    """The form Ändra; takes the lock."""
    with visit.begin() as connection:
        person, cases = opened(visit, connection)
    values = {name: getattr(person, name) for name, _, _ in FIELDS}
    return _form(visit, person, cases, values)


async def fetch(visit: Visit) -> Response:
    """Hämta från KIR: the form, filled in with what the register says."""
    with visit.begin() as connection:
        person, cases = opened(visit, connection)
        found = register.find(connection, person.personnummer, visit.today)
        if found is None:
            visit.say("Personen finns inte i KIR.")
            return visit.redirect(f"/person/{person.person_id}")
        residence = register.residence(connection, person.personnummer, visit.today)
        civil = register.civil_status(connection, person.personnummer, visit.today)
    values = {name: getattr(person, name) for name, _, _ in FIELDS}
    values |= {"given_name": found.given_name, "surname": found.surname}
    if civil:
        values["civil_status"] = civil
    if residence is not None and residence.status == register.REGISTERED:
        values |= {name: getattr(residence, name) for name in ("street", "postal_code", "city", "co")}
    return _form(visit, person, cases, values, fetched=True)


async def save(visit: Visit) -> Response:
    """Store the form."""
    with visit.begin() as connection:
        person, cases = opened(visit, connection)
    values = {name: visit.word(name) for name, _, _ in FIELDS}
    errors: dict[str, str] = {}
    if not visit.system.locks.has(person_key(person.person_id), visit.session):
        errors[""] = NO_LOCK
    if not values["given_name"] and not values["surname"]:
        errors["surname"] = "Ange ett namn."
    digits = values["postal_code"].replace(" ", "")
    if digits and not (digits.isdigit() and len(digits) == 5):
        errors["postal_code"] = "Ange postnumret med fem siffror."
    if values["email"] and "@" not in values["email"]:
        errors["email"] = "Ange en e-postadress med @."
    if errors:
        return _form(visit, person, cases, values, errors=errors)
    values["postal_code"] = f"{digits[:3]} {digits[3:]}".strip()
    name = formats.search_key(formats.person_name(values["given_name"], values["surname"]))
    change = (
        update(db.people).where(db.people.c.person_id == person.person_id).values(**values, search_name=name)
    )
    await visit.save(lambda connection: connection.execute(change))
    visit.system.locks.give_back(person_key(person.person_id), visit.session)
    visit.say("Personbilden är sparad.")
    return visit.after_form(f"/person/{person.person_id}")


def lock_holder(visit: Visit, person_id: str, case_numbers: list[str]) -> str | None:
    """Who else has a form open on the person or one of the cases."""
    keys = [person_key(person_id), *(case_key(number) for number in case_numbers if number)]
    holders = (visit.system.locks.holder(key, visit.session) for key in keys)
    return next(filter(None, holders), None)


def opened(visit: Visit, connection: Connection) -> tuple[Row[Any], list[Row[Any]]]:
    """The person in the address, looked at and logged, with the households and cases."""
    person = records.person(connection, visit.path("person_id"))
    visit.look(
        connection,
        SCREEN,
        hides=person.protection,
        person_id=person.person_id,
        personnummer=person.personnummer,
    )
    return person, records.cases_of_person(connection, person.person_id)


def _form(
    visit: Visit,
    person: Row[Any],
    cases: list[Row[Any]],
    values: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    fetched: bool = False,
) -> Response:
    if holder := visit.system.locks.take(person_key(person.person_id), visit.session):
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(f"/person/{person.person_id}")
    return visit.render(
        "person_form.html",
        open_case=records.open_person(person, cases),
        person=person,
        fields=FIELDS,
        values=values,
        civil=CIVIL,
        errors=errors or {},
        fetched=fetched,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


routes = [
    Route("/person/{person_id}", guarded(show)),
    Route("/person/{person_id}/andra", guarded(edit, *STAFF, keeps_locks=True)),
    Route("/person/{person_id}/hamta", guarded(fetch, *STAFF, keeps_locks=True)),
    Route("/person/{person_id}/andra", guarded(save, *STAFF), methods=["POST"]),
]
