"""The first tables: jobs, items and effects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
OPEN = sa.text("status IN ('new', 'in_progress')")
IN_PROGRESS = sa.text("status = 'in_progress'")
SUCCESSFUL = sa.text("status = 'successful'")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("rehearsal", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("robot", sa.Text, nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
    )
    _items()
    op.create_table(
        "effects",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("candidate", sa.Text),
        sa.Column("submitted_at", sa.Float, nullable=False),
        sa.Column("confirmed_at", sa.Float),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("item", ID, nullable=False),
        sa.UniqueConstraint("scope", "candidate", name="effects_candidate"),
        sa.CheckConstraint("status IN ('submitting', 'confirmed', 'withdrawn')", name="effects_status"),
        sa.CheckConstraint("status <> 'confirmed' OR candidate IS NOT NULL", name="effects_confirmed"),
    )


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", ID, primary_key=True),
        sa.Column("space", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("case_space", sa.Text, nullable=False),
        sa.Column("lock", sa.Text),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("exception", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("postponed", sa.JSON, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("available_at", sa.Float, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.Float),
        sa.Column("completed_on", sa.Date),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("output", sa.JSON, nullable=False),
        sa.Column("added_by", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("claimed_by", sa.Text, sa.ForeignKey("jobs.id")),
        sa.Column("settled_by", sa.Text, sa.ForeignKey("jobs.id")),
        sa.Column("added_at", sa.Float, nullable=False),
        sa.Column("claimed_at", sa.Float),
        sa.Column("settled_at", sa.Float),
        sa.UniqueConstraint("space", "reference", name="items_reference"),
        sa.CheckConstraint(
            "status IN ('new', 'in_progress', 'successful', 'business', 'failed', 'held')",
            name="items_status",
        ),
        sa.CheckConstraint("(status = 'in_progress') = (owner IS NOT NULL)", name="items_owner"),
        sa.CheckConstraint("(status = 'in_progress') = (lease_until IS NOT NULL)", name="items_lease"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "items_lock", "items", ["case_space", "lock"], unique=True,
        sqlite_where=IN_PROGRESS, postgresql_where=IN_PROGRESS,
    )  # fmt: skip
    op.create_index(
        "items_open", "items", ["space", "position", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(
        "items_completed", "items", ["space", "lock", "completed_on"],
        sqlite_where=SUCCESSFUL, postgresql_where=SUCCESSFUL,
    )  # fmt: skip
    op.create_index("items_settled_by", "items", ["settled_by"])
