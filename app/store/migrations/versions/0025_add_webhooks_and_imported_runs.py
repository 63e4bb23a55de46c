"""Add how far each webhook was told, what is owed to it, and runs that were recorded elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"


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
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_hook_settled_at", "deliveries", ["hook", "settled_at"])
    texts = ("tool", "key", "place", "experiment", "name", "notes", "state", "imported_at", "setting",
             "content_hash")  # fmt: skip
    op.create_table(
        "imported_runs",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in texts),
        *(sa.Column(name, sa.String) for name in ("started_at", "finished_at")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("params", "tags", "figures")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("classes", "percent")),
        sa.PrimaryKeyConstraint("id", name="pk_imported_runs"),
        sa.UniqueConstraint("tool", "key", name="uq_imported_runs_tool_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_imported_runs_setting", "imported_runs", ["setting"])
    op.create_table(
        "imported_metrics",
        sa.Column("imported_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("steps", sa.JSON, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("imported_id", "name", name="pk_imported_metrics"),
        sa.ForeignKeyConstraint(
            ["imported_id"], ["imported_runs.id"], name="fk_imported_metrics_imported_id", ondelete="CASCADE"
        ),
    )
