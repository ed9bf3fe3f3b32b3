"""Ärende: its facts, changing them, and closing it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, update
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, formats, records
from fake_procapita.guard import guarded
from fake_procapita.locks import case_key
from fake_procapita.municipality import CLOSER
from fake_procapita.problems import NotFound
from fake_procapita.records import CLOSED, OPEN
from fake_procapita.screens.person import NO_LOCK, lock_holder
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Ärende"
END_REASONS = ("Egen försörjning", "Flyttat från kommunen", "Avliden", "Ingen ny ansökan", "Annan orsak")


async def show(visit: Visit) -> Response:
    """The case."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    return visit.render(
        "case.html",
        open_case=records.open_case(case),
        case=case,
        locked_by=lock_holder(visit, case.registerledare, [case.case_number]),
        may_close=case.status == OPEN and visit.account.has(*STAFF, CLOSER),
    )


async def edit(visit: Visit) -> Response:
    """Ändra: caseworker and Ingen robot."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    return _form(
        visit, case, "case_form.html", {"caseworker": case.caseworker, "no_robot": case.no_robot}, {}
    )


async def save(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    values = {"caseworker": visit.word("caseworker"), "no_robot": "ja" if visit.word("no_robot") else "nej"}
    errors = _lock_errors(visit, case)
    if values["caseworker"] and values["caseworker"] not in visit.system.municipality.accounts:
        errors["caseworker"] = "Välj handläggare."
    if errors:
        return _form(visit, case, "case_form.html", values, errors)
    return await _store(visit, case, values, "Ärendet är sparat.")


async def end(visit: Visit) -> Response:
    """The form Avsluta ärende."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    return _form(visit, case, "case_close.html", {"end": visit.today.isoformat(), "end_reason": ""}, {})


async def close(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    values = {"end": visit.word("end"), "end_reason": visit.word("end_reason")}
    errors = _lock_errors(visit, case)
    day = formats.iso_date(values["end"])
    if day is None:
        errors["end"] = "Ange datum som åååå-mm-dd."
    elif values["end"] < case.start:
        errors["end"] = "Slutdatum kan inte ligga före ärendets början."
    if values["end_reason"] not in END_REASONS:
        errors["end_reason"] = "Välj avslutsorsak."
    if case.status != OPEN:
        errors[""] = "Ärendet är redan avslutat."
    if errors:
        return _form(visit, case, "case_close.html", values, errors)
    return await _store(visit, case, {**values, "status": CLOSED}, "Ärendet är avslutat.")


def open_file(visit: Visit, connection: Connection, screen: str, case_number: str = "") -> Row[Any]:
    """The case in the address (or the named one), looked at and logged."""
    case = records.case_file(connection, case_number or visit.path("case_number"))
    visit.look(
        connection,
        screen,
        hides=case.protection,
        person_id=case.registerledare,
        personnummer=case.personnummer,
        case_number=case.case_number,
    )
    return case


def open_record(visit: Visit, connection: Connection, screen: str, table: Table) -> tuple[Row[Any], Row[Any]]:
    """The record whose number stands in the address, and its case, looked at and logged."""
    key = casework.key_of(table)
    found = casework.one(connection, table, **{key: visit.path(key)})
    if found is None or not found.case_number:  # or taken away
        raise NotFound
    return found, open_file(visit, connection, screen, found.case_number)


def open_record_of_member(
    visit: Visit, connection: Connection, screen: str, table: Table
) -> tuple[Row[Any], Row[Any], dict[str, tuple[str, str]]]:
    """The same of a record that is about one person; with the members whom the account may see."""
    found, case = open_record(visit, connection, screen, table)
    who = records.member_roles(connection, case.household_id, visit.account)
    if found.person_id not in who:
        raise NotFound
    return found, case, who


def _lock_errors(visit: Visit, case: Row[Any]) -> dict[str, str]:
    return {} if visit.system.locks.has(case_key(case.case_number), visit.session) else {"": NO_LOCK}


async def _store(visit: Visit, case: Row[Any], values: dict[str, str], message: str) -> Response:
    change = update(db.cases).where(db.cases.c.case_number == case.case_number).values(**values)
    await visit.save(lambda connection: connection.execute(change))
    visit.system.locks.give_back(case_key(case.case_number), visit.session)
    visit.say(message)
    return visit.after_form(f"/arende/{case.case_number}")


def _form(
    visit: Visit, case: Row[Any], template: str, values: dict[str, str], errors: dict[str, str]
) -> Response:
    if holder := visit.system.locks.take(case_key(case.case_number), visit.session):
        visit.say(f"Posten är låst av {holder}.")
        return visit.redirect(f"/arende/{case.case_number}")
    return visit.render(
        template,
        open_case=records.open_case(case),
        case=case,
        values=values,
        errors=errors,
        reasons=END_REASONS,
        caseworkers=visit.system.municipality.caseworkers(),
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


routes = [
    Route("/arende/{case_number}", guarded(show)),
    Route("/arende/{case_number}/andra", guarded(edit, *STAFF, keeps_locks=True)),
    Route("/arende/{case_number}/andra", guarded(save, *STAFF), methods=["POST"]),
    Route("/arende/{case_number}/avsluta", guarded(end, *STAFF, CLOSER, keeps_locks=True)),
    Route("/arende/{case_number}/avsluta", guarded(close, *STAFF, CLOSER), methods=["POST"]),
]
