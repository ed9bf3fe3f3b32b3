"""Ny aktualisering: an application with its rows, whole in one form, saved at once or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, update
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, records
from fake_procapita.casework import DIGITAL, PAPER
from fake_procapita.guard import guarded
from fake_procapita.municipality import INTAKE
from fake_procapita.records import OPEN as CASE_OPEN
from fake_procapita.screens import sheet
from fake_procapita.screens.applications import NEW, SCREEN
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Field, Form, Grid, options
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

APPLICATION = "Ansökan"
TYPES = (APPLICATION, "Anmälan", "Överklagande")
ROWS, FACTS = "rows", "facts"
_NAMES = ("type", "date", "reason", "month", "sender", "channel", "number")


class _AlreadyThere(Exception):
    """The case has an application with this number."""


async def new(visit: Visit) -> Response:
    """The form, as a person begins with it: on paper, today."""
    with visit.begin() as connection:
        case, people = _open(visit, connection)
    today = visit.today.isoformat()
    values = {"date": today, "month": today[:7], "sender": "Sökanden", "channel": PAPER}
    return sheet.ask(visit, case, _form(case, people), values, {})


async def add(visit: Visit) -> Response:
    """Spara."""
    with visit.begin() as connection:
        case, people = _open(visit, connection)
    form = _form(case, people)
    values = {name: visit.word(name) for name in _NAMES}
    free_text = visit.text("free_text").strip()
    rows, facts = (sheet.grid_rows(visit, grid) for grid in form.grids)
    for row in rows:
        row["amount"] = row["amount"].replace(" ", "")
    errors = sheet.lock_errors(visit, case) | _errors(values, case)
    sheet.check(errors, ROWS, _wrong_row(rows, people))
    sheet.check(errors, FACTS, _wrong_fact(facts, people))
    typed = {**values, "free_text": free_text, ROWS: rows, FACTS: facts}
    if errors:
        return sheet.ask(visit, case, form, typed, errors)
    if free_text:
        fact = {"person_id": case.registerledare, "subject": casework.FREE_TEXT, "value": free_text}
        facts = [*facts, fact]
    more = {
        "case_number": case.case_number,
        "caseworker": case.caseworker,
        "unit": visit.session.unit,
        "status": NEW,
    }
    try:
        key = await visit.save(lambda connection: _store(connection, values | more, rows, facts))
    except _AlreadyThere:
        return sheet.ask(visit, case, form, typed, {"number": "Ansökan finns redan."})
    return sheet.done(visit, case, f"Aktualiseringen {key} är sparad.", f"/aktualisering/{key}")


def _store(
    connection: Connection,
    values: dict[str, str],
    rows: Sequence[dict[str, str]],
    facts: Sequence[dict[str, str]],
) -> str:
    same = {name: values[name] for name in ("case_number", "number")}
    if values["number"] and casework.rows(connection, casework.applications, **same):
        raise _AlreadyThere
    key = casework.add(connection, casework.applications, "AK", **values)
    for table, lines in ((casework.application_rows, rows), (casework.application_facts, facts)):
        if lines:
            connection.execute(table.insert(), [{"application_id": key, **line} for line in lines])
    if values["type"] == APPLICATION:
        cases, day = db.cases.c, values["date"]
        latest = {
            "last_application": func.max(cases.last_application, day),
            "latest": func.max(cases.latest, day),
        }
        connection.execute(
            update(db.cases).where(cases.case_number == values["case_number"]).values(**latest)
        )
    return key


def _errors(values: dict[str, str], case: Row[Any]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if values["type"] not in TYPES:
        errors["type"] = "Välj typ."
    sheet.check(errors, "date", sheet.bad_date(values["date"]))
    if sheet.bad_date(values["month"] + "-01"):
        errors["month"] = "Ange månad som åååå-mm."
    if values["channel"] not in (DIGITAL, PAPER):
        errors["channel"] = "Välj sätt."
    elif values["number"] and values["channel"] == PAPER:
        errors["number"] = "En ansökan på papper har inget ansökningsnummer."
    if case.status != CASE_OPEN:
        errors[""] = "Ärendet är avslutat."
    return errors


def _wrong_row(rows: Sequence[dict[str, str]], people: dict[str, str]) -> str:
    """What is wrong with the first wrong row of Sökta poster; empty if nothing."""
    for number, row in enumerate(rows, start=1):
        if row["person_id"] not in people:
            return f"Rad {number}: Välj person."
        if not row["item"]:
            return f"Rad {number}: Ange post."
        if row["date"] and sheet.bad_date(row["date"]):
            return f"Rad {number}: {sheet.BAD_DATE}"
        if not row["amount"].isdecimal():
            return f"Rad {number}: Ange beloppet i hela kronor."
    return ""


def _wrong_fact(facts: Sequence[dict[str, str]], people: dict[str, str]) -> str:
    """The same of Lämnade uppgifter."""
    for number, fact in enumerate(facts, start=1):
        if fact["person_id"] not in people:
            return f"Rad {number}: Välj person."
        if not (fact["subject"] and fact["value"]):
            return f"Rad {number}: Ange uppgift och värde."
    return ""


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], dict[str, str]]:
    """The case, and the adults whom the account may see, the registerledare first."""
    case = open_file(visit, connection, SCREEN)
    who = records.member_roles(connection, case.household_id, visit.account)
    return case, {key: role for key, (_, role) in who.items() if role != "Barn"}


def _form(case: Row[Any], people: dict[str, str]) -> Form:
    address = f"/arende/{case.case_number}/aktualisering"
    person = Field("person_id", "Person", "select", tuple(people.items()))
    return Form(
        "Ny aktualisering",
        address + "/ny",
        address,
        (
            Field("type", "Typ", "select", options(*TYPES, empty="Välj typ")),
            Field("date", "Datum", hint="åååå-mm-dd", width="short"),
            Field("reason", "Orsak"),
            Field("month", "Avser", hint="åååå-mm", width="short"),
            Field("sender", "Från vem"),
            Field("channel", "Sätt", "select", options(DIGITAL, PAPER)),
            Field("number", "Ansökningsnummer", hint="e-tjänstens", width="medium"),
            Field("free_text", "Meddelande", "area"),
        ),
        grids=(
            Grid(
                ROWS,
                "Sökta poster",
                (
                    person,
                    Field("item", "Post"),
                    Field("date", "Datum", hint="åååå-mm-dd"),
                    Field("amount", "Belopp", hint="kronor"),
                ),
                "Lägg till post",
            ),
            Grid(
                FACTS,
                "Lämnade uppgifter",
                (person, Field("subject", "Uppgift"), Field("value", "Värde")),
                "Lägg till uppgift",
            ),
        ),
    )


ADDRESS, WRITERS = "/arende/{case_number}/aktualisering/ny", (*STAFF, INTAKE)
routes = [
    Route(ADDRESS, guarded(new, *WRITERS, keeps_locks=True)),
    Route(ADDRESS, guarded(add, *WRITERS), methods=["POST"]),
]
