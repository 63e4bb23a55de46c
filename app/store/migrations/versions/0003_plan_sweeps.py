"""Let a sweep hold its margin, two looks and tuned axes, and find runs by their setting."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and the index; sweeps from before planned nothing and tuned nothing."""
    op.create_index("ix_runs_setting_hash", "runs", ["setting_hash"])
    op.add_column("sweeps", sa.Column("margin", sa.Double, nullable=True))
    op.add_column("sweeps", sa.Column("looks", sa.JSON, nullable=True))
    op.add_column("sweeps", sa.Column("tuned", sa.JSON, nullable=False, server_default=sa.text("'[]'")))
