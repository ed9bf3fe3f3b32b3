"""The schedule's service: triggers, what became of their fires, and who looks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WAITING = sa.text("outcome = 'waiting'")


def upgrade() -> None:
    """Make the tables, empty: every trigger is new, and fires nothing of the past."""
    op.create_table(
        "triggers",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("known_at", sa.Float),
        sa.Column("looked_until", sa.Float),
        sa.Column("paused_by", sa.Text, nullable=False, server_default=""),
        sa.Column("paused_at", sa.Float),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint("(known_at IS NULL) = (looked_until IS NULL)", name="triggers_known"),
        sa.CheckConstraint("(paused_by = '') = (paused_at IS NULL)", name="triggers_paused"),
    )
    op.create_table(
        "past_pauses",
        sa.Column("id", ID, primary_key=True),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("began", sa.Float, nullable=False),
        sa.Column("ended", sa.Float, nullable=False),
    )
    op.create_table(
        "fires",
        sa.Column("id", ID, primary_key=True),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("planned", sa.Date, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("job", sa.Text),
        sa.Column("decided_at", sa.Float, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.UniqueConstraint("trigger", "key", name="fires_once"),
        sa.CheckConstraint(
            "outcome IN ('started', 'joined', 'waiting', 'skipped')", name="fires_outcome"
        ),
        sa.CheckConstraint("(outcome IN ('started', 'joined')) = (job IS NOT NULL)", name="fires_job"),
        sqlite_autoincrement=True,
    )
    op.create_index("fires_trigger", "fires", ["trigger", "id"])
    op.create_index(
        "fires_waiting", "fires", ["trigger"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_table(
        "schedulers",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
