"""Items know the period in which alone they may be handled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Their period is that of the job that added them."""
    op.add_column("items", sa.Column("period", sa.Text, nullable=False, server_default=""))
    # A job's period is its day also where the process has none: there its items belong to any.
    op.execute(
        "UPDATE items SET period = (SELECT CASE WHEN length(jobs.period) = 10 THEN '' ELSE jobs.period END"
        " FROM jobs WHERE jobs.id = items.added_by)"
    )
