"""Add the run that a second stage trains upon, and waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column and its index; runs from before have one stage."""
    op.add_column("runs", sa.Column("first_stage_id", sa.Integer, nullable=True))
    op.create_index("ix_runs_first_stage_id", "runs", ["first_stage_id"])
