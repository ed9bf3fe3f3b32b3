"""Delegatvy: the proposals that wait for a delegate, who may approve the plain ones together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, db, delegation, formats, ordering, protection
from fake_procapita.guard import guarded
from fake_procapita.locks import case_key
from fake_procapita.municipality import LEADER
from fake_procapita.screens import decisions
from fake_procapita.screens.decisions import PROPOSAL, REFUSED, VALID
from fake_procapita.visit import Visit

SCREEN = "Delegatvy"
NOTHING_WRONG: Mapping[str, str] = {}
#: the columns after Markera, and what they show of a line
COLUMNS = {
    "Beslut": "decision_id",
    "Ärende": "case_number",
    "Namn": "name",
    "Period": "period",
    "Resultat": "result",
    "Belopp": "amount",
    "Öppna uppgifter": "findings",
    "Fritext": "free_text",
    "Flaggor": "flags",
    "Motivering": "motivation",
    "Underlag": "reasoning",
    "Föreslaget av": "proposed_by",
    "Öppnad": "opened",
}
_d, _c, _h, _p = casework.decisions.c, db.cases.c, db.households.c, db.people.c
LEFT = {
    VALID: "ska öppnas, kommuniceras eller godkännas ett och ett, eller är låsta av någon annan.",
    REFUSED: "är låsta av någon annan.",
}
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
    return _page(visit)


def _page(visit: Visit, chosen: Collection[str] = (), errors: Mapping[str, str] = NOTHING_WRONG) -> Response:
    with visit.begin() as connection:
        rows = [_line(visit, connection, row) for row in _waiting(visit, connection)]
        decided, refused = delegation.share(connection)
    names = list(COLUMNS.values())
    column, falling = ordering.chosen(visit.request.url, 1)
    if column is not None and column <= len(names):
        rows.sort(key=lambda row: ordering.key(row[names[column - 1]]), reverse=falling)
    headers = [
        (text, *ordering.header(visit.request.url, 1, place)) for place, text in enumerate(COLUMNS, start=1)
    ]
    return visit.render(
        "delegate.html",
        rows=rows,
        headers=headers,
        names=names,
        decided=decided,
        refused=refused,
        chosen=chosen,
        errors=errors,
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


async def approve(visit: Visit) -> Response:
    """Godkänn markerade: those that may be; says how many are left."""
    return await _settle(visit, VALID)


async def refuse(visit: Visit) -> Response:
    """Avvisa markerade, all for the same reason."""
    reason = visit.word("reason")
    if not reason:
        return _page(visit, _chosen(visit), {"reason": decisions.NO_REASON})
    return await _settle(visit, REFUSED, reason)


def _chosen(visit: Visit) -> set[str]:
    return {value for value in visit.form.getlist("beslut") if isinstance(value, str)}


async def _settle(visit: Visit, status: str, reason: str = "") -> Response:
    chosen = _chosen(visit)
    with visit.begin() as connection:
        marked = [row for row in _waiting(visit, connection) if row.decision_id in chosen]
        ready = [row for row in marked if not _hindrance(visit, connection, row, status, len(marked))]

    def work(connection: Connection) -> None:
        for row in ready:
            decisions.settle(connection, row, status, visit.account.username, visit.today, reason)

    await visit.save(work)
    left = len(marked) - len(ready)
    word = "godkända" if status == VALID else "avvisade"
    visit.say(f"{len(ready)} beslut är {word}." + (f" {left} {LEFT[status]}" if left else ""))
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
    return {
        "decision_id": row.decision_id,
        "case_number": row.case_number,
        "name": formats.person_name(row.given_name, row.surname),
        "period": f"{row.start}–{row.end}",
        "result": row.result,
        "amount": formats.kronor(row.amount),
        "findings": str(len(delegation.findings(connection, row))),
        "free_text": formats.shortened(delegation.free_text(connection, row)),
        "flags": formats.shortened(delegation.flags(connection, row)),
        "motivation": formats.shortened(row.motivation),
        "reasoning": formats.shortened(delegation.reasoning(connection, row), 90),
        "proposed_by": visit.system.municipality.name_of(row.proposed_by),
        "opened": "ja" if delegation.was_opened(connection, row, visit.account.username) else "nej",
    }


def _hindrance(visit: Visit, connection: Connection, row: Row[Any], status: str, marked: int) -> bool:
    """Whether the proposal cannot be settled now, in this company."""
    if visit.system.locks.holder(case_key(row.case_number), visit.session):
        return True
    username = visit.account.username
    robots = visit.system.municipality.robots()
    return status == VALID and bool(
        delegation.hindrance(connection, row, username, visit.today, robots, marked)
    )


routes = [
    Route("/delegat", guarded(overview, LEADER)),
    Route("/delegat/godkann", guarded(approve, LEADER), methods=["POST"]),
    Route("/delegat/avvisa", guarded(refuse, LEADER), methods=["POST"]),
]
