"""Releases, and the decisions about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add both, empty."""
    op.create_table(
        "releases",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("kept_at", sa.Float, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("rollback", sa.Boolean, nullable=False),
        sa.Column("release", sa.Text, sa.ForeignKey("releases.hash")),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Float, nullable=False),
        sa.CheckConstraint(
            "step IN ('vald', 'pdd', 'utveckling', 'informerad', 'driftsatt')", name="decisions_step"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_bot", "decisions", ["bot", "number"])
