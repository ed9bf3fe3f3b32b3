"""Jobs may wait for a machine, and follow one that was given up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

UNFINISHED = sa.text("status IN ('pending', 'running')")


def upgrade() -> None:
    """Jobs get the new columns; those that are there were started by hand and never waited."""
    op.add_column("jobs", sa.Column("pool", sa.Text, nullable=False, server_default="default"))
    op.add_column("jobs", sa.Column("requires", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("jobs", sa.Column("trigger", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("queued_at", sa.Float))
    op.add_column("jobs", sa.Column("restart_of", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("restarts", sa.Integer, nullable=False, server_default="0"))
    op.create_index(
        "jobs_unfinished", "jobs", ["status", "queued_at"],
        sqlite_where=UNFINISHED, postgresql_where=UNFINISHED,
    )  # fmt: skip
