"""Add how far each webhook was told, and what is owed to it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0018"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "hook_places",
        sa.Column("hook", sa.String, nullable=False),
        sa.Column("upto", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("hook", name="pk_hook_places"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hook", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("due_at", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("claimed_until", sa.String),
        sa.Column("settled_at", sa.String),
        sa.Column("error", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("hook", "key", name="uq_deliveries_hook_key"),
    )
    op.create_index("ix_deliveries_hook_settled_at", "deliveries", ["hook", "settled_at"])
