"""When a proposal may be approved: what is opened first, approved alone, or communicated."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from fake_procapita import casework, db

REFUSED = "Avvisat"
NOT_OPENED = "Beslutet ska öppnas innan det godkänns."
ALONE = "Avslag godkänns ett och ett."
NOT_COMMUNICATED = (
    "Avslag kan godkännas när uppgifterna har kommunicerats och tiden för svar har gått ut, "
    "eller när kommunicering är uppenbart obehövlig."
)
_a, _d, _k = db.activities.c, casework.decisions.c, casework.communications.c
_b, _f = casework.applications.c, casework.application_facts.c


def is_refusal(found: Row[Any]) -> bool:
    """Whether the proposal goes against the applicant, wholly or in part."""
    return bool(found.result != "Bifall")


def hindrance(connection: Connection, found: Row[Any], username: str, today: date, together: int = 1) -> str:
    """Why this delegate cannot approve the proposal now, with so many marked at once; empty if nothing."""
    if must_be_opened(connection, found) and not was_opened(connection, found, username):
        return NOT_OPENED
    if not is_refusal(found):
        return ""
    if together > 1:
        return ALONE
    return "" if exempt(connection, found) or _answered(connection, found, today) else NOT_COMMUNICATED


def must_be_opened(connection: Connection, found: Row[Any]) -> bool:
    """Refusals, flags, free text, open findings, and one in ten of the rest."""
    return bool(
        is_refusal(found)
        or flags(connection, found)
        or free_text(connection, found)
        or findings(connection, found)
        or drawn(found.decision_id)
    )


def drawn(decision_id: str) -> bool:
    """One in ten, spread as if by chance and the same in every run."""
    return hashlib.sha256(decision_id.encode()).digest()[0] * 10 < 256


def was_opened(connection: Connection, found: Row[Any], username: str) -> bool:
    """Whether the delegate has opened the proposal."""
    key = {"decision_id": found.decision_id, "username": username}
    return casework.one(connection, casework.openings, **key) is not None


def findings(connection: Connection, found: Row[Any]) -> int:
    """How many activities of journal notes are open in the case."""
    query = select(func.count()).select_from(db.activities)
    mine = (_a.case_number == found.case_number, _a.status == "Öppen", _a.note_id != "")
    return connection.execute(query.where(*mine)).scalar_one()


def flags(connection: Connection, found: Row[Any]) -> str:
    """What the one who proposed wants the delegate to look at."""
    more = _more(connection, found)
    return more.flags if more is not None else ""


def exempt(connection: Connection, found: Row[Any]) -> str:
    """Why nothing need be communicated; empty if nobody has said so."""
    more = _more(connection, found)
    return more.exempt if more is not None else ""


def free_text(connection: Connection, found: Row[Any]) -> str:
    """What the applicant wrote in own words when applying for the month that is decided about."""
    written = (
        select(_f.value)
        .join(casework.applications, _f.application_id == _b.application_id)
        .where(
            _b.case_number == found.case_number,
            _b.month == found.start[:7],
            _b.status != "Makulerad",
            _f.subject == casework.FREE_TEXT,
        )
        .order_by(_f.id)
    )
    return "\n".join(connection.execute(written).scalars())


def communication(connection: Connection, found: Row[Any]) -> str:
    """How it stands with the communication of a refusal, as one line."""
    if reason := exempt(connection, found):
        return f"Uppenbart obehövlig: {reason}"
    sent = _sent(connection, found)
    if not sent:
        return "Saknas"
    return f"Skickad {sent[-1].date}, svar senast {sent[-1].answer_by or 'inte angivet'}"


def share(connection: Connection) -> tuple[int, int]:
    """How many proposals made here have been decided, and how many of them refused."""
    decided = (
        select(_d.status)
        .join(casework.proposals, casework.proposals.c.decision_id == _d.decision_id)
        .where(_d.decided_by != "")
    )
    statuses = list(connection.execute(decided).scalars())
    return len(statuses), statuses.count(REFUSED)


def _answered(connection: Connection, found: Row[Any], today: date) -> bool:
    return any(row.answer_by and row.answer_by < today.isoformat() for row in _sent(connection, found))


def _sent(connection: Connection, found: Row[Any]) -> list[Row[Any]]:
    """What has been sent in the case since the proposal was made."""
    mine = (_k.case_number == found.case_number, _k.date >= found.date)
    return list(connection.execute(select(casework.communications).where(*mine).order_by(_k.id)))


def _more(connection: Connection, found: Row[Any]) -> Row[Any] | None:
    return casework.one(connection, casework.proposals, decision_id=found.decision_id)
