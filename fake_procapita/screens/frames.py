"""Referensram: what a caseworker expects of a household's applications."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, formats
from fake_procapita.guard import guarded
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Button, Field, Form, Table, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Referensram"
_AMOUNTS = {"rent_max": "Hyra högst", "power_max": "El högst"}
_LINES = {"incomes": "Väntade inkomster", "expenses": "Återkommande utgifter"}
_NAMES = ("rent_max", "power_max", "members", "incomes", "expenses", "plan", "valid_to")


async def one(visit: Visit) -> Response:
    """The frame; incomes and expenses as tables."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        frame = _frame(connection, case)
    buttons = (
        [Button("Ändra", f"/arende/{case.case_number}/referensram/andra")]
        if visit.account.has(*STAFF)
        else []
    )
    if frame is None:
        return show(visit, SCREEN, case=case, buttons=buttons, hint="Ingen referensram är registrerad.")
    fields = [(label, formats.kronor(getattr(frame, name))) for name, label in _AMOUNTS.items()]
    fields += [
        ("Hushållsmedlemmar", frame.members),
        ("Planering", frame.plan),
        ("Giltig till och med", frame.valid_to),
    ]
    tables = []
    for name, label in _LINES.items():
        rows = [_parts(line) for line in getattr(frame, name).split("\n") if line]
        tables.append(Table(label, ("Typ", "Minst", "Högst"), rows, "Inga."))
    return show(visit, SCREEN, case=case, fields=fields, tables=tables, buttons=buttons)


async def edit(visit: Visit) -> Response:
    """The form Ändra referensram."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        frame = _frame(connection, case)
    values = {name: getattr(frame, name) if frame is not None else "" for name in _NAMES}
    return sheet.ask(visit, case, _form(case), values, {})


async def save(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        frame = _frame(connection, case)
    values = {name: visit.word(name) for name in _NAMES if name not in _LINES}
    values |= {name: "\n".join(filter(None, map(str.strip, visit.text(name).split("\n")))) for name in _LINES}
    errors = sheet.lock_errors(visit, case)
    for name in ("rent_max", "power_max", "members"):
        values[name] = values[name].replace(" ", "")
        if not values[name].isdecimal():
            errors[name] = "Ange ett helt tal."
    for name in _LINES:
        if any(len(_parts(line)) != 3 for line in values[name].split("\n") if line):
            errors[name] = "Skriv en rad var: typ, minst, högst."
    sheet.check(errors, "valid_to", sheet.bad_date(values["valid_to"]))
    if errors:
        return sheet.ask(visit, case, _form(case), values, errors)
    number = case.case_number

    def work(connection: Connection) -> None:
        if frame is None:
            casework.add(connection, casework.frames, "RR", case_number=number, **values)
        else:
            casework.change(connection, casework.frames, frame.frame_id, **values)

    await visit.save(work)
    return sheet.done(visit, case, "Referensramen är sparad.", f"/arende/{number}/referensram")


def _frame(connection: Connection, case: Row[Any]) -> Row[Any] | None:
    return casework.one(connection, casework.frames, case_number=case.case_number)


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split(",")]


def _form(case: Row[Any]) -> Form:
    address = f"/arende/{case.case_number}/referensram"
    return Form(
        "Ändra referensram",
        address + "/andra",
        address,
        (
            Field("rent_max", "Hyra högst", hint="kronor", width="short"),
            Field("power_max", "El högst", hint="kronor", width="short"),
            Field("members", "Hushållsmedlemmar", width="short"),
            Field("incomes", "Väntade inkomster", "area"),
            Field("expenses", "Återkommande utgifter", "area"),
            Field("plan", "Planering"),
            Field("valid_to", "Giltig till och med", hint="åååå-mm-dd", width="short"),
        ),
        intro="Inkomster och utgifter: en rad för varje, typ, minst, högst.",
    )


routes = [
    Route("/arende/{case_number}/referensram", guarded(one)),
    Route("/arende/{case_number}/referensram/andra", guarded(edit, *STAFF, keeps_locks=True)),
    Route("/arende/{case_number}/referensram/andra", guarded(save, *STAFF), methods=["POST"]),
]
