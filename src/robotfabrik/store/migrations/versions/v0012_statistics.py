"""Statistics: what an item's end says of its case, outcomes of activities, and hours of maintenance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Items that ended before this: the definition is not known here. An exception that left a note is a finding
# of the robot's; one without is a case for a person.
WROTE = "EXISTS (SELECT 1 FROM effects WHERE effects.item = items.id AND effects.status = 'confirmed')"


def upgrade() -> None:
    """Items get the column, filled as far as their effects tell; the tables begin empty."""
    op.add_column("items", sa.Column("found", sa.Text, nullable=False, server_default=""))
    op.execute(
        f"UPDATE items SET found = CASE WHEN {WROTE} THEN 'noted' ELSE 'listed' END"
        " WHERE status = 'business'"
    )
    op.execute(f"UPDATE items SET found = 'noted' WHERE status = 'successful' AND {WROTE}")
    op.create_index("items_completed_on", "items", ["completed_on"])
    op.create_table(
        "outcomes",
        sa.Column("bot", sa.Text, primary_key=True),
        sa.Column("environment", sa.Text, primary_key=True),
        sa.Column("dataset", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("told_at", sa.Float, nullable=False),
    )
    op.create_table(
        "efforts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("hours", sa.Float, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Float, nullable=False),
    )
    op.create_index("efforts_bot", "efforts", ["bot", "day"])
