"""Tillgångar of a person, as a part of Personbild: what a caseworker has noted, and noting one more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, records
from fake_procapita.guard import guarded
from fake_procapita.locks import person_key
from fake_procapita.screens.person import NO_LOCK, opened
from fake_procapita.screens.sheet import Field, Form
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit


async def new(visit: Visit) -> Response:
    """The form Lägg till tillgång."""
    with visit.begin() as connection:
        person, cases = opened(visit, connection)
    return _form(visit, person, cases, {}, {})


async def add(visit: Visit) -> Response:
    with visit.begin() as connection:
        person, cases = opened(visit, connection)
    key = person.person_id
    values = {
        "registration": visit.word("registration").replace(" ", "").upper(),
        "description": visit.word("description"),
    }
    errors: dict[str, str] = {}
    if not visit.system.locks.has(person_key(key), visit.session):
        errors[""] = NO_LOCK
    if not values["registration"]:
        errors["registration"] = "Ange registreringsnummer."
    if errors:
        return _form(visit, person, cases, values, errors)

    def work(connection: Connection) -> None:
        row = {"person_id": key, **values, "noted_on": visit.today.isoformat()}
        connection.execute(casework.assets.insert(), row)

    await visit.save(work)
    visit.system.locks.give_back(person_key(key), visit.session)
    visit.say("Tillgången är sparad.")
    return visit.after_form(f"/person/{key}")


def _form(
    visit: Visit, person: Row[Any], cases: list[Row[Any]], values: dict[str, str], errors: dict[str, str]
) -> Response:
    person_id = person.person_id
    if holder := visit.system.locks.take(person_key(person_id), visit.session):
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(f"/person/{person_id}")
    form = Form(
        "Lägg till tillgång",
        f"/person/{person_id}/tillgang",
        f"/person/{person_id}",
        (
            Field("registration", "Registreringsnummer", width="short"),
            Field("description", "Beskrivning"),
        ),
    )
    return visit.render(
        "sheet_form.html",
        open_case=records.open_person(person, cases),
        form=form,
        values=values,
        errors=errors,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


routes = [
    Route("/person/{person_id}/tillgang", guarded(new, *STAFF, keeps_locks=True)),
    Route("/person/{person_id}/tillgang", guarded(add, *STAFF), methods=["POST"]),
]
