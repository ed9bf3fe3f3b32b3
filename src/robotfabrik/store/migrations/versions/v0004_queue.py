"""What people do with items and jobs: priority, deadline, retries, deletion, thinning, stopping."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from robotfabrik.store.migrations.ids import ids_kept

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
COUNTS = sa.text("status != 'retried'")
OPEN = sa.text("status IN ('new', 'in_progress')")


def upgrade() -> None:
    """Items get the new columns and statuses; a reference is unique among those that count."""
    op.drop_index("items_open", "items")
    # SQLite changes constraints by making the table anew; it must not forget which ids were used.
    with (
        ids_kept("items"),
        op.batch_alter_table("items", table_kwargs={"sqlite_autoincrement": True}) as items,
    ):
        items.drop_constraint("items_reference", type_="unique")
        items.drop_constraint("items_status", type_="check")
        items.add_column(sa.Column("behind", sa.Integer, nullable=False, server_default="0"))
        items.add_column(sa.Column("priority", sa.Integer, nullable=False, server_default="2"))
        items.add_column(sa.Column("deadline", sa.Float, nullable=False, server_default="1000000000000.0"))
        items.add_column(sa.Column("successor", ID))
        items.add_column(sa.Column("analytics", sa.JSON, nullable=False, server_default="{}"))
        items.add_column(sa.Column("thinned_at", sa.Float))
        items.create_check_constraint(
            "items_status",
            "status IN ('new', 'in_progress', 'successful', 'business', 'failed', 'held', 'abandoned',"
            " 'retried', 'deleted')",
        )
    op.create_index(
        "items_reference", "items", ["space", "reference"], unique=True,
        sqlite_where=COUNTS, postgresql_where=COUNTS,
    )  # fmt: skip
    op.create_index(
        "items_open", "items", ["space", "behind", "priority", "deadline", "position", "id"],
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
    op.add_column("jobs", sa.Column("configuration", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("jobs", sa.Column("arguments", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("jobs", sa.Column("machine", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("wanted", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("wanted_by", sa.Text, nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("seen_at", sa.Float))
    op.create_index("effects_item", "effects", ["item"])
    op.create_table(
        "interventions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("item", ID, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("ix_interventions_item", "interventions", ["item"])
