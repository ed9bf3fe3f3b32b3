"""Meddelanden: what is told to a unit, with the cases that it is about."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import db, protection, readlog
from fake_procapita.guard import guarded
from fake_procapita.municipality import CASEWORKER, LEADER, ROBOT, group_basket
from fake_procapita.paging import Paging
from fake_procapita.problems import NotFound
from fake_procapita.system import STAFF
from fake_procapita.visit import Visit

_m, _c, _h, _p = db.messages.c, db.cases.c, db.households.c, db.people.c
PAGE = 50
WRITERS = (CASEWORKER, LEADER, ROBOT)
LONGEST_RUBRIK = 200
LONGEST_TEXT = 20_000
MOST_CASES = 5_000
_SOME = 500  # cases in one question; the database limits their number


async def show(visit: Visit) -> Response:
    """The messages to one's own unit, newest first."""
    visit.session.case_visit = ""
    theirs = _m.recipient == group_basket(visit.session.unit)
    with visit.begin() as connection:
        total = connection.execute(select(func.count()).select_from(db.messages).where(theirs)).scalar_one()
        paging = Paging(visit.query("sida"), PAGE, total)
        query = select(db.messages).where(theirs).order_by(_m.id.desc())
        rows = connection.execute(query.limit(PAGE).offset(paging.offset)).all()
    return visit.render("messages.html", rows=rows, paging=paging, may_write=visit.account.has(*WRITERS))


async def open_message(visit: Visit) -> Response:
    """One message, whole. Only those of the unit that it is to may read it, and who sent it."""
    with visit.begin() as connection:
        found = connection.execute(
            select(db.messages).where(_m.message_id == visit.path("message_id"))
        ).first()
        if found is None or (not _is_theirs(visit, found) and found.sender != visit.account.username):
            raise NotFound
        cases = _cases(connection, found.cases.split())
    return visit.render(
        "message.html",
        message=found,
        cases=cases,
        is_hidden=protection.is_hidden,
        may_settle=not found.settled_by and visit.account.has(*STAFF) and _is_theirs(visit, found),
    )


async def settle(visit: Visit) -> Response:
    """Avstämd: a person of the unit has gone through the message."""
    key = visit.path("message_id")
    with visit.begin() as connection:
        found = connection.execute(select(db.messages).where(_m.message_id == key)).first()
    if found is None or found.settled_by or not _is_theirs(visit, found):
        raise NotFound
    values = {"settled_by": visit.account.username, "settled_on": visit.today.isoformat()}
    change = update(db.messages).where(_m.message_id == key, _m.settled_by == "").values(**values)
    await visit.save(lambda connection: connection.execute(change))
    visit.say("Meddelandet är avstämt.")
    return visit.redirect(f"/meddelanden/{key}")


def _is_theirs(visit: Visit, found: Row[Any]) -> bool:
    return bool(found.recipient == group_basket(visit.session.unit))


async def new(visit: Visit) -> Response:
    """The form Nytt meddelande."""
    return _form(visit, {"recipient": group_basket(visit.session.unit)}, {})


async def send(visit: Visit) -> Response:
    """Store the message: it is sent, and nobody changes it."""
    values = {
        "recipient": visit.word("recipient"),
        "rubrik": visit.line("rubrik").strip(),
        "text": visit.text("text").strip(),
        "cases": "\n".join(visit.text("cases").split()),
    }
    if errors := _errors(visit, values):
        return _form(visit, values, errors)
    row = {
        **values,
        "date": visit.today.isoformat(),
        "time": readlog.clock(),
        "sender": visit.account.username,
        "created_at": readlog.stamp(visit.today),
    }
    await visit.save(lambda connection: _store(connection, row))
    visit.say("Meddelandet är skickat.")
    return visit.redirect("/meddelanden")


def _store(connection: Connection, row: dict[str, str]) -> None:
    last = connection.execute(select(func.max(_m.id))).scalar() or 0
    connection.execute(insert(db.messages), {**row, "message_id": f"M{last + 1:05}"})


def _cases(connection: Connection, numbers: list[str]) -> list[dict[str, Any]]:
    """The cases of a message, in its order; one that is not there is only its number."""
    known: dict[str, Row[Any]] = {}
    for start in range(0, len(numbers), _SOME):
        query = (
            select(_c.case_number, _c.caseworker, _c.status, _p.protection)
            .select_from(
                db.cases.join(db.households, _h.household_id == _c.household_id).join(
                    db.people, _p.person_id == _h.registerledare
                )
            )
            .where(_c.case_number.in_(numbers[start : start + _SOME]))
        )
        known.update({row.case_number: row for row in connection.execute(query)})
    return [{"number": number, "file": known.get(number)} for number in numbers]


def _errors(visit: Visit, values: dict[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if values["recipient"] not in _baskets(visit):
        errors["recipient"] = "Välj mottagare."
    if not values["rubrik"]:
        errors["rubrik"] = "Ange rubrik."
    elif len(values["rubrik"]) > LONGEST_RUBRIK:
        errors["rubrik"] = f"Rubriken får ha högst {LONGEST_RUBRIK} tecken."
    if not values["text"]:
        errors["text"] = "Ange text."
    elif len(values["text"]) > LONGEST_TEXT:
        errors["text"] = f"Texten får ha högst {LONGEST_TEXT} tecken."
    if len(values["cases"].split()) > MOST_CASES:
        errors["cases"] = f"Ett meddelande får gälla högst {MOST_CASES} ärenden."
    return errors


def _baskets(visit: Visit) -> list[str]:
    return [group_basket(unit) for unit in visit.system.municipality.units]


def _form(visit: Visit, values: dict[str, str], errors: dict[str, str]) -> Response:
    return visit.render(
        "message_form.html",
        values={"rubrik": "", "text": "", "cases": "", **values},
        errors=errors,
        baskets=_baskets(visit),
        form_token=visit.new_form(),
        status=422 if errors else 200,
    )


routes = [
    Route("/meddelanden", guarded(show)),
    Route("/meddelanden/nytt", guarded(new, *WRITERS)),
    Route("/meddelanden/nytt", guarded(send, *WRITERS), methods=["POST"]),
    Route("/meddelanden/{message_id}", guarded(open_message)),
    Route("/meddelanden/{message_id}/avstam", guarded(settle, *STAFF), methods=["POST"]),
]
