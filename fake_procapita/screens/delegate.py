"""Delegatvy: the proposals that wait for a delegate, who may approve the plain ones together.

Avslag, and every tenth proposal, must have been opened by the delegate first; avslag is approved one by one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, formats, protection
from fake_procapita.guard import guarded
from fake_procapita.municipality import LEADER
from fake_procapita.screens import decisions
from fake_procapita.screens.decisions import PROPOSAL, REFUSED, VALID
from fake_procapita.visit import Visit

SCREEN = "Delegatvy"
_d, _c, _h, _p, _a = casework.decisions.c, db.cases.c, db.households.c, db.people.c, db.activities.c
_WAITING = (
    select(casework.decisions, _p.personnummer, _p.given_name, _p.surname, _p.protection, _p.person_id)
    .select_from(
        casework.decisions.join(db.cases, _c.case_number == _d.case_number)
        .join(db.households, _h.household_id == _c.household_id)
        .join(db.people, _p.person_id == _h.registerledare)
    )
    .where(_d.status == PROPOSAL)
    .order_by(_d.decision_id)
)


async def overview(visit: Visit) -> Response:
    """The proposals of others, with what the delegate needs to see."""
    with visit.begin() as connection:
        rows = [_line(visit, connection, row) for row in _waiting(visit, connection)]
    return visit.render("delegate.html", rows=rows, form_token=visit.new_form())


async def approve(visit: Visit) -> Response:
    """Godkänn markerade: those that may be; says how many are left."""
    return await _settle(visit, VALID)


async def refuse(visit: Visit) -> Response:
    """Avvisa markerade."""
    return await _settle(visit, REFUSED)


async def _settle(visit: Visit, status: str) -> Response:
    chosen = {value for value in visit.form.getlist("beslut") if isinstance(value, str)}
    with visit.begin() as connection:
        marked = [row for row in _waiting(visit, connection) if row.decision_id in chosen]
        ready = [
            row for row in marked if status == REFUSED or not _hindrance(visit, connection, row, len(marked))
        ]

    def work(connection: Connection) -> None:
        for row in ready:
            decisions.settle(connection, row, status, visit.account.username, visit.today)

    await visit.save(work)
    left = len(marked) - len(ready)
    word = "godkända" if status == VALID else "avvisade"
    visit.say(
        f"{len(ready)} beslut är {word}."
        + (f" {left} ska öppnas eller godkännas ett och ett." if left else "")
    )
    return visit.redirect("/delegat")


def _waiting(visit: Visit, connection: Connection) -> list[Row[Any]]:
    return [
        row
        for row in connection.execute(_WAITING)
        if row.proposed_by != visit.account.username
        and not protection.is_hidden(row.protection, visit.account)
    ]


def _line(visit: Visit, connection: Connection, row: Row[Any]) -> dict[str, str]:
    visit.look(
        connection,
        SCREEN,
        person_id=row.person_id,
        personnummer=row.personnummer,
        case_number=row.case_number,
    )
    application = casework.rows(connection, casework.applications, case_number=row.case_number)
    return {
        "decision_id": row.decision_id,
        "case_number": row.case_number,
        "name": formats.person_name(row.given_name, row.surname),
        "period": f"{row.start}–{row.end}",
        "result": row.result,
        "amount": formats.kronor(row.amount),
        "findings": str(_findings(connection, row.case_number)),
        "free_text": application[-1].reason if application else "",
        "motivation": row.motivation,
        "proposed_by": visit.system.municipality.name_of(row.proposed_by),
        "opened": "ja" if _opened(connection, row.decision_id, visit.account.username) else "nej",
    }


def _hindrance(visit: Visit, connection: Connection, row: Row[Any], marked: int) -> bool:
    """Whether the proposal must be opened, or approved alone, before it can be approved here."""
    refusal = row.result != "Bifall"
    sampled = int(row.decision_id.removeprefix("BE") or 0) % 10 == 0
    must_open = refusal or sampled or _findings(connection, row.case_number) > 0
    opened = _opened(connection, row.decision_id, visit.account.username)
    return (must_open and not opened) or (refusal and marked > 1)


def _opened(connection: Connection, decision_id: str, username: str) -> bool:
    return bool(casework.rows(connection, casework.openings, decision_id=decision_id, username=username))


def _findings(connection: Connection, case_number: str) -> int:
    """How many activities of journal notes are open in the case."""
    query = select(_a.id).where(_a.case_number == case_number, _a.status == "Öppen", _a.note_id != "")
    return len(connection.execute(query).all())


routes = [
    Route("/delegat", guarded(overview, LEADER)),
    Route("/delegat/godkann", guarded(approve, LEADER), methods=["POST"]),
    Route("/delegat/avvisa", guarded(refuse, LEADER), methods=["POST"]),
]
