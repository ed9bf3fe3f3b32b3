"""Aktiva ärenden: all open cases, sorted, filtered, a page at a time."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, func, or_, select
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import db, formats, protection
from fake_procapita.guard import guarded
from fake_procapita.municipality import PROTECTED_CASES
from fake_procapita.paging import Paging
from fake_procapita.records import OPEN
from fake_procapita.visit import Visit

_c, _h, _p = db.cases.c, db.households.c, db.people.c
SIZES = (25, 50, 100)
SORTS: dict[str, list[ColumnElement[str]]] = {
    "arende": [],
    "personnummer": [_p.personnummer],
    "namn": [_p.surname, _p.given_name],
    "skydd": [_p.protection],
    "handlaggare": [_c.caseworker],
    "typ": [_c.type],
    "status": [_c.status],
    "senast": [_c.latest],
    "ingen-robot": [_c.no_robot],
}
#: what is blank in the row of a protected person
PERSONAL = ("personnummer", "namn", "skydd")
HEADERS = (
    ("arende", "Ärende"),
    ("personnummer", "Personnummer"),
    ("namn", "Namn"),
    ("skydd", "Skydd"),
    ("handlaggare", "Handläggare"),
    ("typ", "Typ"),
    ("status", "Status"),
    ("senast", "Senast aktuell"),
    ("ingen-robot", "Ingen robot"),
)
JOINED = db.cases.join(db.households, _h.household_id == _c.household_id).join(
    db.people, _p.person_id == _h.registerledare
)
COLUMNS = (
    _c.case_number,
    _p.personnummer,
    _p.given_name,
    _p.surname,
    _p.protection,
    _c.caseworker,
    _c.type,
    _c.status,
    _c.latest,
    _c.no_robot,
)


async def show(visit: Visit) -> Response:
    """One page of the list."""
    visit.session.case_visit = ""
    if not visit.query("urval"):
        visit.session.case_filter = ""
    sort = visit.query("sortera", "arende")
    sort = sort if sort in SORTS else "arende"
    falling = visit.query("ordning") == "fallande"
    wanted_size = visit.query("rader")
    size = int(wanted_size) if wanted_size in map(str, SIZES) else SIZES[1]
    condition = (_c.status == OPEN) & _filter(visit) if visit.session.case_filter else _c.status == OPEN
    order = [column.desc() if falling else column for column in (*SORTS[sort], _c.case_number)]
    if sort in PERSONAL:
        order = [*protection.order(visit.account, SORTS[sort], falling=falling), order[-1]]
    counted = (
        select(func.count()).select_from(JOINED if visit.session.case_filter else db.cases).where(condition)
    )
    with visit.begin() as connection:
        paging = Paging(visit.query("sida"), size, connection.execute(counted).scalar_one())
        found = select(*COLUMNS).select_from(JOINED).where(condition).order_by(*order)
        rows = connection.execute(found.limit(size).offset(paging.offset)).all()
        visit.look(connection, "Aktiva ärenden")
    twice = visit.system.chaos.shows_twice
    return visit.render(
        "cases.html",
        rows=[shown for row in rows for shown in [row] * (1 + twice(row.case_number))],
        paging=paging,
        sort=sort,
        falling=falling,
        size=size,
        sizes=SIZES,
        headers=HEADERS,
        case_filter=visit.session.case_filter,
        chosen="ja" if visit.session.case_filter else "",
    )


async def choose(visit: Visit) -> Response:
    """Set the filter. It is kept in the session: names do not belong in addresses."""
    visit.session.case_filter = visit.word("filter")
    return visit.redirect("/arenden?urval=ja" if visit.session.case_filter else "/arenden")


async def protected(visit: Visit) -> Response:
    """Skyddade ärenden: the open cases with a protected member, for those who may see them."""
    members, person = db.members.c, db.people.alias("member")
    guarded_households = (
        select(members.household_id)
        .select_from(db.members.join(person, person.c.person_id == members.person_id))
        .where(person.c.protection != "")
    )
    query = (
        select(*COLUMNS, _p.person_id)
        .select_from(JOINED)
        .where(_c.status == OPEN, _c.household_id.in_(guarded_households))
        .order_by(_c.case_number)
    )
    with visit.begin() as connection:
        rows = connection.execute(query).all()
        visit.look(connection, "Skyddade ärenden")
    return visit.render("protected.html", rows=rows)


def _filter(visit: Visit) -> ColumnElement[bool]:
    """Number, caseworker, name or personnummer; a protected person's own data cannot be searched."""
    text = visit.session.case_filter
    key = formats.search_key(text)
    names = [
        a.username for a in visit.system.municipality.accounts.values() if key in formats.search_key(a.name)
    ]
    personal = _p.search_name.contains(key, autoescape=True)
    number = formats.typed_personnummer(text)
    if len(number) >= 6:
        personal = or_(personal, _p.personnummer.contains(number, autoescape=True))
    if not visit.account.sees_protected:
        personal = personal & (_p.protection == "")
    by_number = func.lower(_c.case_number, type_=String).contains(text.lower(), autoescape=True)
    return or_(by_number, _c.caseworker.in_(names), personal)


routes = [
    Route("/arenden", guarded(show)),
    Route("/arenden", guarded(choose), methods=["POST"]),
    Route("/skyddade", guarded(protected, PROTECTED_CASES)),
]
