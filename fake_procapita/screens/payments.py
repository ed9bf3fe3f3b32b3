"""Utbetalning: made by one person, attested by another.

The chain is broken on purpose: an account that may register persons, households and bank accounts has no
right to make a payment (`municipality.load` refuses such accounts), and nobody attests their own payment.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, formats, records
from fake_procapita.guard import guarded
from fake_procapita.municipality import APPROVER, LEADER, PAYER
from fake_procapita.problems import NotAllowed, NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file, open_record
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.visit import Visit

SCREEN = "Utbetalning"
METHODS = ("Bankkonto", "Utbetalningskort")
CREATED, ATTESTED, CANCELLED = "Skapad", "Attesterad", "Makulerad"
_NAMES = ("amount", "method", "clearing", "account", "date", "month", "recipient")


async def of_case(visit: Visit) -> Response:
    """The payments, the newest first."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        found = casework.of_case(connection, casework.payments, case.case_number, newest="date")
    rows: list[list[str | Link]] = [
        [
            Link(r.payment_id, f"/utbetalning/{r.payment_id}"),
            r.date,
            r.month,
            formats.kronor(r.amount),
            r.method,
            r.recipient,
            r.status,
        ]
        for r in found
    ]
    columns = ("Utbetalning", "Datum", "Berörd månad", "Belopp", "Sätt", "Mottagare", "Status")
    buttons = (
        [Button("Skapa", f"/arende/{case.case_number}/utbetalning/ny")] if visit.account.has(PAYER) else []
    )
    return show(
        visit,
        SCREEN,
        case=case,
        buttons=buttons,
        tables=[Table("Utbetalningar", columns, rows, "Inga utbetalningar.")],
    )


async def one(visit: Visit) -> Response:
    """One payment."""
    with visit.begin() as connection:
        found, case = _open(visit, connection)
    address = f"/utbetalning/{found.payment_id}"
    buttons = []
    if found.status == CREATED and _may_attest(visit, found):
        buttons.append(Button("Attestera", address + "/attestera", posts=True))
    if found.status == CREATED and visit.account.has(PAYER, LEADER):
        buttons.append(Button("Makulera", address + "/makulera", posts=True))
    name = visit.system.municipality.name_of
    fields = [
        ("Utbetalning", found.payment_id),
        ("Belopp", formats.kronor(found.amount)),
        ("Sätt", found.method),
        ("Clearing", found.clearing),
        ("Konto", found.account),
        ("Datum", found.date),
        ("Berörd månad", found.month),
        ("Mottagare", found.recipient),
        ("Skapad av", name(found.created_by)),
        ("Attesterad av", name(found.attested_by)),
        ("Status", found.status),
    ]
    return show(visit, SCREEN, case=case, fields=fields, buttons=buttons)


async def new(visit: Visit) -> Response:
    """The form Ny utbetalning, filled in with the registerledare's account."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        person = records.person(connection, case.registerledare)
    clearing, _, account = person.account.partition("-")
    name = formats.person_name(person.given_name, person.surname)
    values = {"clearing": clearing, "account": account, "recipient": name, "date": visit.today.isoformat()}
    return sheet.ask(visit, case, _form(case), values, {})


async def create(visit: Visit) -> Response:
    """Skapa."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    values = {name: visit.word(name) for name in _NAMES}
    values["amount"] = values["amount"].replace(" ", "")
    errors = sheet.lock_errors(visit, case)
    if not values["amount"].isdecimal() or int(values["amount"]) == 0:
        errors["amount"] = "Ange beloppet i hela kronor."
    if values["method"] not in METHODS:
        errors["method"] = "Välj sätt."
    if values["method"] == METHODS[0] and not (
        values["clearing"].isdecimal() and values["account"].isdecimal()
    ):
        errors["account"] = "Ange clearing och konto med siffror."
    sheet.check(errors, "date", sheet.bad_date(values["date"]))
    if "date" not in errors and values["date"] < visit.today.isoformat():
        errors["date"] = "Datum kan inte ligga före i dag."
    if sheet.bad_date(values["month"] + "-01"):
        errors["month"] = "Ange månad som åååå-mm."
    if not values["recipient"]:
        errors["recipient"] = "Ange mottagare."
    if errors:
        return sheet.ask(visit, case, _form(case), values, errors)
    more = {"case_number": case.case_number, "created_by": visit.account.username, "status": CREATED}
    key = await visit.save(
        lambda connection: casework.add(connection, casework.payments, "UT", **values, **more)
    )
    return sheet.done(visit, case, "Utbetalningen är skapad.", f"/utbetalning/{key}")


async def attest(visit: Visit) -> Response:
    """Attestera: by another account than the one that made it."""
    with visit.begin() as connection:
        found, case = _open(visit, connection)
    if found.status != CREATED:
        raise NotFound
    if not _may_attest(visit, found):
        raise NotAllowed
    done = {"status": ATTESTED, "attested_by": visit.account.username}
    return await _settle(visit, found, case, "Utbetalningen är attesterad.", done)


async def cancel(visit: Visit) -> Response:
    """Makulera, before it is attested."""
    with visit.begin() as connection:
        found, case = _open(visit, connection)
    if found.status != CREATED:
        raise NotFound
    return await _settle(visit, found, case, "Utbetalningen är makulerad.", {"status": CANCELLED})


async def _settle(
    visit: Visit, found: Row[Any], case: Row[Any], message: str, values: dict[str, str]
) -> Response:
    key = found.payment_id
    if back := sheet.refused(visit, case, f"/utbetalning/{key}"):
        return back
    await visit.save(lambda connection: casework.change(connection, casework.payments, key, **values))
    visit.say(message)
    return visit.redirect(f"/utbetalning/{key}")


def _may_attest(visit: Visit, found: Row[Any]) -> bool:
    return visit.account.has(APPROVER, LEADER) and found.created_by != visit.account.username


def _form(case: Row[Any]) -> Form:
    address = f"/arende/{case.case_number}/utbetalning"
    return Form(
        "Ny utbetalning",
        address + "/ny",
        address,
        (
            Field("amount", "Belopp", hint="kronor", width="short"),
            Field("method", "Sätt", "select", options(*METHODS, empty="Välj sätt")),
            Field("clearing", "Clearing", width="short"),
            Field("account", "Konto", width="medium"),
            Field("date", "Datum", hint="åååå-mm-dd", width="short"),
            Field("month", "Berörd månad", hint="åååå-mm", width="short"),
            Field("recipient", "Mottagare"),
        ),
        submit="Skapa",
    )


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    return open_record(visit, connection, SCREEN, casework.payments)


routes = [
    Route("/arende/{case_number}/utbetalning", guarded(of_case)),
    Route("/arende/{case_number}/utbetalning/ny", guarded(new, PAYER, keeps_locks=True)),
    Route("/arende/{case_number}/utbetalning/ny", guarded(create, PAYER), methods=["POST"]),
    Route("/utbetalning/{payment_id}", guarded(one)),
    Route("/utbetalning/{payment_id}/attestera", guarded(attest, APPROVER, LEADER), methods=["POST"]),
    Route("/utbetalning/{payment_id}/makulera", guarded(cancel, PAYER, LEADER), methods=["POST"]),
]
