"""Add what a job does (those from before are trainings), and the pieces of other jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("runs", sa.Column("kind", sa.String, nullable=False, server_default=sa.text("'training'")))
    op.create_table(
        "pieces",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("time", sa.String, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_pieces"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_pieces_run_id", ondelete="CASCADE"),
    )
