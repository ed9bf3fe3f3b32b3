"""Assets, and what a robot says of its work on an item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add both, empty."""
    op.add_column("items", sa.Column("progress", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "assets",
        sa.Column("space", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
    )
