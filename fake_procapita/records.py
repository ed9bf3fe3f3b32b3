"""Reading the case system's records: people, households and cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, select

from fake_procapita import db, formats, protection
from fake_procapita.municipality import Account
from fake_procapita.problems import NotFound

OPEN = "Öppet"
CLOSED = "Avslutat"
MAIN = "Registerledare"

_p, _h, _m, _c = db.people.c, db.households.c, db.members.c, db.cases.c
_main_role_first = case((_m.role == MAIN, 0), (_m.role == "Medsökande", 1), else_=2)
_living_here_first = case((_m.living == "Heltid", 0), (_m.living == "Växelvis", 1), else_=2)
_open_first = case((_c.status == OPEN, 0), else_=1)

_PERSON = select(db.people).where(_p.person_id == bindparam("person_id"))

_CASES_OF_PERSON = (
    select(_m.household_id, _m.role, _c.case_number, _c.status, _c.type)
    .select_from(db.members.outerjoin(db.cases, _c.household_id == _m.household_id))
    .where(_m.person_id == bindparam("person_id"))
    .order_by(_main_role_first, _living_here_first, _open_first, _c.start.desc())
)

_CASE = (
    select(db.cases, _h.registerledare, _p.personnummer, _p.given_name, _p.surname, _p.protection)
    .select_from(
        db.cases.join(db.households, _h.household_id == _c.household_id).join(
            db.people, _p.person_id == _h.registerledare
        )
    )
    .where(_c.case_number == bindparam("case_number"))
)

_HOUSEHOLD = (
    select(
        db.households,
        _p.personnummer,
        _p.given_name,
        _p.surname,
        _p.protection,
        _p.street,
        _p.postal_code,
        _p.city,
    )
    .select_from(db.households.join(db.people, _p.person_id == _h.registerledare))
    .where(_h.household_id == bindparam("household_id"))
)

_MEMBERS = (
    select(
        _m.role, _m.living, _m.days, _p.person_id, _p.personnummer, _p.given_name, _p.surname, _p.protection
    )
    .select_from(db.members.join(db.people, _p.person_id == _m.person_id))
    .where(_m.household_id == bindparam("household_id"))
    .order_by(_main_role_first, _p.personnummer)
)

_CASES_OF_HOUSEHOLD = (
    select(_c.case_number)
    .where(_c.household_id == bindparam("household_id"))
    .order_by(_open_first, _c.start.desc())
)


@dataclass(frozen=True)
class OpenCase:
    """The person and case that the menu's second half leads to."""

    person_id: str
    name: str
    personnummer: str
    household_id: str
    case_number: str


def person(connection: Connection, person_id: str) -> Row[Any]:
    return _one(connection, _PERSON, person_id=person_id)


def cases_of_person(connection: Connection, person_id: str) -> list[Row[Any]]:
    """The person's households with their cases, the most relevant first."""
    return list(connection.execute(_CASES_OF_PERSON, {"person_id": person_id}))


def case_file(connection: Connection, case_number: str) -> Row[Any]:
    """A case with its registerledare."""
    return _one(connection, _CASE, case_number=case_number)


def household(connection: Connection, household_id: str) -> Row[Any]:
    return _one(connection, _HOUSEHOLD, household_id=household_id)


def members(connection: Connection, household_id: str) -> list[Row[Any]]:
    return list(connection.execute(_MEMBERS, {"household_id": household_id}))


def member_roles(connection: Connection, household_id: str, account: Account) -> dict[str, tuple[str, str]]:
    """Personnummer (as shown) and role of the members whom the account may see."""
    return {
        row.person_id: (formats.personnummer(row.personnummer), row.role)
        for row in members(connection, household_id)
        if not protection.is_hidden(row.protection, account)
    }


def case_of_household(connection: Connection, household_id: str) -> str:
    """The household's open case, else its latest; empty if it has none."""
    row = connection.execute(_CASES_OF_HOUSEHOLD, {"household_id": household_id}).first()
    return str(row.case_number) if row else ""


def open_case(case_row: Row[Any]) -> OpenCase:
    """What the menu needs, from a row of `case_file`."""
    return OpenCase(
        person_id=case_row.registerledare,
        name=formats.person_name(case_row.given_name, case_row.surname),
        personnummer=formats.personnummer(case_row.personnummer),
        household_id=case_row.household_id,
        case_number=case_row.case_number,
    )


def _one(connection: Connection, query: Select[Any], **keys: str) -> Row[Any]:
    row = connection.execute(query, keys).first()
    if row is None:
        raise NotFound
    return row


def open_person(row: Row[Any], cases: list[Row[Any]]) -> OpenCase:
    """What the menu needs, from a row of `person` and `cases_of_person`."""
    nearest = cases[0] if cases else None
    return OpenCase(
        person_id=row.person_id,
        name=formats.person_name(row.given_name, row.surname),
        personnummer=formats.personnummer(row.personnummer),
        household_id=nearest.household_id if nearest else "",
        case_number=(nearest.case_number or "") if nearest else "",
    )
