"""When a proposal may be approved: what is opened first, approved alone, or communicated."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from fake_procapita import casework, db

REFUSED = "Avvisat"
NOT_OPENED = "Beslutet ska öppnas innan det godkänns."
ALONE = "Avslag godkänns ett och ett."
NOT_COMMUNICATED = (
    "Avslag kan godkännas när uppgifterna har kommunicerats och tiden för svar har gått ut, "
    "eller när kommunicering är uppenbart obehövlig."
)
_a, _d, _k, _n = db.activities.c, casework.decisions.c, casework.communications.c, db.notes.c
_b, _f = casework.applications.c, casework.application_facts.c


def is_refusal(found: Row[Any]) -> bool:
    """Whether the proposal goes against the applicant, wholly or in part."""
    return bool(found.result != "Bifall")


def hindrance(
    connection: Connection,
    found: Row[Any],
    username: str,
    today: date,
    robots: Collection[str],
    together: int = 1,
) -> str:
    """Why this delegate cannot approve the proposal now, with so many marked at once; empty if nothing.

    What the accounts in `robots` have sent is no Kommunicering.
    """
    if must_be_opened(connection, found) and not was_opened(connection, found, username):
        return NOT_OPENED
    if not is_refusal(found):
        return ""
    if together > 1:
        return ALONE
    if exempt(connection, found):
        return ""
    sent = _sent(connection, found, robots)
    answered = sent and sent[-1].answer_by and sent[-1].answer_by < today.isoformat()
    return "" if answered else NOT_COMMUNICATED


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


def findings(connection: Connection, found: Row[Any]) -> list[str]:
    """The rubrik of every journal note of the case whose activity is open, the oldest first."""
    query = select(_n.rubrik).join(db.activities, _a.note_id == _n.note_id)
    mine = (_a.case_number == found.case_number, _a.status == "Öppen")
    return list(connection.execute(query.where(*mine).order_by(_n.id)).scalars())


def reasoning(connection: Connection, found: Row[Any]) -> str:
    """What the one who proposed has written in the journal about it: the latest note since the proposal."""
    mine = (_n.case_number == found.case_number, _n.author == found.proposed_by, _n.date >= found.date)
    latest = select(_n.text).where(*mine, _n.status != "Makulerad").order_by(_n.id.desc())
    return connection.execute(latest).scalars().first() or ""


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


def communication(connection: Connection, found: Row[Any], robots: Collection[str]) -> str:
    """How it stands with the communication of a refusal, as one line."""
    if reason := exempt(connection, found):
        return f"Uppenbart obehövlig: {reason}"
    sent = _sent(connection, found, robots)
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


def _sent(connection: Connection, found: Row[Any], robots: Collection[str]) -> list[Row[Any]]:
    """What people have sent in the case since the proposal was made, the latest last."""
    mine = (_k.case_number == found.case_number, _k.date >= found.date, _k.sent_by.not_in(robots))
    return list(connection.execute(select(casework.communications).where(*mine).order_by(_k.id)))


def _more(connection: Connection, found: Row[Any]) -> Row[Any] | None:
    return casework.one(connection, casework.proposals, decision_id=found.decision_id)
