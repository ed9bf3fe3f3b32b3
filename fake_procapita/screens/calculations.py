"""Beräkning: the calculations of a case, what has been approved, and one calculation with its tabs."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, formats, norm, records
from fake_procapita.guard import guarded
from fake_procapita.municipality import ROBOT
from fake_procapita.problems import NotFound
from fake_procapita.screens.case import open_file, open_record
from fake_procapita.screens.sheet import Button, Link, Table, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Beräkning"
DRAFT, DONE = "Pågående", "Slutförd"
#: stays without a case, so that its number is never given to another
REMOVED = "Borttagen"
EXPENSE, OTHER = "Utgift", casework.OTHER
TABS = {
    "familj": "Familj",
    "gemensamma": "Gemensamma kostnader",
    "inkomster": "Inkomster",
    "utgifter": "Utgifter",
    "ovrigt": "Levnadskostnader i övrigt",
    "resultat": "Resultat",
}
_k, _e = casework.calculations.c, casework.expenses.c


async def of_case(visit: Visit) -> Response:
    """The calculations, and every expense that was judged in one of them, by person and month."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        who = records.member_roles(connection, case.household_id, visit.account)
        found = casework.of_case(connection, casework.calculations, case.case_number, newest="start")
        spent = connection.execute(
            select(casework.expenses, _k.start.label("month"))
            .join(casework.calculations, _k.calculation_id == _e.calculation_id)
            .where(_k.case_number == case.case_number, _k.status == DONE)
            .order_by(_e.date, _e.id)
        ).all()
    name = visit.system.municipality.name_of
    calculations = Table(
        "Beräkningar",
        ("Beräkning", "Från", "Till", "Avser ansökan", "Resultat", "Upprättad av", "Status"),
        [
            [
                Link(r.calculation_id, f"/berakning/{r.calculation_id}"),
                r.start,
                r.end,
                r.application_id,
                formats.kronor(r.result),
                name(r.created_by),
                r.status,
            ]
            for r in found
        ],
        "Inga beräkningar.",
    )
    expenses = Table(
        "Bedömda utgifter",
        ("Månad", "Datum", "Personnummer", "Roll", "Post", "Ansökt", "Godkänt", "Anmärkning"),
        [
            [
                r.month[:7],
                r.date,
                *who[r.person_id],
                r.item,
                formats.kronor(r.applied),
                formats.kronor(r.approved),
                r.remark,
            ]
            for r in spent
            if r.person_id in who
        ],
        "Inga utgifter.",
    )
    buttons = []
    if visit.account.has(*STAFF, ROBOT):
        buttons.append(Button("Ny beräkning", f"/arende/{case.case_number}/berakning/ny"))
    return show(visit, SCREEN, case=case, tables=[calculations, expenses], buttons=buttons)


async def one(visit: Visit) -> Response:
    """One calculation. The chosen tab is a part of the address, and kept while the session lasts."""
    tab = visit.query("flik", visit.session.calculation_tab)
    with visit.begin() as connection:
        found, case, who = open_calculation(visit, connection)
        if tab not in TABS:
            raise NotFound
        content = _tab(connection, tab, found, case, who)
    visit.session.calculation_tab = tab
    address = f"/berakning/{found.calculation_id}"
    fields = [
        ("Beräkning", found.calculation_id),
        ("Norm", "Riksnorm"),
        ("Från", found.start),
        ("Till", found.end),
        ("Avser ansökan", found.application_id),
        ("Upprättad av", visit.system.municipality.name_of(found.created_by)),
        ("Status", found.status),
    ]
    if tab == "gemensamma":
        fields.append(("Gemensamma hushållskostnader", formats.kronor(found.shared)))
    if tab == "resultat":
        fields += [
            ("Personliga kostnader", formats.kronor(found.personal)),
            ("Gemensamma hushållskostnader", formats.kronor(found.shared)),
            ("Godkända utgifter", formats.kronor(found.expenses)),
            ("Inkomster", formats.kronor(found.income)),
            ("Underskott", formats.kronor(found.result)),
        ]
    tabs = [(text, f"{address}?flik={key}", key == tab) for key, text in TABS.items()]
    buttons = []
    if found.status == DRAFT and visit.account.has(*STAFF, ROBOT):
        buttons = [
            Button("Lägg till rad", f"{address}/rad"),
            Button("Beräkna", f"{address}/berakna", posts=True),
            Button("Slutför", f"{address}/slutfor", posts=True),
        ]
        if may_remove(visit, found):
            buttons.append(Button("Ta bort", f"{address}/ta-bort", posts=True))
    return show(visit, SCREEN, case=case, fields=fields, tabs=tabs, tables=content, buttons=buttons)


def may_remove(visit: Visit, found: Row[Any]) -> bool:
    """A person, or the robot that made it, whichever of its accounts it did it with."""
    mine, theirs = visit.account.username, str(found.created_by)
    same = mine.rpartition("-")[0] == theirs.rpartition("-")[0]
    return visit.account.has(*STAFF) or (visit.account.has(ROBOT) and same)


def open_calculation(
    visit: Visit, connection: Connection
) -> tuple[Row[Any], Row[Any], dict[str, tuple[str, str]]]:
    """The calculation in the address, its case, and the members whom the account may see."""
    found, case = open_record(visit, connection, SCREEN, casework.calculations)
    return found, case, records.member_roles(connection, case.household_id, visit.account)


def _family(connection: Connection, found: Row[Any], case: Row[Any], who: dict[str, Any]) -> Table:
    """Who the calculation is about, in which group of the norm, from when and for how many days."""
    first, last = date.fromisoformat(found.start), date.fromisoformat(found.end)
    members = records.members(connection, case.household_id)
    couple = sum(member.role != "Barn" for member in members) == 2
    rows = []
    for member in members:
        if member.person_id not in who:
            continue
        group = (
            ("Par" if couple else "Ensam")
            if member.role != "Barn"
            else norm.interval(member.personnummer, first)
        )
        days = member.days or str((last - first).days + 1)
        rows.append([*who[member.person_id], group, found.start, found.end, days])
    return Table(
        "Familj", ("Personnummer", "Roll", "Normintervall", "Ingår från", "Ingår till", "Dagar"), rows
    )


def _tab(
    connection: Connection, tab: str, found: Row[Any], case: Row[Any], who: dict[str, tuple[str, str]]
) -> list[Table]:
    key = {"calculation_id": found.calculation_id}
    if tab == "familj":
        return [_family(connection, found, case, who)]
    if tab == "inkomster":
        rows = [
            [*who[r.person_id], r.item, r.date, formats.kronor(r.amount), _whose(who[r.person_id][1])]
            for r in casework.rows(connection, casework.incomes, **key)
            if r.person_id in who
        ]
        return [
            Table(
                "Inkomster",
                ("Personnummer", "Roll", "Inkomst", "Datum", "Belopp", "S/M"),
                rows,
                "Inga inkomster.",
            )
        ]
    if tab in ("utgifter", "ovrigt"):
        rows = [
            [
                *who[r.person_id],
                r.item,
                r.date,
                formats.kronor(r.applied),
                formats.kronor(r.approved),
                r.remark,
            ]
            for r in casework.rows(connection, casework.expenses, **key)
            if r.person_id in who and (r.kind == OTHER) == (tab == "ovrigt")
        ]
        columns = ("Personnummer", "Roll", "Post", "Datum", "Ansökt", "Godkänt", "Anmärkning")
        return [Table(TABS[tab], columns, rows, "Inga utgifter.")]
    return []


def _whose(role: str) -> str:
    """S for the applicant, M for the co-applicant."""
    return {"Registerledare": "S", "Medsökande": "M"}.get(role, "")


routes = [
    Route("/arende/{case_number}/berakning", guarded(of_case)),
    Route("/berakning/{calculation_id}", guarded(one)),
]
