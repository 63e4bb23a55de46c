"""Add the steps that a checkpoint within an epoch holds, and the epochs after which a run goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add both columns."""
    steps = sa.Column("steps", sa.Integer, nullable=False, server_default=sa.text("0"))
    op.add_column("checkpoints", steps)
    op.add_column("runs", sa.Column("continued_after", sa.Integer, nullable=True))
