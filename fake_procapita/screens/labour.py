"""Arbetsmarknad: the list of all plans, a case's plans and referrals, and sending a new referral."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, cast, func, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, formats, protection, records
from fake_procapita.guard import guarded
from fake_procapita.municipality import REFERRER
from fake_procapita.paging import Paging
from fake_procapita.records import OPEN as CASE_OPEN
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Arbetsmarknad"
GOING = "Pågående"
SENT = "Skickad"
PAGE = 100
EXTENTS = ("25", "50", "75", "100")
_c, _p, _i, _l = db.cases.c, db.people.c, casework.investigations.c, casework.plans.c
#: the columns of Planeringar, and what each sorts by
_COLUMNS: dict[str, list[ColumnElement[Any]]] = {
    "Ärende": [_l.case_number],
    "Personnummer": [_p.personnummer],
    "Namn": [_p.surname, _p.given_name],
    "Skydd": [_p.protection],
    "Försörjningshinder": [_i.hindrance],
    "Godtagbara skäl": [_i.reason],
    "Bedömd arbetsför": [_i.able],
    "Planering": [_l.activity],
    "Omfattning": [cast(_l.extent, Integer)],
    "Ingen robot": [_c.no_robot],
}


async def overview(visit: Visit) -> Response:
    """Planeringar: the going plans in open cases, with what the inquiry says of each person."""
    visit.session.case_visit = ""
    able = visit.query("urval") == "arbetsfora"
    joined = (
        casework.plans.join(db.cases, _c.case_number == _l.case_number)
        .join(db.people, _p.person_id == _l.person_id)
        .join(
            casework.investigations,
            (_i.case_number == _l.case_number) & (_i.person_id == _l.person_id) & (_i.status == GOING),
        )
    )
    condition = (_l.status == GOING) & (_c.status == CASE_OPEN)
    if able:
        condition = condition & (_i.able == "ja")
    query = (
        select(
            casework.plans,
            _p.personnummer,
            _p.given_name,
            _p.surname,
            _p.protection,
            _i.hindrance,
            _i.reason,
            _i.able,
            _c.no_robot,
        )
        .select_from(joined)
        .where(condition)
        .order_by(*sheet.order(visit, *_COLUMNS.values()), _l.case_number, _l.plan_id)
    )
    with visit.begin() as connection:
        total = connection.execute(select(func.count()).select_from(joined).where(condition)).scalar_one()
        paging = Paging(visit.query("sida"), PAGE, total)
        found = connection.execute(query.limit(PAGE).offset(paging.offset)).all()
        visit.look(connection, "Planeringar")
    address = "/arbetsmarknad"
    return show(
        visit,
        "Planeringar",
        tabs=[("Alla", address, not able), ("Bedömda arbetsföra", address + "?urval=arbetsfora", able)],
        tables=[
            Table(
                "Planeringar",
                list(_COLUMNS),
                [_line(visit, row) for row in found],
                "Inga planeringar.",
                paging,
            )
        ],
    )


def _line(visit: Visit, row: Row[Any]) -> list[str | Link]:
    skydd = protection.shown(row.protection, visit.account)
    if protection.is_hidden(row.protection, visit.account):
        return ["", "", "", skydd, "", "", "", "", "", ""]
    return [
        Link(row.case_number, f"/arende/{row.case_number}"),
        formats.personnummer(row.personnummer),
        formats.person_name(row.given_name, row.surname),
        skydd,
        row.hindrance,
        row.reason,
        row.able,
        row.activity,
        percent(row.extent),
        "ja" if row.no_robot == "ja" else "",
    ]


async def of_case(visit: Visit) -> Response:
    """The case's plans and referrals."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        who = records.member_roles(connection, case.household_id, visit.account)
        plans = casework.of_case(connection, casework.plans, case.case_number)
        sent = casework.of_case(connection, casework.referrals, case.case_number)
        inquiries = casework.of_case(connection, casework.investigations, case.case_number)
    tables = [
        Table(
            "Planering",
            (
                "Personnummer",
                "Roll",
                "Planering",
                "Omfattning",
                "Från",
                "Till",
                "Status",
                "Samtycke",
                "Önskad start",
                "Nummer",
            ),
            [
                [
                    *who[r.person_id],
                    r.activity,
                    percent(r.extent),
                    r.start,
                    r.end,
                    r.status,
                    r.consent,
                    r.wanted_start,
                    Link(r.plan_id, f"/planering/{r.plan_id}"),
                ]
                for r in plans
                if r.person_id in who
            ],
            "Ingen planering.",
        ),
        Table(
            "Försörjningshinder",
            (
                "Personnummer",
                "Roll",
                "Försörjningshinder",
                "Godtagbara skäl",
                "Bedömd arbetsför",
                "Från",
                "Till",
            ),
            [
                [*who[r.person_id], r.hindrance, r.reason, r.able, r.start, r.end]
                for r in inquiries
                if r.person_id in who and r.status == GOING
            ],
            "Ingen pågående utredning.",
        ),
        Table(
            "Anvisningar",
            (
                "Anvisning",
                "Personnummer",
                "Roll",
                "Skickad",
                "Önskad start",
                "Gäller till",
                "Omfattning",
                "Status",
            ),
            [
                [r.referral_id, *who[r.person_id], r.sent, r.start, r.end, percent(r.extent), r.status]
                for r in sent
                if r.person_id in who
            ],
            "Inga anvisningar.",
        ),
    ]
    buttons = []
    if visit.account.has(*STAFF, REFERRER):
        buttons.append(Button("Ny anvisning", f"/arende/{case.case_number}/arbetsmarknad/ny"))
    if visit.account.has(*STAFF):
        buttons.append(Button("Ny planering", f"/arende/{case.case_number}/planering/ny"))
    return show(visit, SCREEN, case=case, tables=tables, buttons=buttons)


async def new(visit: Visit) -> Response:
    """The form Ny anvisning."""
    with visit.begin() as connection:
        case, people = _open(visit, connection)
    return sheet.ask(visit, case, _form(case, people), {}, {})


async def send(visit: Visit) -> Response:
    """Skicka: checked, stored, and from then on valid."""
    with visit.begin() as connection:
        case, people = _open(visit, connection)
        person = visit.word("person")
        valid = [
            r
            for r in casework.of_case(connection, casework.referrals, case.case_number)
            if r.person_id == person and r.status == SENT and r.end >= visit.today.isoformat()
        ]
    values = {name: visit.word(name) for name in ("person", "contact", "language", "extent", "start")}
    errors = sheet.lock_errors(visit, case)
    if person not in people:
        errors["person"] = "Välj person."
    elif valid:
        errors["person"] = "Personen har redan en gällande anvisning."
    if not values["contact"]:
        errors["contact"] = "Ange kontaktuppgift."
    if values["extent"] not in EXTENTS:
        errors["extent"] = "Välj omfattning."
    sheet.check(errors, "start", sheet.bad_date(values["start"]))
    if "start" not in errors and values["start"] < visit.today.isoformat():
        errors["start"] = "Önskad start kan inte ligga före i dag."
    if errors:
        return sheet.ask(visit, case, _form(case, people), values, errors)
    number = case.case_number
    year = str(int(values["start"][:4]) + 1)
    row = {
        "person_id": person,
        "sent": visit.today.isoformat(),
        "start": values["start"],
        "end": year + values["start"][4:].replace("02-29", "02-28"),
        "extent": values["extent"],
        "contact": values["contact"],
        "language": values["language"],
        "created_by": visit.account.username,
        "status": SENT,
    }
    key = await visit.save(
        lambda connection: casework.add(connection, casework.referrals, "AN", case_number=number, **row)
    )
    return sheet.done(visit, case, f"Anvisningen {key} är skickad.", f"/arende/{number}/arbetsmarknad")


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], dict[str, str]]:
    case = open_file(visit, connection, SCREEN)
    who = records.member_roles(connection, case.household_id, visit.account)
    return case, {key: role for key, (_, role) in who.items() if role != "Barn"}


def _form(case: Row[Any], people: dict[str, str]) -> Form:
    address = f"/arende/{case.case_number}/arbetsmarknad"
    return Form(
        "Ny anvisning",
        address + "/ny",
        address,
        (
            Field("person", "Person", "select", (("", "Välj person"), *people.items())),
            Field("contact", "Kontaktuppgift", hint="telefon eller e-post"),
            Field("language", "Språk/tolk", width="medium"),
            Field(
                "extent",
                "Omfattning",
                "select",
                (("", "Välj omfattning"), *((value, percent(value)) for value in EXTENTS)),
            ),
            Field("start", "Önskad start", hint="åååå-mm-dd", width="short"),
        ),
        submit="Skicka",
        intro="Till arbetsmarknadsavdelningen. Lämna bara uppgifter som behövs.",
    )


def percent(extent: str) -> str:
    """How an extent is shown."""
    return f"{extent} %" if extent else ""


routes = [
    Route("/arbetsmarknad", guarded(overview)),
    Route("/arende/{case_number}/arbetsmarknad", guarded(of_case)),
    Route("/arende/{case_number}/arbetsmarknad/ny", guarded(new, *STAFF, REFERRER, keeps_locks=True)),
    Route("/arende/{case_number}/arbetsmarknad/ny", guarded(send, *STAFF, REFERRER), methods=["POST"]),
]
