"""Läslogg: who looked at what, for administrators."""

from __future__ import annotations

from sqlalchemy import func, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import db
from fake_procapita.guard import guarded
from fake_procapita.municipality import ADMINISTRATOR
from fake_procapita.paging import Paging
from fake_procapita.visit import Visit

_l, _p = db.read_log.c, db.people.c
PAGE = 100


async def show(visit: Visit) -> Response:
    """The newest looks first, of one user or of all."""
    user = visit.query("anvandare").strip()
    condition = _l.username == user if user else _l.id > 0
    query = (
        select(db.read_log, _p.protection)
        .select_from(db.read_log.outerjoin(db.people, _p.personnummer == _l.personnummer))
        .where(condition)
        .order_by(_l.id.desc())
        .limit(PAGE)
    )
    with visit.begin() as connection:
        total = connection.execute(
            select(func.count()).select_from(db.read_log).where(condition)
        ).scalar_one()
        paging = Paging(visit.query("sida"), PAGE, total)
        rows = connection.execute(query.offset(paging.offset)).all()
    return visit.render("readlog.html", rows=rows, paging=paging, user=user)


routes = [Route("/laslogg", guarded(show, ADMINISTRATOR))]
