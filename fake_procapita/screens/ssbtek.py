"""SSBTEK: asking the seven parties about an adult or child of the household, for a stated purpose."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import authorities, formats, protection, records
from fake_procapita.authorities import Answer
from fake_procapita.guard import guarded
from fake_procapita.records import OPEN
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Field, Form, Region, Table, bad_date, check, options, show
from fake_procapita.visit import Visit

SCREEN = "SSBTEK"
PURPOSES = (
    "Ansökan om ekonomiskt bistånd",
    "Uppföljning av pågående ekonomiskt bistånd",
)
LAW = "4 kap. 1 § socialtjänstlagen (2001:453)"
NOT_OPEN = "SSBTEK får bara användas när ärendet är öppet."


async def start(visit: Visit) -> Response:
    """The question; after it was asked (`svar`) also what the parties say."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        people = _people(visit, records.members(connection, case.household_id))
        asked = visit.session.ssbtek if visit.query("svar") else None
        mine = asked is not None and asked["case_number"] == case.case_number and asked["person"] in people
        if asked is None or not mine or case.status != OPEN:
            return _page(visit, case, _empty(visit))
        person = people[asked["person"]]
        visit.look(
            connection,
            SCREEN,
            person_id=person.person_id,
            personnummer=person.personnummer,
            case_number=case.case_number,
        )
        silent = visit.system.chaos.silent_party(person.person_id, [p.code for p in authorities.PARTIES])
        found = authorities.answers(
            connection, person.personnummer, asked["from"], asked["to"], visit.today, silent
        )
    shown = {**asked, "person": formats.personnummer(person.personnummer)}
    return _page(visit, case, shown, answer=_regions(person, asked, found))


async def fetch(visit: Visit) -> Response:
    """Hämta uppgifter: the question is checked and kept; addresses hold no personal data."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        people = _people(visit, records.members(connection, case.household_id))
    asked = {name: visit.word(name) for name in ("person", "from", "to", "purpose")}
    errors: dict[str, str] = {}
    number = formats.typed_personnummer(asked["person"])
    whom = next((key for key, row in people.items() if row.personnummer == number), "")
    if not whom:
        errors["person"] = "Personen ingår inte i hushållet." if number else "Ange personnummer."
    check(errors, "from", bad_date(asked["from"]))
    check(errors, "to", bad_date(asked["to"]))
    if not errors and asked["from"] > asked["to"]:
        errors["to"] = "Periodens slut kan inte ligga före dess början."
    if asked["purpose"] not in PURPOSES:
        errors["purpose"] = "Välj syfte."
    if case.status != OPEN:
        errors[""] = NOT_OPEN
    if errors:
        return _page(visit, case, asked, errors=errors)
    visit.session.ssbtek = {**asked, "person": whom, "case_number": case.case_number}
    return visit.redirect(f"/arende/{case.case_number}/ssbtek?svar=ja")


def _people(visit: Visit, members: list[Row[Any]]) -> dict[str, Row[Any]]:
    return {m.person_id: m for m in members if not protection.is_hidden(m.protection, visit.account)}


def _empty(visit: Visit) -> dict[str, str]:
    first = visit.today.replace(day=1)
    return {"person": "", "from": first.isoformat(), "to": visit.today.isoformat(), "purpose": ""}


def _page(
    visit: Visit,
    case: Row[Any],
    asked: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    answer: list[Region] | None = None,
) -> Response:
    question = Form(
        "Fråga till SSBTEK",
        f"/arende/{case.case_number}/ssbtek",
        "",
        (
            Field("person", "Personidentitet", hint="ååååmmdd-nnnn", width="medium"),
            Field("from", "Period från", hint="åååå-mm-dd", width="short"),
            Field("to", "Period till", hint="åååå-mm-dd", width="short"),
            Field("purpose", "Syfte", "select", options(*PURPOSES, empty="Välj syfte")),
        ),
        submit="Hämta uppgifter",
    )
    return show(
        visit,
        SCREEN,
        case=case,
        search=question,
        values=asked,
        errors=errors,
        regions=answer or (),
        hint=f"Handläggare {visit.account.name}. Ärende {case.case_number}. Lagstöd: {LAW}.",
        alert="" if case.status == OPEN else NOT_OPEN,
    )


def _regions(person: Row[Any], asked: dict[str, str], found: list[Answer]) -> list[Region]:
    about = Region(
        "Frågan",
        (
            ("Fråga om", formats.personnummer(person.personnummer)),
            ("Frågans period", f"{asked['from']}–{asked['to']}"),
            ("Frågans syfte", asked["purpose"]),
        ),
    )
    return [about, *(_region(answer) for answer in found)]


def _region(answer: Answer) -> Region:
    party = answer.party
    if answer.fault:
        return Region(
            party.name,
            (("Svar", "Fel"), ("Feltext", answer.fault)),
            alert=f"Svar saknas från {party.name}.",
        )
    said = "Uppgifter" if answer.values or answer.rows else "Inga uppgifter"
    fields = [("Svar", said), *((name, answer.values.get(name, "")) for name in party.fields)]
    tables = []
    if party.table:
        rows = [[row.get(column, "") for column in party.columns] for row in answer.rows]
        tables.append(Table(f"{party.table} {party.code}", party.columns, rows, "Inga uppgifter."))
    return Region(party.name, fields, tables)


routes = [
    Route("/arende/{case_number}/ssbtek", guarded(start)),
    Route("/arende/{case_number}/ssbtek", guarded(fetch), methods=["POST"]),
]
