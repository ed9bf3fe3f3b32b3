"""Sök person."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Row, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import db, formats, protection
from fake_procapita.guard import guarded
from fake_procapita.visit import Visit

_p = db.people.c
MOST = 100
SLOW_SEARCH_SECONDS = 0.4
COLUMNS = (_p.person_id, _p.personnummer, _p.given_name, _p.surname, _p.city, _p.protection)


async def show(visit: Visit) -> Response:
    """The form; after a search also its hits. The search is kept in the session, not in the address."""
    visit.session.case_visit = ""
    searched = visit.session.search if visit.query("svar") else None
    error, hits = "", None
    if searched is None:
        visit.session.search = None
    elif not any(searched):
        error = "Ange personnummer eller namn."
    else:
        hits = _find(visit, *searched)
    number, name = searched or ("", "")
    return visit.render("search.html", number=number, name=name, hits=hits, error=error, most=MOST)


async def search(visit: Visit) -> Response:
    """Keep the search and go to its answer. A search by name goes through everybody, and takes its time."""
    if visit.word("namn") and not visit.word("personnummer"):
        await asyncio.sleep(SLOW_SEARCH_SECONDS)
    visit.session.search = (visit.word("personnummer"), visit.word("namn"))
    return visit.redirect("/person/sok?svar=ja")


def _find(visit: Visit, number: str, name: str) -> list[Row[Any]]:
    query = select(*COLUMNS).order_by(_p.surname, _p.given_name, _p.personnummer).limit(MOST)
    if number:
        typed = formats.typed_personnummer(number)
        whole = _p.personnummer == typed
        query = query.where(whole if len(typed) != 10 else _p.personnummer.in_(["19" + typed, "20" + typed]))
    if name:
        for part in formats.search_key(name).split():
            query = query.where(_p.search_name.contains(part, autoescape=True))
        if not visit.account.sees_protected:
            query = query.where(_p.protection == "")
    with visit.begin() as connection:
        hits: list[Row[Any]] = list(connection.execute(query))
        for hit in hits:
            if not protection.is_hidden(hit.protection, visit.account):
                seen = {"person_id": hit.person_id, "personnummer": hit.personnummer}
                visit.look(connection, "Sök person", **seen)
    return hits


routes = [
    Route("/person/sok", guarded(show)),
    Route("/person/sok", guarded(search), methods=["POST"]),
]
