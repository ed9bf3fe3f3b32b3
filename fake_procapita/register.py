"""Reading KIR, the register of inhabitants, as it stands on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, or_, select

from fake_procapita import db

REGISTERED = "Folkbokförd"
DECEASED = "Avliden"
POSTAL = "Adressändring (särskild postadress)"

_k, _r, _e, _s = db.kir_people.c, db.kir_residence.c, db.kir_events.c, db.kir_civil.c
_day: BindParameter[str] = bindparam("day")
_valid = (_r.valid_from <= _day) & or_(_r.valid_to == "", _r.valid_to > _day)
_known = or_(_k.registered_from == "", _k.registered_from <= _day)

_PERSON = select(db.kir_people).where(_k.personnummer == bindparam("personnummer"), _known)
_PERSON_BY_ROW = select(db.kir_people).where(_k.id == bindparam("row"), _known)
_RESIDENCE = (
    select(db.kir_residence)
    .where(_r.personnummer == bindparam("personnummer"), _valid)
    .order_by(_r.valid_from.desc())
)
_EVENTS = (
    select(db.kir_events)
    .where(_e.personnummer == bindparam("personnummer"), _e.registration_date <= _day)
    .order_by(_e.registration_date.desc(), _e.event_date.desc(), _e.id.desc())
)
_CIVIL = (
    select(_s.status)
    .where(_s.personnummer == bindparam("personnummer"), _s.valid_from <= _day)
    .order_by(_s.valid_from.desc(), _s.id.desc())
)
_AT_ADDRESS = (
    select(_k.id, _k.personnummer, _k.given_name, _k.surname, _r.apartment, _r.co)
    .select_from(db.kir_residence.join(db.kir_people, _k.personnummer == _r.personnummer))
    .where(
        _r.street == bindparam("street"),
        _r.postal_code == bindparam("postal_code"),
        _r.status == REGISTERED,
        _valid,
        _known,
        _k.protection == "",
    )
    .order_by(_r.apartment, _k.personnummer)
)


def find(connection: Connection, personnummer: str, day: date) -> Row[Any] | None:
    """The person with this number, if in the register on that day."""
    return connection.execute(_PERSON, {"personnummer": personnummer, "day": day.isoformat()}).first()


def find_row(connection: Connection, row: int, day: date) -> Row[Any] | None:
    """The person in this row, if in the register on that day."""
    return connection.execute(_PERSON_BY_ROW, {"row": row, "day": day.isoformat()}).first()


def residence(connection: Connection, personnummer: str, day: date) -> Row[Any] | None:
    """Status and address on that day."""
    return connection.execute(_RESIDENCE, {"personnummer": personnummer, "day": day.isoformat()}).first()


def events(connection: Connection, personnummer: str, day: date) -> list[Row[Any]]:
    """What has been registered by that day, the latest first."""
    return list(connection.execute(_EVENTS, {"personnummer": personnummer, "day": day.isoformat()}))


def civil_status(connection: Connection, personnummer: str, day: date) -> str:
    """Civil status on that day; empty if unknown."""
    return connection.execute(_CIVIL, {"personnummer": personnummer, "day": day.isoformat()}).scalar() or ""


def at_address(connection: Connection, street: str, postal_code: str, day: date) -> list[Row[Any]]:
    """Everyone registered at the street address on that day; never the protected."""
    keys = {"street": street, "postal_code": postal_code, "day": day.isoformat()}
    return list(connection.execute(_AT_ADDRESS, keys))
