"""The database: one SQLite file in the data folder's `.state`, in WAL mode.

Every request works in one short transaction, so a process killed at any moment leaves either the
whole change or none of it. Locked notes are guarded by the database itself, by a trigger.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)

SCHEMA = "4"
metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False, default="")


meta = Table(
    "meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False)
)

people = Table(
    "people",
    metadata,
    Column("person_id", String, primary_key=True),
    Column("personnummer", String, nullable=False, index=True),
    *map(
        _text,
        (
            "given_name",
            "surname",
            "protection",
            "civil_status",
            "street",
            "postal_code",
            "city",
            "co",
            "phone",
            "email",
            "account",
            "interpreter",
            "search_name",
        ),
    ),
)

households = Table(
    "households",
    metadata,
    Column("household_id", String, primary_key=True),
    Column("registerledare", String, ForeignKey("people.person_id"), nullable=False, index=True),
    *map(_text, ("housing", "rooms", "rent")),
)

members = Table(
    "members",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("household_id", String, nullable=False, index=True),
    Column("person_id", String, nullable=False, index=True),
    *map(_text, ("role", "living", "days")),
)

cases = Table(
    "cases",
    metadata,
    Column("case_number", String, primary_key=True),
    Column("household_id", String, nullable=False, index=True),
    *map(
        _text,
        (
            "type",
            "status",
            "caseworker",
            "start",
            "end",
            "end_reason",
            "no_robot",
            "last_application",
            "decided_from",
            "decided_to",
            "latest",
        ),
    ),
    Index("cases_by_status", "status", "case_number"),
)

kir_people = Table(
    "kir_people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("personnummer", String, nullable=False, index=True),
    *map(_text, ("given_name", "surname", "protection", "birth_date", "registered_from")),
)

kir_residence = Table(
    "kir_residence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("personnummer", String, nullable=False, index=True),
    *map(
        _text,
        (
            "valid_from",
            "valid_to",
            "status",
            "street",
            "postal_code",
            "city",
            "property",
            "apartment",
            "co",
            "kommun",
        ),
    ),
    Index("kir_by_address", "street", "postal_code"),
)

kir_events = Table(
    "kir_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("personnummer", String, nullable=False, index=True),
    *map(_text, ("kind", "event_date", "registration_date", "previous_address", "previous_kommun", "note")),
)

kir_civil = Table(
    "kir_civil",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("personnummer", String, nullable=False, index=True),
    *map(_text, ("valid_from", "status")),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("note_id", String, nullable=False, unique=True),
    *map(_text, ("case_number", "date", "time", "type", "rubrik")),
    Column("text", Text, nullable=False, default=""),
    *map(_text, ("author", "signature", "status")),
    Column("notified", Boolean, nullable=False, default=False),
    Column("imported", Boolean, nullable=False, default=False),
    *map(_text, ("created_at", "cancelled_by", "cancelled_on", "cancelled_reason")),
    Index("notes_by_case", "case_number", "date", "time"),
)

activities = Table(
    "activities",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("activity_id", String, nullable=False, unique=True),
    *map(_text, ("date", "type", "case_number", "recipient", "due", "status")),
    Column("text", Text, nullable=False, default=""),
    *map(_text, ("note_id", "outcome", "done_by", "done_on")),
    Column("imported", Boolean, nullable=False, default=False),
    Index("activities_by_recipient", "recipient", "status", "date"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", String, nullable=False, unique=True),
    *map(_text, ("date", "time", "recipient", "sender", "rubrik")),
    Column("text", Text, nullable=False, default=""),
    Column("cases", Text, nullable=False, default=""),  # case numbers, one a line
    *map(_text, ("created_at", "settled_by", "settled_on")),
    Index("messages_by_recipient", "recipient", "id"),
)

read_log = Table(
    "read_log",
    metadata,
    Column("id", Integer, primary_key=True),
    *map(_text, ("read_at", "username", "screen", "person_id", "personnummer", "case_number", "outcome")),
)

LOCKED_NOTE = """
CREATE TRIGGER locked_note_is_immutable
BEFORE UPDATE OF case_number, date, time, type, rubrik, text, author, signature ON notes
WHEN OLD.status IN ('Låst', 'Makulerad')
BEGIN SELECT RAISE(ABORT, 'a locked note cannot be changed'); END
"""


def open_engine(path: Path, *, importing: bool = False) -> Engine:
    """An engine on the file; while `importing` there is no journal, for speed."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        if importing:
            cursor.execute("PRAGMA journal_mode=OFF")
            cursor.execute("PRAGMA synchronous=OFF")
        else:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA busy_timeout=5000")
            cursor.execute("PRAGMA cache_size=-32000")
        cursor.close()

    return engine
