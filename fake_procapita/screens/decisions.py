"""Beslut: the decisions of a case, proposals and who approves them, återkrav and överklaganden."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, update
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, delegation, formats
from fake_procapita.guard import guarded
from fake_procapita.municipality import LEADER, ROBOT
from fake_procapita.problems import NotAllowed, NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file, open_record
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Beslut"
TYPES = ("Ekonomiskt bistånd",)
GRANTED = ("Bifall", "Delavslag")
RESULTS = (*GRANTED, "Avslag")
PROPOSAL, VALID, REFUSED = "Förslag", "Gällande", delegation.REFUSED
NO_REASON = "Ange skäl."
_NAMES = ("type", "start", "end", "result", "amount", "motivation")


async def of_case(visit: Visit) -> Response:
    """The decisions, the newest first."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        found = casework.of_case(connection, casework.decisions, case.case_number, newest="start")
        claims = casework.of_case(connection, casework.claims, case.case_number, newest="date")
    name = visit.system.municipality.name_of
    decisions = Table(
        "Beslut",
        ("Beslut", "Typ", "Datum", "Från", "Till", "Resultat", "Belopp", "Beslutsfattare", "Status"),
        [
            [
                Link(r.decision_id, f"/beslut/{r.decision_id}"),
                r.type,
                r.date,
                r.start,
                r.end,
                r.result,
                formats.kronor(r.amount),
                name(r.decided_by),
                r.status,
            ]
            for r in found
        ],
        "Inga beslut.",
    )
    others = Table(
        "Återkrav och överklaganden",
        ("Nummer", "Typ", "Datum", "Status"),
        [[r.claim_id, r.kind, r.date, r.status] for r in claims],
        "Inga återkrav eller överklaganden.",
    )
    buttons = []
    if visit.account.has(*STAFF, ROBOT):
        buttons.append(Button("Nytt förslag", f"/arende/{case.case_number}/beslut/ny"))
    return show(visit, SCREEN, case=case, tables=[decisions, others], buttons=buttons)


async def one(visit: Visit) -> Response:
    """One decision with its reasons."""
    return _page(visit)


def _page(visit: Visit, alert: str = "") -> Response:
    robots = visit.system.municipality.robots()
    with visit.begin() as connection:
        found, case = _open(visit, connection)
        if visit.account.has(LEADER):
            mine = {"decision_id": found.decision_id, "username": visit.account.username}
            if not casework.rows(connection, casework.openings, **mine):
                connection.execute(casework.openings.insert(), mine)
        more = [
            ("Underlag", delegation.reasoning(connection, found)),
            ("Öppna uppgifter", "\n".join(delegation.findings(connection, found))),
            ("Flaggor", delegation.flags(connection, found)),
            ("Fritext i ansökan", delegation.free_text(connection, found)),
        ]
        if delegation.is_refusal(found):
            more.append(("Kommunicering", delegation.communication(connection, found, robots)))
        exempt = delegation.exempt(connection, found)
    address = f"/beslut/{found.decision_id}"
    buttons = []
    if found.status == PROPOSAL and _may_decide(visit, found):
        buttons = [
            Button("Godkänn", address + "/godkann", posts=True),
            Button("Avvisa", address + "/avvisa"),
        ]
    if _may_exempt(visit, found) and not exempt:
        buttons.append(Button("Uppenbart obehövligt", address + "/obehovligt"))
    name = visit.system.municipality.name_of
    fields = [
        ("Beslut", found.decision_id),
        ("Typ", found.type),
        ("Datum", found.date),
        ("Från", found.start),
        ("Till", found.end),
        ("Resultat", found.result),
        ("Belopp", formats.kronor(found.amount)),
        ("Motivering", found.motivation),
        ("Föreslaget av", name(found.proposed_by)),
        ("Beslutad av", name(found.decided_by)),
        ("Beslutad den", found.decided_on),
        ("Status", found.status),
        *((("Skäl till avvisning", found.reason),) if found.status == REFUSED else ()),
        *(more if found.status == PROPOSAL else ()),
    ]
    return show(visit, SCREEN, case=case, fields=fields, buttons=buttons, alert=alert)


async def new(visit: Visit) -> Response:
    """The form Nytt beslutsförslag."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    return sheet.ask(visit, case, _form(case), {}, {})


async def propose(visit: Visit) -> Response:
    """Spara förslag."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    values = {name: visit.word(name) for name in _NAMES}
    flags = visit.word("flags")
    values["amount"] = values["amount"].replace(" ", "")
    errors = sheet.lock_errors(visit, case)
    if values["type"] not in TYPES:
        errors["type"] = "Välj typ."
    sheet.check(errors, "start", sheet.bad_date(values["start"]))
    sheet.check(errors, "end", sheet.bad_date(values["end"]))
    if not errors.keys() & {"start", "end"} and values["end"] < values["start"]:
        errors["end"] = "Till kan inte ligga före Från."
    if values["result"] not in RESULTS:
        errors["result"] = "Välj resultat."
    if not values["amount"].isdecimal():
        errors["amount"] = "Ange beloppet i hela kronor."
    if values["result"] not in ("", "Bifall") and not values["motivation"]:
        errors["motivation"] = "Ange motivering."
    if errors:
        return sheet.ask(visit, case, _form(case), {**values, "flags": flags}, errors)
    more = {
        "case_number": case.case_number,
        "date": visit.today.isoformat(),
        "status": PROPOSAL,
        "proposed_by": visit.account.username,
    }

    def work(connection: Connection) -> str:
        key = casework.add(connection, casework.decisions, "BE", **values, **more)
        connection.execute(casework.proposals.insert(), {"decision_id": key, "flags": flags})
        return key

    key = await visit.save(work)
    return sheet.done(visit, case, "Förslaget är sparat.", f"/beslut/{key}")


async def exempt_form(visit: Visit) -> Response:
    """The form that says why a refusal need not be communicated first."""
    with visit.begin() as connection:
        found, case = _open(visit, connection)
    if not _may_exempt(visit, found):
        raise NotFound
    return sheet.ask(visit, case, _exempt_form(found), {}, {})


async def exempt(visit: Visit) -> Response:
    with visit.begin() as connection:
        found, case = _open(visit, connection)
    if not _may_exempt(visit, found):
        raise NotFound
    reason = visit.word("exempt")
    errors = sheet.lock_errors(visit, case)
    if not reason:
        errors["exempt"] = NO_REASON
    if errors:
        return sheet.ask(visit, case, _exempt_form(found), {}, errors)
    key, username = found.decision_id, visit.account.username

    def work(connection: Connection) -> None:
        proposals = casework.proposals
        flags = delegation.flags(connection, found)
        connection.execute(proposals.delete().where(proposals.c.decision_id == key))
        row = {"decision_id": key, "flags": flags, "exempt": reason, "exempt_by": username}
        connection.execute(proposals.insert(), row)

    await visit.save(work)
    return sheet.done(visit, case, "Skälet är sparat.", f"/beslut/{key}")


async def approve(visit: Visit) -> Response:
    """Godkänn: a person, and not the one who proposed. The decided period moves on Ärende too."""
    username, today = visit.account.username, visit.today
    with visit.begin() as connection:
        found, case = _undecided(visit, connection)
        hindrance = delegation.hindrance(
            connection, found, username, today, visit.system.municipality.robots()
        )
    address = f"/beslut/{found.decision_id}"
    if back := sheet.refused(visit, case, address):
        return back
    if hindrance:
        return _page(visit, hindrance)
    await visit.save(lambda connection: settle(connection, found, VALID, username, today))
    visit.say("Beslutet är godkänt.")
    return visit.redirect(address)


async def refuse_form(visit: Visit) -> Response:
    """The form that asks why a proposal is refused."""
    with visit.begin() as connection:
        found, case = _undecided(visit, connection)
    return sheet.ask(visit, case, _refuse_form(found), {}, {})


async def refuse(visit: Visit) -> Response:
    """Avvisa."""
    with visit.begin() as connection:
        found, case = _undecided(visit, connection)
    username, today, reason = visit.account.username, visit.today, visit.word("reason")
    errors = sheet.lock_errors(visit, case)
    if not reason:
        errors["reason"] = NO_REASON
    if errors:
        return sheet.ask(visit, case, _refuse_form(found), {}, errors)
    await visit.save(lambda connection: settle(connection, found, REFUSED, username, today, reason))
    return sheet.done(visit, case, "Förslaget är avvisat.", f"/beslut/{found.decision_id}")


def _undecided(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    """The proposal in the address, and its case; for those who may decide it."""
    found, case = _open(visit, connection)
    if found.status != PROPOSAL:
        raise NotFound
    if not _may_decide(visit, found):
        raise NotAllowed
    return found, case


def settle(
    connection: Connection, found: Row[Any], status: str, username: str, today: date, reason: str = ""
) -> None:
    """Decide a proposal, once; the period of a valid decision becomes the case's."""
    mine, day = casework.decisions.c, today.isoformat()
    decided = (
        update(casework.decisions)
        .where(mine.decision_id == found.decision_id, mine.status == PROPOSAL)
        .values(status=status, decided_by=username, date=day, decided_on=day, reason=reason)
    )
    if connection.execute(decided).rowcount and status == VALID:
        cases = db.cases.c
        change = update(db.cases).where(cases.case_number == found.case_number)
        latest = func.max(cases.latest, found.end)
        connection.execute(change.values(decided_from=found.start, decided_to=found.end, latest=latest))


def _may_decide(visit: Visit, found: Row[Any]) -> bool:
    return visit.account.has(LEADER) and found.proposed_by != visit.account.username


def _refuse_form(found: Row[Any]) -> Form:
    address = f"/beslut/{found.decision_id}"
    fields = (Field("reason", "Skäl"),)
    return Form("Avvisa förslag", address + "/avvisa", address, fields, submit="Avvisa")


def _may_exempt(visit: Visit, found: Row[Any]) -> bool:
    return found.status == PROPOSAL and delegation.is_refusal(found) and visit.account.has(*STAFF)


def _exempt_form(found: Row[Any]) -> Form:
    address = f"/beslut/{found.decision_id}"
    fields = (Field("exempt", "Skäl"),)
    intro = "Avslaget får godkännas utan att uppgifterna har kommunicerats med den enskilde."
    return Form("Kommunicering uppenbart obehövlig", address + "/obehovligt", address, fields, intro=intro)


def _form(case: Row[Any]) -> Form:
    address = f"/arende/{case.case_number}/beslut"
    return Form(
        "Nytt beslutsförslag",
        address + "/ny",
        address,
        (
            Field("type", "Typ", "select", options(*TYPES, empty="Välj typ")),
            Field("start", "Från", hint="åååå-mm-dd", width="short"),
            Field("end", "Till", hint="åååå-mm-dd", width="short"),
            Field("result", "Resultat", "select", options(*RESULTS, empty="Välj resultat")),
            Field("amount", "Belopp", hint="kronor", width="short"),
            Field("motivation", "Motivering", "area"),
            Field("flags", "Flaggor", hint="det som delegaten ska titta på"),
        ),
        submit="Spara förslag",
    )


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    return open_record(visit, connection, SCREEN, casework.decisions)


routes = [
    Route("/arende/{case_number}/beslut", guarded(of_case)),
    Route("/arende/{case_number}/beslut/ny", guarded(new, *STAFF, ROBOT, keeps_locks=True)),
    Route("/arende/{case_number}/beslut/ny", guarded(propose, *STAFF, ROBOT), methods=["POST"]),
    Route("/beslut/{decision_id}", guarded(one)),
    Route("/beslut/{decision_id}/obehovligt", guarded(exempt_form, *STAFF, keeps_locks=True)),
    Route("/beslut/{decision_id}/obehovligt", guarded(exempt, *STAFF), methods=["POST"]),
    Route("/beslut/{decision_id}/godkann", guarded(approve, LEADER), methods=["POST"]),
    Route("/beslut/{decision_id}/avvisa", guarded(refuse_form, LEADER, keeps_locks=True)),
    Route("/beslut/{decision_id}/avvisa", guarded(refuse, LEADER), methods=["POST"]),
]
