"""Aktualisering: the list of all, those of a case, one with its rows and receipts, and its handling.

A protected row of the list says that there is one and how it came, nothing of whom or what it is about.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, formats, protection, records
from fake_procapita.guard import guarded
from fake_procapita.municipality import INTAKE
from fake_procapita.paging import Paging
from fake_procapita.problems import NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file, open_record
from fake_procapita.screens.sheet import Button, Link, Table, show
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

SCREEN = "Aktualisering"
NEW, INQUIRED, CANCELLED = "Ny", "Under utredning", "Makulerad"
PAGE = 50
_a, _c, _h, _p = casework.applications.c, db.cases.c, db.households.c, db.people.c
_ALL = select(casework.applications, _p.personnummer, _p.given_name, _p.surname, _p.protection).select_from(
    casework.applications.join(db.cases, _c.case_number == _a.case_number)
    .join(db.households, _h.household_id == _c.household_id)
    .join(db.people, _p.person_id == _h.registerledare)
)
_ITEMS = (
    select(func.group_concat(casework.application_rows.c.item))
    .where(casework.application_rows.c.application_id == _a.application_id)
    .scalar_subquery()
)
#: the columns of Aktualiseringar, and what each sorts by
_COLUMNS: dict[str, list[ColumnElement[Any]]] = {
    "Aktualisering": [_a.application_id],
    "Datum": [_a.date],
    "Typ": [_a.type],
    "Avser": [_a.month],
    "Poster": [_ITEMS],
    "Ärende": [_a.case_number],
    "Personnummer": [_p.personnummer],
    "Namn": [_p.surname, _p.given_name],
    "Skydd": [_p.protection],
    "Handläggare": [_a.caseworker],
    "Sätt": [_a.channel],
    "Status": [_a.status],
}


async def overview(visit: Visit) -> Response:
    """Aktualiseringar: those not yet handled, or all, the oldest first."""
    visit.session.case_visit = ""
    everything = visit.query("urval") == "alla"
    condition = _a.id > 0 if everything else _a.status == NEW
    with visit.begin() as connection:
        total = connection.execute(
            select(func.count()).select_from(casework.applications).where(condition)
        ).scalar_one()
        paging = Paging(visit.query("sida"), PAGE, total)
        order = [*sheet.order(visit, *_COLUMNS.values()), _a.date, _a.application_id]
        query = _ALL.where(condition).order_by(*order).limit(PAGE).offset(paging.offset)
        found = connection.execute(query).all()
        visit.look(connection, "Aktualiseringar")
        items = _items(connection, [row.application_id for row in found])
    return show(
        visit,
        "Aktualiseringar",
        tabs=[
            ("Nya", "/aktualiseringar", not everything),
            ("Alla", "/aktualiseringar?urval=alla", everything),
        ],
        tables=[
            Table(
                "Aktualiseringar",
                list(_COLUMNS),
                [_line(visit, row, items.get(row.application_id, "")) for row in found],
                "Inga aktualiseringar.",
                paging,
            )
        ],
    )


def _line(visit: Visit, row: Row[Any], items: str) -> list[str | Link]:
    if protection.is_hidden(row.protection, visit.account):
        return [
            "",
            row.date,
            row.type,
            "",
            "",
            "",
            "",
            "",
            protection.shown(row.protection, visit.account),
            "",
            row.channel,
            row.status,
        ]
    return [
        Link(row.application_id, f"/aktualisering/{row.application_id}"),
        row.date,
        row.type,
        row.month,
        items,
        Link(row.case_number, f"/arende/{row.case_number}"),
        formats.personnummer(row.personnummer),
        formats.person_name(row.given_name, row.surname),
        protection.shown(row.protection, visit.account),
        visit.system.municipality.name_of(row.caseworker),
        row.channel,
        row.status,
    ]


def _items(connection: Connection, ids: list[str]) -> dict[str, str]:
    """The kinds of what is applied for, of each application, as one text."""
    t = casework.application_rows.c
    query = select(t.application_id, t.item).where(t.application_id.in_(ids)).order_by(t.id)
    found: dict[str, list[str]] = {}
    for application_id, item in connection.execute(query):
        kinds = found.setdefault(application_id, [])
        if item not in kinds:
            kinds.append(item)
    return {application_id: ", ".join(kinds) for application_id, kinds in found.items()}


async def of_case(visit: Visit) -> Response:
    """The applications of one case, the newest first."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        found = casework.of_case(connection, casework.applications, case.case_number, newest="date")
    buttons = []
    if visit.account.has(*STAFF, INTAKE):
        buttons.append(Button("Ny", f"/arende/{case.case_number}/aktualisering/ny"))
    rows: list[list[str | Link]] = [
        [
            Link(r.application_id, f"/aktualisering/{r.application_id}"),
            r.date,
            r.type,
            r.month,
            r.channel,
            r.number,
            r.status,
        ]
        for r in found
    ]
    columns = ("Aktualisering", "Datum", "Typ", "Avser", "Sätt", "Ansökningsnummer", "Status")
    table = Table("Aktualiseringar", columns, rows, "Inga aktualiseringar.")
    return show(visit, SCREEN, case=case, tables=[table], buttons=buttons)


async def one(visit: Visit) -> Response:
    """One application: what is applied for, what is stated, and the receipts."""
    with visit.begin() as connection:
        found, case = _open(visit, connection)
        who = records.member_roles(connection, case.household_id, visit.account)
        key = {"application_id": found.application_id}
        rows = casework.rows(connection, casework.application_rows, **key)
        facts = casework.rows(connection, casework.application_facts, **key)
        receipts = casework.rows(connection, casework.receipts, **key)
    tables = [
        Table(
            "Sökta poster",
            ("Personnummer", "Roll", "Post", "Datum", "Belopp"),
            [
                [*who[r.person_id], r.item, r.date, formats.kronor(r.amount)]
                for r in rows
                if r.person_id in who
            ],
            "Inga poster.",
        ),
        Table(
            "Lämnade uppgifter",
            ("Personnummer", "Roll", "Uppgift", "Värde"),
            [[*who[r.person_id], r.subject, r.value] for r in facts if r.person_id in who],
            "Inga uppgifter.",
        ),
        Table(
            "Kvitton",
            ("Personnummer", "Roll", "Datum", "Läkemedel", "Belopp", "Inom förmånen"),
            [
                [*who[r.person_id], r.date, r.item, formats.kronor(r.amount), r.benefit]
                for r in receipts
                if r.person_id in who
            ],
            "Inga kvitton.",
        ),
    ]
    address = f"/aktualisering/{found.application_id}"
    buttons = []
    if visit.account.has(*STAFF) and found.status == NEW:
        buttons = [
            Button("Inled utredning", address + "/utredning", posts=True),
            Button("Makulera", address + "/makulera", posts=True),
        ]
    fields = [
        ("Aktualisering", found.application_id),
        ("Typ", found.type),
        ("Datum", found.date),
        ("Orsak", found.reason),
        ("Avser", found.month),
        ("Från vem", found.sender),
        ("Sätt", found.channel),
        ("Ansökningsnummer", found.number),
        ("Handläggare", visit.system.municipality.name_of(found.caseworker)),
        ("Enhet", found.unit),
        ("Status", found.status),
    ]
    return show(visit, SCREEN, case=case, fields=fields, tables=tables, buttons=buttons)


async def inquire(visit: Visit) -> Response:
    """Inled utredning."""
    return await _move(visit, INQUIRED, "Utredningen är inledd.")


async def cancel(visit: Visit) -> Response:
    """Makulera."""
    return await _move(visit, CANCELLED, "Aktualiseringen är makulerad.")


async def _move(visit: Visit, status: str, message: str) -> Response:
    with visit.begin() as connection:
        found, case = _open(visit, connection)
    if found.status != NEW:
        raise NotFound
    address = f"/aktualisering/{found.application_id}"
    if back := sheet.refused(visit, case, address):
        return back

    def work(connection: Connection) -> None:
        casework.change(connection, casework.applications, found.application_id, status=status)
        if status == INQUIRED:
            casework.add(
                connection,
                casework.investigations,
                "U",
                case_number=case.case_number,
                person_id=case.registerledare,
                type="Ekonomiskt bistånd",
                start=visit.today.isoformat(),
                status="Pågående",
            )

    await visit.save(work)
    visit.say(message)
    return visit.redirect(address)


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    return open_record(visit, connection, SCREEN, casework.applications)


routes = [
    Route("/aktualiseringar", guarded(overview)),
    Route("/arende/{case_number}/aktualisering", guarded(of_case)),
    Route("/aktualisering/{application_id}", guarded(one)),
    Route("/aktualisering/{application_id}/utredning", guarded(inquire, *STAFF), methods=["POST"]),
    Route("/aktualisering/{application_id}/makulera", guarded(cancel, *STAFF), methods=["POST"]),
]
