"""Utbetalning: of an approved decision, made by one person or robot, attested by another person.

The chain is broken on purpose: an account that may register persons, households and bank accounts has no
right to make a payment (`municipality.load` refuses such accounts), and nobody attests their own payment.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, formats, records
from fake_procapita.bankdays import is_bank_day
from fake_procapita.guard import guarded
from fake_procapita.municipality import APPROVER, LEADER, PAYER
from fake_procapita.problems import NotAllowed, NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file, open_record
from fake_procapita.screens.decisions import GRANTED, VALID
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.visit import Visit

SCREEN = "Utbetalning"
METHODS = ("Bankkonto", "Utbetalningskort")
CREATED, ATTESTED, CANCELLED = "Skapad", "Attesterad", "Makulerad"
NOTHING_TO_PAY = "Det finns inget godkänt beslut att betala ut."
PAID = "Beslutet är redan utbetalt."
_NAMES = ("decision_id", "amount", "method", "clearing", "account", "date", "month", "recipient")


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
            r.decision_id,
            r.status,
        ]
        for r in found
    ]
    columns = ("Utbetalning", "Datum", "Berörd månad", "Belopp", "Sätt", "Mottagare", "Beslut", "Status")
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
        ("Beslut", found.decision_id),
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
        case, decided, person = _payable(visit, connection)
    if not decided:
        visit.say(NOTHING_TO_PAY)
        return visit.redirect(f"/arende/{case.case_number}/utbetalning")
    clearing, _, account = person.account.partition("-")
    name = formats.person_name(person.given_name, person.surname)
    values = {"clearing": clearing, "account": account, "recipient": name, "date": visit.today.isoformat()}
    return sheet.ask(visit, case, _form(case, decided), values, {})


async def create(visit: Visit) -> Response:
    """Skapa."""
    with visit.begin() as connection:
        case, decided, person = _payable(visit, connection)
        unpaid = _unpaid(connection, case, visit.word("decision_id"), decided)
    values = {name: visit.word(name) for name in _NAMES}
    values["amount"] = values["amount"].replace(" ", "")
    errors = _errors(values, person, visit.today) | sheet.lock_errors(visit, case)
    sheet.check(errors, "decision_id", unpaid)
    if decision := decided.get(values["decision_id"]):
        if "amount" not in errors and int(values["amount"]) != int(decision.amount):
            errors["amount"] = "Beloppet ska vara beslutets belopp."
        if "month" not in errors and values["month"] != decision.start[:7]:
            errors["month"] = "Berörd månad ska vara beslutets månad."
    if errors:
        return sheet.ask(visit, case, _form(case, decided), values, errors)
    more = {"case_number": case.case_number, "created_by": visit.account.username, "status": CREATED}
    try:
        key = await visit.save(lambda connection: _store(connection, values | more))
    except _AlreadyPaid:
        return sheet.ask(visit, case, _form(case, decided), values, {"decision_id": PAID})
    return sheet.done(visit, case, "Utbetalningen är skapad.", f"/utbetalning/{key}")


class _AlreadyPaid(Exception):
    """There is a payment of the decision."""


def _store(connection: Connection, values: dict[str, str]) -> str:
    if _payment_of(connection, values["decision_id"]):
        raise _AlreadyPaid
    return casework.add(connection, casework.payments, "UT", **values)


def _payment_of(connection: Connection, decision_id: str) -> bool:
    found = casework.rows(connection, casework.payments, decision_id=decision_id)
    return any(row.status != CANCELLED for row in found)


def _payable(visit: Visit, connection: Connection) -> tuple[Row[Any], dict[str, Row[Any]], Row[Any]]:
    """The case, its approved decisions that grant something and are not paid, and the registerledare."""
    case = open_file(visit, connection, SCREEN)
    found = casework.of_case(connection, casework.decisions, case.case_number, newest="start")
    decided = {
        row.decision_id: row
        for row in found
        if row.status == VALID
        and row.result in GRANTED
        and int(row.amount or 0)
        and not _payment_of(connection, row.decision_id)
    }
    return case, decided, records.person(connection, case.registerledare)


def _unpaid(connection: Connection, case: Row[Any], decision_id: str, decided: dict[str, Row[Any]]) -> str:
    """What is wrong with the chosen decision; empty if nothing."""
    if decision_id in decided:
        return ""
    key = {"decision_id": decision_id, "case_number": case.case_number}
    if casework.rows(connection, casework.decisions, **key) and _payment_of(connection, decision_id):
        return PAID
    return "Välj beslut." if decided else NOTHING_TO_PAY


def _errors(values: dict[str, str], person: Row[Any], today: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not values["amount"].isdecimal() or int(values["amount"]) == 0:
        errors["amount"] = "Ange beloppet i hela kronor."
    if values["method"] not in METHODS:
        errors["method"] = "Välj sätt."
    if values["method"] == METHODS[0]:
        sheet.check(errors, "account", _wrong_account(values, person))
    sheet.check(errors, "date", _wrong_day(values["date"], today))
    if sheet.bad_date(values["month"] + "-01"):
        errors["month"] = "Ange månad som åååå-mm."
    if not values["recipient"]:
        errors["recipient"] = "Ange mottagare."
    return errors


def _wrong_account(values: dict[str, str], person: Row[Any]) -> str:
    if not (values["clearing"].isdecimal() and values["account"].isdecimal()):
        return "Ange clearing och konto med siffror."
    same = f"{values['clearing']}-{values['account']}" == person.account
    return "" if same else "Kontot stämmer inte med personbilden."


def _wrong_day(text: str, today: date) -> str:
    day = formats.iso_date(text)
    if day is None:
        return sheet.BAD_DATE
    if day < today:
        return "Datum kan inte ligga före i dag."
    return "" if is_bank_day(day) else "Datum ska vara en bankdag."


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


def _form(case: Row[Any], decided: Collection[str]) -> Form:
    address = f"/arende/{case.case_number}/utbetalning"
    return Form(
        "Ny utbetalning",
        address + "/ny",
        address,
        (
            Field("decision_id", "Beslut", "select", options(*decided, empty="Välj beslut")),
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
