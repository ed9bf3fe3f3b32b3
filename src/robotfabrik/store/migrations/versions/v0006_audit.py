"""The audit: a chain of rows, and what of them may be personal, apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both, empty; the chain begins with this upgrade."""
    op.create_table(
        "audit",
        sa.Column("seq", ID, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "contents",
        sa.Column("seq", ID, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
