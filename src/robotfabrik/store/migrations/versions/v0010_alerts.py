"""What people are told: causes that are open or over, and summaries that were mailed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both, empty."""
    op.create_table(
        "alerts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("todo", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("latest", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float),
        sa.Column("told_at", sa.Float),
        sa.Column("told_to", sa.JSON, nullable=False),
        sa.Column("over_at", sa.Float),
        sa.Column("acknowledged_by", sa.Text, nullable=False),
    )
    op.create_index(
        "alerts_open", "alerts", ["kind", "machine", "bot", "subject"], unique=True,
        sqlite_where=sa.text("over_at IS NULL"), postgresql_where=sa.text("over_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "mailings",
        sa.Column("bot", sa.Text, primary_key=True),
        sa.Column("every", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("recipient", sa.Text, primary_key=True),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("sent_at", sa.Float),
    )
