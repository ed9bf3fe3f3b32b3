"""Stickprov: applications drawn for a closer look, and what came of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, cast, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, formats, protection
from fake_procapita.guard import guarded
from fake_procapita.municipality import ROBOT
from fake_procapita.problems import NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.applications import CANCELLED
from fake_procapita.screens.case import open_file, open_record
from fake_procapita.screens.months import MonthList
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.system import SAMPLE_READERS, STAFF
from fake_procapita.visit import Visit

SCREEN = "Stickprov"
OPEN, DONE = "Öppet", "Klart"
SCOPES = ("Hel", "Del", "Nyansökan")
RESULTS = (
    "Utan anmärkning",
    "Medicin utan förmån",
    "Underlag saknas",
    "Uppgift ändrad",
    "Inkomst ändrad",
    "Svar har inte kommit",
)
TABS = {"oppna": ("Öppna", OPEN), "alla": ("Alla", "")}
NONE = "Inga stickprov."
_s, _a, _c, _h, _p = (
    table.c for table in (casework.samples, casework.applications, db.cases, db.households, db.people)
)
_ALL = select(casework.samples, _a.channel, _p.personnummer, _p.protection).select_from(
    casework.samples.join(db.cases, _c.case_number == _s.case_number)
    .join(db.households, _h.household_id == _c.household_id)
    .join(db.people, _p.person_id == _h.registerledare)
    .join(casework.applications, _a.application_id == _s.application_id)
)
_COLUMNS: dict[str, ColumnElement[Any]] = {
    "Stickprov": _s.sample_id,
    "Draget": _s.drawn,
    "Ärende": _s.case_number,
    "Skydd": _p.protection,
    "Avser": _s.month,
    "Omfattning": _s.scope,
    "Sätt": _a.channel,
    "Svar senast": _s.answer_by,
    "Resultat": _s.result,
    "Belopp": cast(_s.amount, Integer),
    "Status": _s.status,
}
_OF_CASE = [name for name in _COLUMNS if name not in ("Ärende", "Skydd")]


def _line(visit: Visit, row: Row[Any], columns: Collection[str] = tuple(_COLUMNS)) -> list[str | Link]:
    shown = protection.shown(row.protection, visit.account)
    if protection.is_hidden(row.protection, visit.account):
        return [shown if column == "Skydd" else "" for column in columns]
    cells: dict[str, str | Link] = {
        "Stickprov": Link(row.sample_id, f"/stickprov/{row.sample_id}"),
        "Draget": row.drawn,
        "Ärende": Link(row.case_number, f"/arende/{row.case_number}"),
        "Skydd": shown,
        "Avser": row.month,
        "Omfattning": row.scope,
        "Sätt": row.channel,
        "Svar senast": row.answer_by,
        "Resultat": row.result,
        "Belopp": formats.kronor(row.amount),
        "Status": row.status,
    }
    return [cells[column] for column in columns]


async def of_case(visit: Visit) -> Response:
    """What has been drawn in the case, the latest first."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        found = connection.execute(
            _ALL.where(_s.case_number == case.case_number).order_by(_s.id.desc())
        ).all()
    buttons = []
    if visit.account.has(*WRITERS):
        buttons.append(Button("Nytt stickprov", f"/arende/{case.case_number}/stickprov/ny"))
    table = Table(SCREEN, _OF_CASE, [_line(visit, row, _OF_CASE) for row in found], NONE)
    return show(visit, SCREEN, case=case, tables=[table], buttons=buttons)


async def one(visit: Visit) -> Response:
    """One of them."""
    with visit.begin() as connection:
        found, case = _open(visit, connection)
        key = {"application_id": found.application_id}
        application = casework.rows(connection, casework.applications, **key)[0]
    buttons = []
    if found.status == OPEN and visit.account.has(*STAFF):
        buttons.append(Button("Registrera resultat", f"/stickprov/{found.sample_id}/resultat"))
    name = visit.system.municipality.name_of
    fields = [
        ("Stickprov", found.sample_id),
        ("Draget", found.drawn),
        ("Draget av", name(found.created_by)),
        ("Ansökan", found.application_id),
        ("Avser", found.month),
        ("Omfattning", found.scope),
        ("Sätt", application.channel),
        ("Svar senast", found.answer_by),
        ("Resultat", found.result),
        ("Belopp", formats.kronor(found.amount)),
        ("Kommentar", found.comment),
        ("Registrerat av", name(found.registered_by)),
        ("Registrerat den", found.registered_on),
        ("Status", found.status),
    ]
    return show(visit, SCREEN, case=case, fields=fields, buttons=buttons)


async def new(visit: Visit) -> Response:
    """The form Nytt stickprov."""
    with visit.begin() as connection:
        case, applied = _applied(visit, connection)
    return sheet.ask(visit, case, _form(case, applied), {"month": visit.today.isoformat()[:7]}, {})


async def draw(visit: Visit) -> Response:
    with visit.begin() as connection:
        case, applied = _applied(visit, connection)
    values = {name: visit.word(name) for name in ("month", "scope", "application_id", "answer_by")}
    errors = sheet.lock_errors(visit, case)
    if sheet.bad_date(values["month"] + "-01"):
        errors["month"] = "Ange månad som åååå-mm."
    if values["scope"] not in SCOPES:
        errors["scope"] = "Välj omfattning."
    if values["application_id"] not in applied:
        errors["application_id"] = "Välj ansökan."
    elif "month" not in errors and applied[values["application_id"]] != values["month"]:
        errors["application_id"] = "Ansökan avser en annan månad."
    sheet.check(errors, "answer_by", sheet.bad_date(values["answer_by"]))
    if "answer_by" not in errors and values["answer_by"] < visit.today.isoformat():
        errors["answer_by"] = "Svar senast kan inte ligga före i dag."
    if errors:
        return sheet.ask(visit, case, _form(case, applied), values, errors)
    more = {
        "case_number": case.case_number,
        "drawn": visit.today.isoformat(),
        "created_by": visit.account.username,
        "status": OPEN,
    }
    try:
        key = await visit.save(lambda connection: _store(connection, values | more))
    except _AlreadyDrawn:
        errors["application_id"] = "Ansökan har redan ett stickprov."
        return sheet.ask(visit, case, _form(case, applied), values, errors)
    return sheet.done(visit, case, f"Stickprovet {key} är sparat.", f"/stickprov/{key}")


class _AlreadyDrawn(Exception):
    """The application has been drawn before."""


def _store(connection: Connection, values: dict[str, str]) -> str:
    if casework.rows(connection, casework.samples, application_id=values["application_id"]):
        raise _AlreadyDrawn
    return casework.add(connection, casework.samples, "SP", **values)


async def result_form(visit: Visit) -> Response:
    """The form Registrera resultat."""
    with visit.begin() as connection:
        found, case = _undone(visit, connection)
    return sheet.ask(visit, case, _result_form(found), {}, {})


async def register(visit: Visit) -> Response:
    with visit.begin() as connection:
        found, case = _undone(visit, connection)
    values = {name: visit.word(name) for name in ("result", "amount", "comment")}
    values["amount"] = values["amount"].replace(" ", "")
    errors = sheet.lock_errors(visit, case)
    if values["result"] not in RESULTS:
        errors["result"] = "Välj resultat."
    if values["amount"] and not values["amount"].isdecimal():
        errors["amount"] = "Ange beloppet i hela kronor."
    if errors:
        return sheet.ask(visit, case, _result_form(found), values, errors)
    more = {
        "status": DONE,
        "registered_by": visit.account.username,
        "registered_on": visit.today.isoformat(),
    }
    key = found.sample_id
    await visit.save(lambda connection: casework.change(connection, casework.samples, key, **values, **more))
    return sheet.done(visit, case, "Resultatet är sparat.", f"/stickprov/{key}")


def _undone(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    found, case = _open(visit, connection)
    if found.status != OPEN:
        raise NotFound
    return found, case


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    return open_record(visit, connection, SCREEN, casework.samples)


def _applied(visit: Visit, connection: Connection) -> tuple[Row[Any], dict[str, str]]:
    """The case, and the month of each of its applications, the newest first."""
    case = open_file(visit, connection, SCREEN)
    found = casework.of_case(connection, casework.applications, case.case_number, newest="date")
    return case, {
        row.application_id: row.month for row in found if row.type == "Ansökan" and row.status != CANCELLED
    }


def _form(case: Row[Any], applied: Collection[str]) -> Form:
    address = f"/arende/{case.case_number}/stickprov"
    return Form(
        "Nytt stickprov",
        address + "/ny",
        address,
        (
            Field("month", "Avser", hint="åååå-mm", width="short"),
            Field("scope", "Omfattning", "select", options(*SCOPES, empty="Välj omfattning")),
            Field("application_id", "Ansökan", "select", options(*applied, empty="Välj ansökan")),
            Field("answer_by", "Svar senast", hint="åååå-mm-dd", width="short"),
        ),
    )


def _result_form(found: Row[Any]) -> Form:
    address = f"/stickprov/{found.sample_id}"
    return Form(
        "Registrera resultat",
        address + "/resultat",
        address,
        (
            Field("result", "Resultat", "select", options(*RESULTS, empty="Välj resultat")),
            Field("amount", "Belopp", hint="kronor", width="short"),
            Field("comment", "Kommentar"),
        ),
    )


WRITERS = (*STAFF, ROBOT)
_LIST = MonthList(
    SCREEN, "/stickprov", TABS, casework.samples, _ALL, _s.month, _COLUMNS, _s.id, _line, NONE
)  # fmt: skip
routes = [
    Route("/stickprov", guarded(_LIST.page, *SAMPLE_READERS)),
    Route("/stickprov/{sample_id}", guarded(one)),
    Route("/stickprov/{sample_id}/resultat", guarded(result_form, *STAFF, keeps_locks=True)),
    Route("/stickprov/{sample_id}/resultat", guarded(register, *STAFF), methods=["POST"]),
    Route("/arende/{case_number}/stickprov", guarded(of_case)),
    Route("/arende/{case_number}/stickprov/ny", guarded(new, *WRITERS, keeps_locks=True)),
    Route("/arende/{case_number}/stickprov/ny", guarded(draw, *WRITERS), methods=["POST"]),
]
