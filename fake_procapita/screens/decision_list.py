"""Beslutslista: all cases' decisions and proposals, by month and status, with what came of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, and_, cast, func, select, true
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, formats, protection
from fake_procapita.guard import guarded
from fake_procapita.paging import Paging
from fake_procapita.screens import sheet
from fake_procapita.screens.applications import CANCELLED as APPLICATION_CANCELLED
from fake_procapita.screens.decisions import PROPOSAL, REFUSED, VALID
from fake_procapita.screens.months import Month
from fake_procapita.screens.payments import CANCELLED
from fake_procapita.screens.sheet import Link, Table, show
from fake_procapita.system import DECISION_READERS
from fake_procapita.visit import Visit

SCREEN = "Beslutslista"
PAGE = 100
_a, _d, _u = casework.applications.c, casework.decisions.c, casework.payments.c
_c, _h, _p = db.cases.c, db.households.c, db.people.c
_MONTH = func.substr(_d.start, 1, 7)
_others = casework.applications.alias().c
#: the case's latest application for the month
_APPLIED = (
    select(func.max(_others.id))
    .where(
        _others.case_number == _d.case_number,
        _others.month == _MONTH,
        _others.type == "Ansökan",
        _others.status != APPLICATION_CANCELLED,
    )
    .correlate(casework.decisions)
    .scalar_subquery()
)
_PAID = (
    select(func.max(_u.payment_id))
    .where(_u.case_number == _d.case_number, _u.decision_id == _d.decision_id, _u.status != CANCELLED)
    .correlate(casework.decisions)
    .scalar_subquery()
)
_JOINED = (
    casework.decisions.join(db.cases, _c.case_number == _d.case_number)
    .join(db.households, _h.household_id == _c.household_id)
    .join(db.people, _p.person_id == _h.registerledare)
    .outerjoin(casework.applications, _a.id == _APPLIED)
)
_ALL = select(
    casework.decisions,
    _MONTH.label("month"),
    _a.application_id,
    _a.date.label("received"),
    _a.channel,
    _PAID.label("payment_id"),
    _p.personnummer,
    _p.protection,
).select_from(_JOINED)
#: the tabs by their part of the address, and the status that each shows
TABS = {
    "forslag": ("Förslag", PROPOSAL),
    "gallande": ("Gällande", VALID),
    "avvisade": ("Avvisade", REFUSED),
    "alla": ("Alla", ""),
}
#: the columns, and what each sorts by
_COLUMNS: dict[str, ColumnElement[Any]] = {
    "Beslut": _d.decision_id,
    "Ärende": _d.case_number,
    "Personnummer": _p.personnummer,
    "Skydd": _p.protection,
    "Avser": _MONTH,
    "Ansökan": _a.application_id,
    "Inkom": _a.date,
    "Sätt": _a.channel,
    "Datum": _d.date,
    "Resultat": _d.result,
    "Belopp": cast(_d.amount, Integer),
    "Status": _d.status,
    "Föreslaget av": _d.proposed_by,
    "Beslutad av": _d.decided_by,
    "Beslutad den": _d.decided_on,
    "Skäl": _d.reason,
    "Utbetalning": _PAID,
}


async def overview(visit: Visit) -> Response:
    """One page of the list, the oldest first."""
    visit.session.case_visit = ""
    tab = visit.query("urval") if visit.query("urval") in TABS else "forslag"
    month = Month(visit)
    chosen = and_(_d.status == TABS[tab][1] if TABS[tab][1] else true(), month.condition(_MONTH))
    counted = select(func.count()).select_from(casework.decisions).where(chosen)
    order = [*sheet.order(visit, *([column] for column in _COLUMNS.values())), _d.decision_id]
    with visit.begin() as connection:
        paging = Paging(visit.query("sida"), PAGE, connection.execute(counted).scalar_one())
        page = _ALL.where(chosen).order_by(*order).limit(PAGE).offset(paging.offset)
        found = connection.execute(page).all()
        visit.look(connection, SCREEN)
    rows = [_line(visit, row) for row in found]
    return show(
        visit,
        SCREEN,
        tabs=[(text, month.address("/beslutslista", key), key == tab) for key, (text, _) in TABS.items()],
        search=month.form("/beslutslista", tab),
        values=month.values,
        errors=month.errors,
        tables=[Table(SCREEN, list(_COLUMNS), rows, "Inga beslut.", paging)],
    )


def _line(visit: Visit, row: Row[Any]) -> list[str | Link]:
    shown = protection.shown(row.protection, visit.account)
    if protection.is_hidden(row.protection, visit.account):
        return [shown if column == "Skydd" else "" for column in _COLUMNS]
    name = visit.system.municipality.name_of
    return [
        Link(row.decision_id, f"/beslut/{row.decision_id}"),
        Link(row.case_number, f"/arende/{row.case_number}"),
        formats.personnummer(row.personnummer),
        shown,
        row.month,
        row.application_id or "",
        row.received or "",
        row.channel or "",
        row.date,
        row.result,
        formats.kronor(row.amount),
        row.status,
        name(row.proposed_by),
        name(row.decided_by),
        row.decided_on,
        formats.shortened(row.reason),
        Link(row.payment_id, f"/utbetalning/{row.payment_id}") if row.payment_id else "",
    ]


routes = [Route("/beslutslista", guarded(overview, *DECISION_READERS))]
