"""Assets with a type, for all or for one bot or machine; secrets as tokens; a day when they expire."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table anew: what was there holds for all, and is text."""
    op.rename_table("assets", "assets_before")
    op.create_table(
        "assets",
        sa.Column("space", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("token", sa.Text),
        sa.Column("expires", sa.Date),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("space", "name", "scope", name="assets_key"),
        sa.CheckConstraint(
            "type IN ('text', 'integer', 'boolean', 'credential', 'secret')", name="assets_type"
        ),
        sa.CheckConstraint("(value IS NULL) = (type IN ('credential', 'secret'))", name="assets_value"),
        sa.CheckConstraint("token IS NULL OR type IN ('credential', 'secret')", name="assets_token"),
    )
    op.execute(
        "INSERT INTO assets (space, name, scope, type, value, changed_by, changed_at)"
        " SELECT space, name, '', 'text', value, changed_by, changed_at FROM assets_before"
    )
    op.drop_table("assets_before")
