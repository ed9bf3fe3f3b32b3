"""The tables, and the two things that both databases must agree on: the time and the words of a status.

Times are seconds since 1970 by the *database's* clock: machines disagree, and a lease must mean the same to
all of them. Statuses are written as literals, because a partial index is only used when the query says its
condition in the same words.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

REVISION: Final = "0013"
"""The migration that leads to these tables."""

metadata: Final = MetaData()
_id = BigInteger().with_variant(Integer, "sqlite")

NEW: Final[ColumnElement[str]] = literal_column("'new'", Text)
IN_PROGRESS: Final[ColumnElement[str]] = literal_column("'in_progress'", Text)
SUCCESSFUL: Final[ColumnElement[str]] = literal_column("'successful'", Text)
PENDING: Final[ColumnElement[str]] = literal_column("'pending'", Text)
RUNNING: Final[ColumnElement[str]] = literal_column("'running'", Text)
ABANDONED: Final[ColumnElement[str]] = literal_column("'abandoned'", Text)
RETRIED: Final[ColumnElement[str]] = literal_column("'retried'", Text)

NO_DEADLINE: Final = 1e12
"""So late that nobody sees it: a NULL would not be ordered by an index."""


class now(FunctionElement[float]):
    """The database's clock, in seconds since 1970."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: SQLCompiler, **_: Any) -> str:
    # Not now(): that is the start of the transaction, which may have waited for a lock since.
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"


def dump_json(value: Any) -> str:
    """Escaped to ASCII: text from a screen may hold what a database refuses (NUL, half a surrogate pair)."""
    return json.dumps(value, allow_nan=False)


meta: Final = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

jobs: Final = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("rehearsal", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("period", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("robot", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("configuration", JSON, nullable=False, server_default="{}"),
    Column("arguments", JSON, nullable=False, server_default="[]"),
    Column("machine", Text, nullable=False, server_default=""),
    Column("wanted", Text, nullable=False, server_default=""),  # stop or kill, by a person
    Column("wanted_by", Text, nullable=False, server_default=""),
    Column("seen_at", Float),  # when it was last heard of, or launched while pending; none: not yet
    Column("pool", Text, nullable=False, server_default="default"),
    Column("requires", JSON, nullable=False, server_default="[]"),
    Column("trigger", Text, nullable=False, server_default=""),  # empty: a person wanted it
    Column("queued_at", Float),  # none: it never waited, a person ran it at once
    Column("restart_of", Text, nullable=False, server_default=""),  # no foreign key: jobs go one by one
    Column("restarts", Integer, nullable=False, server_default="0"),
    Column("tells", Boolean, nullable=False, server_default=false()),  # owes a message if it stops early
    Column("dispatched", Boolean, nullable=False, server_default=false()),
)


def is_unfinished() -> ColumnElement[bool]:
    """Pending or running, in the words of the index `jobs_unfinished`."""
    condition: ColumnElement[bool] = jobs.c.status.in_([PENDING, RUNNING])
    return condition


def is_run() -> ColumnElement[bool]:
    """A run of the bot's own work, not one that takes back what another wrote."""
    return jobs.c.process.not_like("%/%")


Index(
    "jobs_unfinished", jobs.c.status, jobs.c.queued_at,
    sqlite_where=is_unfinished(), postgresql_where=is_unfinished(),
)  # fmt: skip

items: Final = Table(
    "items",
    metadata,
    Column("id", _id, primary_key=True),
    Column("space", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("case_space", Text, nullable=False),
    Column("lock", Text),  # none: nothing to keep others out of
    Column("fields", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("exception", Text),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),  # executions begun, without those released or postponed
    Column("postponed", JSON, nullable=False),
    Column("position", BigInteger, nullable=False),  # the order of claiming, after what is said below
    Column("available_at", Float, nullable=False),
    Column("owner", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("lease_until", Float),
    Column("completed_on", Date),
    Column("rules", JSON, nullable=False),
    Column("output", JSON, nullable=False),
    Column("added_by", Text, ForeignKey("jobs.id"), nullable=False),  # or added again
    Column("claimed_by", Text, ForeignKey("jobs.id")),
    Column("settled_by", Text, ForeignKey("jobs.id")),
    Column("added_at", Float, nullable=False),
    Column("claimed_at", Float),
    Column("settled_at", Float),
    Column("progress", Text, nullable=False, server_default=""),  # what the robot says of its work on it
    Column("period", Text, nullable=False, server_default=""),  # in which alone it may be handled; empty: any
    Column("behind", Integer, nullable=False, server_default="0"),  # 1: postponed until after all others
    Column("priority", Integer, nullable=False, server_default="2"),  # 1 high, 2 normal, 3 low
    Column("deadline", Float, nullable=False, server_default=str(NO_DEADLINE)),
    Column("successor", _id),  # the item that retries this one
    Column("analytics", JSON, nullable=False, server_default="{}"),  # no personal data
    Column("thinned_at", Float),  # since when its personal data are gone
    Column("found", Text, nullable=False, server_default=""),  # noted, or listed for a person
    Column("retracted", Boolean, nullable=False, server_default=false()),  # its effect has been taken back
    CheckConstraint(
        "status IN ('new', 'in_progress', 'successful', 'business', 'failed', 'held', 'abandoned',"
        " 'retried', 'deleted')",
        name="items_status",
    ),
    CheckConstraint("(status = 'in_progress') = (owner IS NOT NULL)", name="items_owner"),
    CheckConstraint("(status = 'in_progress') = (lease_until IS NOT NULL)", name="items_lease"),
    sqlite_autoincrement=True,  # an id is never used again: effects name it for ever
)


def is_open(table: Any = items) -> ColumnElement[bool]:
    """New or in progress, in the words of the index `items_open`."""
    condition: ColumnElement[bool] = table.c.status.in_([NEW, IN_PROGRESS])
    return condition


# The newest of an item's tries is the one that counts.
Index(
    "items_reference", items.c.space, items.c.reference, unique=True,
    sqlite_where=items.c.status != RETRIED, postgresql_where=items.c.status != RETRIED,
)  # fmt: skip
# This index, not a query, keeps two robots out of one case: by query alone, concurrent claims overlap.
Index(
    "items_lock", items.c.case_space, items.c.lock, unique=True,
    sqlite_where=items.c.status == IN_PROGRESS, postgresql_where=items.c.status == IN_PROGRESS,
)  # fmt: skip
Index(
    "items_open", items.c.space, items.c.behind, items.c.priority, items.c.deadline, items.c.position,
    items.c.id,
    sqlite_where=is_open(), postgresql_where=is_open(),
)  # fmt: skip
Index(
    "items_completed", items.c.space, items.c.lock, items.c.completed_on,
    sqlite_where=items.c.status == SUCCESSFUL, postgresql_where=items.c.status == SUCCESSFUL,
)  # fmt: skip
Index("items_settled_by", items.c.settled_by)
Index("items_completed_on", items.c.completed_on)

effects: Final = Table(
    "effects",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("candidate", Text),
    Column("submitted_at", Float, nullable=False),
    Column("confirmed_at", Float),
    # No foreign keys: effects are kept for ever, jobs and items are not.
    Column("job", Text, nullable=False),
    Column("item", _id, nullable=False),
    UniqueConstraint("scope", "candidate", name="effects_candidate"),
    CheckConstraint("status IN ('submitting', 'confirmed', 'withdrawn')", name="effects_status"),
    CheckConstraint("status <> 'confirmed' OR candidate IS NOT NULL", name="effects_confirmed"),
)
Index("effects_item", effects.c.item)

interventions: Final = Table(
    "interventions",
    metadata,
    Column("id", _id, primary_key=True),
    Column("item", _id, nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("note", Text, nullable=False),  # case data
)

assets: Final = Table(
    "assets",
    metadata,
    Column("space", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),  # empty: for all; bot/NAME, machine/NAME
    Column("type", Text, nullable=False),
    Column("value", Text),  # of plain ones
    Column("token", Text),  # of secret ones, encrypted; none: it lies in the machine's keyring
    Column("expires", Date),
    Column("changed_by", Text, nullable=False),  # a person or a job; no foreign key: jobs go
    Column("changed_at", Float, nullable=False),
    PrimaryKeyConstraint("space", "name", "scope", name="assets_key"),
    CheckConstraint("type IN ('text', 'integer', 'boolean', 'credential', 'secret')", name="assets_type"),
    CheckConstraint("(value IS NULL) = (type IN ('credential', 'secret'))", name="assets_value"),
    CheckConstraint("token IS NULL OR type IN ('credential', 'secret')", name="assets_token"),
)

releases: Final = Table(
    "releases",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("files", JSON, nullable=False),
    Column("kept_at", Float, nullable=False),
)

# Only ever added to: who corrects a decision takes another.
decisions: Final = Table(
    "decisions",
    metadata,
    Column("number", _id, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("rollback", Boolean, nullable=False),
    Column("release", Text, ForeignKey("releases.hash")),  # none: the bot could not be read yet
    Column("version", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("note", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Float, nullable=False),
    CheckConstraint(
        "step IN ('vald', 'pdd', 'utveckling', 'informerad', 'driftsatt')", name="decisions_step"
    ),
    sqlite_autoincrement=True,  # a number that is gone is missed
)
Index("decisions_bot", decisions.c.bot, decisions.c.number)

audit: Final = Table(
    "audit",
    metadata,
    # Each row holds the hash of the one before it (store/chain.py). Nothing changes or removes a row.
    Column("seq", _id, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON as text: the hash is of its letters
    Column("content", Text),  # the keyed hash of what stands in `contents`
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

contents: Final = Table(
    "contents",
    metadata,
    # What of an audit row may be personal. No foreign key: it goes when its time has come, the row stays.
    Column("seq", _id, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("content", Text, nullable=False),
)

# --- the schedule's service

triggers: Final = Table(
    "triggers",
    metadata,
    Column("name", Text, primary_key=True),  # or *, for all of them
    Column("known_at", Float),  # since when its fires count; none: it is only paused
    Column("looked_until", Float),  # what was due before is decided
    Column("paused_by", Text, nullable=False, server_default=""),
    Column("paused_at", Float),
    Column("note", Text, nullable=False, server_default=""),
    Column("problem", Text, nullable=False, server_default=""),  # why it cannot be looked at
    CheckConstraint("(known_at IS NULL) = (looked_until IS NULL)", name="triggers_known"),
    CheckConstraint("(paused_by = '') = (paused_at IS NULL)", name="triggers_paused"),
)

past_pauses: Final = Table(
    "past_pauses",
    metadata,
    # What came due meanwhile is left out, also when a service sees it only afterwards.
    Column("id", _id, primary_key=True),
    Column("trigger", Text, nullable=False),  # or *
    Column("began", Float, nullable=False),
    Column("ended", Float, nullable=False),
)

fires: Final = Table(
    "fires",
    metadata,
    Column("id", _id, primary_key=True),
    Column("trigger", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("due", Float, nullable=False),
    Column("planned", Date, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("job", Text),  # no foreign key: jobs are not kept for ever
    Column("decided_at", Float, nullable=False),
    Column("decided_by", Text, nullable=False),
    UniqueConstraint("trigger", "key", name="fires_once"),  # this, not a query, makes each fire start one job
    CheckConstraint("outcome IN ('started', 'joined', 'waiting', 'skipped')", name="fires_outcome"),
    CheckConstraint("(outcome IN ('started', 'joined')) = (job IS NOT NULL)", name="fires_job"),
    sqlite_autoincrement=True,
)
WAITING: Final[ColumnElement[str]] = literal_column("'waiting'", Text)
Index("fires_trigger", fires.c.trigger, fires.c.id)
Index(
    "fires_waiting", fires.c.trigger,
    sqlite_where=fires.c.outcome == WAITING, postgresql_where=fires.c.outcome == WAITING,
)  # fmt: skip

schedulers: Final = Table(
    "schedulers",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("machine", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)

# --- telling people

alerts: Final = Table(
    "alerts",
    metadata,
    Column("id", _id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("todo", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("since", Float, nullable=False),
    Column("latest", Float, nullable=False),
    Column("due_at", Float),  # when somebody is told next; none: there is nothing to tell
    Column("told_at", Float),
    Column("told_to", JSON, nullable=False),  # who has had the message that is on its way
    Column("over_at", Float),
    Column("acknowledged_by", Text, nullable=False),
)
_lasts = alerts.c.over_at.is_(None)
Index(
    "alerts_open", alerts.c.kind, alerts.c.machine, alerts.c.bot, alerts.c.subject, unique=True,
    sqlite_where=_lasts, postgresql_where=_lasts,
)  # fmt: skip

mailings: Final = Table(
    "mailings",
    metadata,
    Column("bot", Text, primary_key=True),
    Column("every", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("due_at", Float, nullable=False),  # from when another may send it, when it was not sent
    Column("sent_at", Float),
)
# What became of the activities that notes left with people, as the case system told: counts, no cases.
outcomes: Final = Table(
    "outcomes",
    metadata,
    Column("bot", Text, primary_key=True),
    Column("environment", Text, primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("month", Text, primary_key=True),  # of the note
    Column("rule", Text, primary_key=True),  # empty: all activities, whatever the rules
    Column("outcome", Text, primary_key=True),  # empty: not finished yet
    Column("number", Integer, nullable=False),
    Column("told_at", Float, nullable=False),
)

efforts: Final = Table(
    "efforts",
    metadata,
    Column("id", _id, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("hours", Float, nullable=False),  # below 0: a correction
    Column("what", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("recorded_at", Float, nullable=False),
)
Index("efforts_bot", efforts.c.bot, efforts.c.day)

# What people answered in surveys: counts, nobody's own answers.
surveys: Final = Table(
    "surveys",
    metadata,
    Column("period", Text, primary_key=True),  # a month or a year
    Column("dataset", Text, primary_key=True),  # empty: about all of them
    Column("question", Text, primary_key=True),
    Column("answer", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # of the question, as they were asked
    Column("number", Integer, nullable=False),
    Column("told_at", Float, nullable=False),
)
