"""Beslutslista: all cases' decisions and proposals, by month and status, with what came of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, cast, func, select
from starlette.routing import Route

from fake_procapita import casework, db, formats, protection
from fake_procapita.guard import guarded
from fake_procapita.screens.applications import CANCELLED as APPLICATION_CANCELLED
from fake_procapita.screens.decisions import PROPOSAL, REFUSED, VALID
from fake_procapita.screens.months import MonthList
from fake_procapita.screens.payments import CANCELLED
from fake_procapita.screens.sheet import Link
from fake_procapita.system import DECISION_READERS
from fake_procapita.visit import Visit

SCREEN = "Beslutslista"
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


_LIST = MonthList(
    SCREEN, "/beslutslista", TABS, casework.decisions, _ALL, _MONTH, _COLUMNS, _d.decision_id, _line,
    "Inga beslut.",
)  # fmt: skip
routes = [Route("/beslutslista", guarded(_LIST.page, *DECISION_READERS))]
