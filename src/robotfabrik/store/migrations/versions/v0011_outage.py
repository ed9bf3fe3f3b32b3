"""Whether the unit is told when a job stops early, how far it came, and which effects were taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = depends_on = None


def upgrade() -> None:
    # Jobs from before owe nothing: nobody expects a message about them any more.
    for name in ("tells", "dispatched"):
        op.add_column("jobs", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("items", sa.Column("retracted", sa.Boolean, nullable=False, server_default=sa.false()))
