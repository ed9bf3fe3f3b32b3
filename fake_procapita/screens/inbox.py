"""Inkorg: the Aktivitetslista, and one activity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import db, protection
from fake_procapita.guard import guarded
from fake_procapita.municipality import LEADER, group_basket
from fake_procapita.paging import Paging
from fake_procapita.problems import NotAllowed, NotFound
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

_a, _c, _h, _p = db.activities.c, db.cases.c, db.households.c, db.people.c
PAGE = 50
OUTCOMES = ("Utrett, ingen åtgärd", "Åtgärdat", "Uppgiften stämmer inte")
LISTS = {"mina": "Mina aktiviteter", "grupp": "Gruppkorg", "klara": "Klarmarkerade"}
DONE = "Klarmarkerad"
OPEN = "Öppen"
_JOINED = (
    db.activities.outerjoin(db.cases, _c.case_number == _a.case_number)
    .outerjoin(db.households, _h.household_id == _c.household_id)
    .outerjoin(db.people, _p.person_id == _h.registerledare)
)
_ACTIVITY = select(
    db.activities, _p.given_name, _p.surname, _p.personnummer, _p.protection, _p.person_id
).select_from(_JOINED)


async def show(visit: Visit) -> Response:
    """The Aktivitetslista: one's own, the unit's common list, or what is done."""
    visit.session.case_visit = ""
    chosen = visit.query("lista", "mina")
    chosen = chosen if chosen in LISTS else "mina"
    mine, basket = visit.account.username, group_basket(visit.session.unit)
    condition = {
        "mina": (_a.recipient == mine) & (_a.status != DONE),
        "grupp": (_a.recipient == basket) & (_a.status != DONE),
        "klara": _a.recipient.in_((mine, basket)) & (_a.status == DONE),
    }
    with visit.begin() as connection:
        counts = {
            name: connection.execute(
                select(func.count()).select_from(db.activities).where(where)
            ).scalar_one()
            for name, where in condition.items()
        }
        paging = Paging(visit.query("sida"), PAGE, counts[chosen])
        query = _ACTIVITY.where(condition[chosen]).order_by(_a.date.desc(), _a.id.desc())
        rows = connection.execute(query.limit(PAGE).offset(paging.offset)).all()
        visit.look(connection, "Inkorg")
    news, visit.session.news = visit.session.news, False
    return visit.render(
        "inbox.html", rows=rows, paging=paging, lists=LISTS, counts=counts, chosen=chosen, news=news
    )


async def open_activity(visit: Visit) -> Response:
    """One activity, with its whole text."""
    with visit.begin() as connection:
        activity = _find(connection, visit.path("activity_id"))
        if not protection.is_hidden(activity.protection, visit.account):
            visit.look(
                connection,
                "Aktivitet",
                person_id=activity.person_id or "",
                personnummer=activity.personnummer or "",
                case_number=activity.case_number,
            )
    return _page(visit, activity)


async def finish(visit: Visit) -> Response:
    """Klarmarkera, with an outcome."""
    with visit.begin() as connection:
        activity = _find(connection, visit.path("activity_id"))
    if not _may_finish(visit, activity):
        raise NotAllowed
    outcome = visit.word("utfall")
    if outcome not in OUTCOMES:
        return _page(visit, activity, {"utfall": "Välj utfall."})
    values = {
        "status": DONE,
        "outcome": outcome,
        "done_by": visit.account.username,
        "done_on": visit.today.isoformat(),
    }
    await visit.save(lambda connection: _change(connection, activity.activity_id, values))
    visit.say("Aktiviteten är klarmarkerad.")
    return visit.redirect("/inkorg")


async def assign(visit: Visit) -> Response:
    """Tilldela someone else, or the unit's common list."""
    recipient = visit.word("ansvarig")
    activity_id = visit.path("activity_id")
    with visit.begin() as connection:
        activity = _find(connection, activity_id)
    if recipient not in _recipients(visit):
        return _page(visit, activity, {"ansvarig": "Välj ansvarig."})
    await visit.save(lambda connection: _change(connection, activity_id, {"recipient": recipient}))
    visit.say(f"Aktiviteten är tilldelad {visit.system.municipality.name_of(recipient)}.")
    return visit.redirect("/inkorg")


def _page(visit: Visit, activity: Row[Any], errors: dict[str, str] | None = None) -> Response:
    return visit.render(
        "activity.html",
        activity=activity,
        outcomes=OUTCOMES,
        recipients=_recipients(visit),
        errors=errors or {},
        may_finish=_may_finish(visit, activity),
        may_assign=visit.account.has(*STAFF) and activity.status != DONE,
        finish_token=visit.new_form(),
        assign_token=visit.new_form(),
        status=422 if errors else 200,
    )


def _find(connection: Connection, activity_id: str) -> Row[Any]:
    query: Select[Any] = _ACTIVITY.where(_a.activity_id == activity_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound
    return row


def _change(connection: Connection, activity_id: str, values: dict[str, str]) -> None:
    connection.execute(update(db.activities).where(_a.activity_id == activity_id).values(**values))


def _may_finish(visit: Visit, activity: Row[Any]) -> bool:
    own = activity.recipient in (visit.account.username, group_basket(visit.session.unit))
    return activity.status != DONE and visit.account.has(*STAFF) and (own or visit.account.has(LEADER))


def _recipients(visit: Visit) -> list[str]:
    baskets = [group_basket(unit) for unit in visit.system.municipality.units]
    return [account.username for account in visit.system.municipality.caseworkers()] + baskets


routes = [
    Route("/inkorg", guarded(show)),
    Route("/aktivitet/{activity_id}", guarded(open_activity)),
    Route("/aktivitet/{activity_id}/klar", guarded(finish, *STAFF), methods=["POST"]),
    Route("/aktivitet/{activity_id}/tilldela", guarded(assign, *STAFF), methods=["POST"]),
]
