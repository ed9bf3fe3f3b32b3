"""Making a calculation: Ny beräkning, Lägg till rad, Beräkna, Slutför, Ta bort."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, norm, records
from fake_procapita.guard import guarded
from fake_procapita.municipality import ROBOT
from fake_procapita.problems import NotAllowed, NotFound
from fake_procapita.screens import calculations, sheet
from fake_procapita.screens.calculations import DONE, DRAFT, EXPENSE, OTHER, REMOVED, SCREEN
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Field, Form, options
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

INCOME = "Inkomst"
_ROW = ("person_id", "kind", "item", "date", "applied", "approved", "remark")


async def new(visit: Visit) -> Response:
    """The form Ny beräkning."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    return sheet.ask(visit, case, _form(case), {"start": f"{visit.today:%Y-%m}-01"}, {})


async def create(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        mine = {
            r.application_id for r in casework.of_case(connection, casework.applications, case.case_number)
        }
    values = {name: visit.word(name) for name in ("start", "end", "application_id")}
    errors = sheet.lock_errors(visit, case)
    for name in ("start", "end"):
        sheet.check(errors, name, sheet.bad_date(values[name]))
    if "start" not in errors and int(values["start"][:4]) not in norm.YEARS:
        errors["start"] = "Riksnorm saknas för året."
    if not errors and values["end"] < values["start"]:
        errors["end"] = "Till kan inte ligga före Från."
    if values["application_id"] not in mine | {""}:
        errors["application_id"] = "Ansökan finns inte i ärendet."
    if errors:
        return sheet.ask(visit, case, _form(case), values, errors)
    number, author = case.case_number, visit.account.username
    key = await visit.save(
        lambda connection: casework.add(
            connection,
            casework.calculations,
            "B",
            case_number=number,
            status=DRAFT,
            created_by=author,
            **values,
        )
    )
    return sheet.done(visit, case, "Beräkningen är sparad.", f"/berakning/{key}")


async def new_row(visit: Visit) -> Response:
    """The form Lägg till rad."""
    with visit.begin() as connection:
        found, case, who = _draft(visit, connection)
    return sheet.ask(visit, case, _row_form(found, who), {"date": found.start}, {})


async def add_row(visit: Visit) -> Response:
    with visit.begin() as connection:
        found, case, who = _draft(visit, connection)
    values = {name: visit.word(name) for name in _ROW}
    errors = sheet.lock_errors(visit, case)
    if values["person_id"] not in who:
        errors["person_id"] = "Välj person."
    if values["kind"] not in (INCOME, EXPENSE, OTHER):
        errors["kind"] = "Välj slag."
    if not values["item"]:
        errors["item"] = "Ange post."
    sheet.check(errors, "date", sheet.bad_date(values["date"]))
    amounts = ("applied",) if values["kind"] == INCOME else ("applied", "approved")
    for name in amounts:
        values[name] = values[name].replace(" ", "")
        if not values[name].isdecimal():
            errors[name] = "Ange beloppet i hela kronor."
    if errors:
        return sheet.ask(visit, case, _row_form(found, who), values, errors)
    await visit.save(lambda connection: _store_row(connection, found.calculation_id, values))
    tab = {INCOME: "inkomster", EXPENSE: "utgifter", OTHER: "ovrigt"}[values["kind"]]
    return sheet.done(visit, case, "Raden är sparad.", f"/berakning/{found.calculation_id}?flik={tab}")


def _store_row(connection: Connection, key: str, values: dict[str, str]) -> None:
    row = {"calculation_id": key, **{name: values[name] for name in ("person_id", "date", "item")}}
    if values["kind"] == INCOME:
        connection.execute(casework.incomes.insert(), {**row, "amount": values["applied"]})
        return
    rest = {name: values[name] for name in ("applied", "approved", "remark", "kind")}
    connection.execute(casework.expenses.insert(), {**row, **rest})


async def compute(visit: Visit) -> Response:
    """Beräkna: norm, expenses and incomes give the result."""
    return await _store_result(visit, "Beräkningen är gjord.")


async def finish(visit: Visit) -> Response:
    """Slutför: computed once more, and not changed from then on."""
    return await _store_result(visit, "Beräkningen är slutförd.", status=DONE)


async def remove(visit: Visit) -> Response:
    """Ta bort: a calculation that is not finished."""
    with visit.begin() as connection:
        found, case, _ = _draft(visit, connection)
    if not calculations.may_remove(visit, found):
        raise NotAllowed
    key = found.calculation_id
    if back := sheet.refused(visit, case, f"/berakning/{key}"):
        return back
    gone = {"case_number": "", "status": REMOVED}
    await visit.save(lambda connection: casework.change(connection, casework.calculations, key, **gone))
    visit.say("Beräkningen är borttagen.")
    return visit.redirect(f"/arende/{case.case_number}/berakning")


async def _store_result(visit: Visit, message: str, **more: str) -> Response:
    with visit.begin() as connection:
        found, case, _ = _draft(visit, connection)
        values = _result(connection, found, case) | more
    key = found.calculation_id
    if back := sheet.refused(visit, case, f"/berakning/{key}"):
        return back
    await visit.save(lambda connection: casework.change(connection, casework.calculations, key, **values))
    visit.say(message)
    return visit.redirect(f"/berakning/{key}?flik=resultat")


def _result(connection: Connection, found: Row[Any], case: Row[Any]) -> dict[str, str]:
    members = records.members(connection, case.household_id)
    adults = sum(member.role != "Barn" for member in members)
    children = [
        norm.Child(norm.birth_date(m.personnummer), int(m.days) if m.days else None)
        for m in members
        if m.role == "Barn"
    ]
    own, joint = norm.costs(date.fromisoformat(found.start), adults, children)
    key = {"calculation_id": found.calculation_id}
    spent = sum(int(row.approved) for row in casework.rows(connection, casework.expenses, **key))
    income = sum(int(row.amount) for row in casework.rows(connection, casework.incomes, **key))
    return {
        "personal": str(own),
        "shared": str(joint),
        "expenses": str(spent),
        "income": str(income),
        "result": str(own + joint + spent - income),
    }


def _draft(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any], dict[str, tuple[str, str]]]:
    found, case, who = calculations.open_calculation(visit, connection)
    if found.status != DRAFT:
        raise NotFound
    return found, case, who


def _form(case: Row[Any]) -> Form:
    address = f"/arende/{case.case_number}/berakning"
    return Form(
        "Ny beräkning",
        address + "/ny",
        address,
        (
            Field("start", "Från", hint="åååå-mm-dd", width="short"),
            Field("end", "Till", hint="åååå-mm-dd", width="short"),
            Field("application_id", "Avser ansökan", width="medium"),
        ),
    )


def _row_form(found: Row[Any], who: dict[str, tuple[str, str]]) -> Form:
    address = f"/berakning/{found.calculation_id}"
    people = [(key, f"{number} {role}") for key, (number, role) in who.items()]
    return Form(
        "Lägg till rad",
        address + "/rad",
        address,
        (
            Field("person_id", "Person", "select", [("", "Välj person"), *people]),
            Field("kind", "Slag", "select", options(INCOME, EXPENSE, OTHER, empty="Välj slag")),
            Field("item", "Post"),
            Field("date", "Datum", hint="åååå-mm-dd", width="short"),
            Field("applied", "Ansökt", hint="kronor; för inkomst beloppet", width="short"),
            Field("approved", "Godkänt", hint="kronor", width="short"),
            Field("remark", "Anmärkning"),
        ),
    )


WRITERS = (*STAFF, ROBOT)
routes = [
    Route("/arende/{case_number}/berakning/ny", guarded(new, *WRITERS, keeps_locks=True)),
    Route("/arende/{case_number}/berakning/ny", guarded(create, *WRITERS), methods=["POST"]),
    Route("/berakning/{calculation_id}/rad", guarded(new_row, *WRITERS, keeps_locks=True)),
    Route("/berakning/{calculation_id}/rad", guarded(add_row, *WRITERS), methods=["POST"]),
    Route("/berakning/{calculation_id}/berakna", guarded(compute, *WRITERS), methods=["POST"]),
    Route("/berakning/{calculation_id}/slutfor", guarded(finish, *WRITERS), methods=["POST"]),
    Route("/berakning/{calculation_id}/ta-bort", guarded(remove, *WRITERS), methods=["POST"]),
]
