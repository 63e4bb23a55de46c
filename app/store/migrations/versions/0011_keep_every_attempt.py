"""Add the attempts at a run, when it is tried again and how often, and how long one may take."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add table and columns; of attempts from before, nothing is known."""
    for table in ("runs", "sweeps"):
        op.add_column(table, sa.Column("max_attempts", sa.Integer, nullable=True))
        op.add_column(table, sa.Column("time_limit_minutes", sa.Double, nullable=True))
    op.add_column("runs", sa.Column("not_before", sa.String, nullable=True))
    op.add_column("runs", sa.Column("retried", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("runs", sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "attempts",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker_id", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=True),
        sa.Column("started_at", sa.String, nullable=False),
        sa.Column("ended_at", sa.String, nullable=True),
        sa.Column("ended", sa.String, nullable=True),
        sa.Column("reason", sa.String, nullable=True),
        sa.Column("hint", sa.String, nullable=True),
        sa.Column("epoch", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "attempt", name="pk_attempts"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_attempts_run_id", ondelete="CASCADE"),
    )
