"""Let a sweep hold what its verdicts are planned with: a margin, two looks, tuned axes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; sweeps from before planned nothing and tuned nothing."""
    op.add_column("sweeps", sa.Column("margin", sa.Double, nullable=True))
    op.add_column("sweeps", sa.Column("looks", sa.JSON, nullable=True))
    op.add_column("sweeps", sa.Column("tuned", sa.JSON, nullable=False, server_default=sa.text("'[]'")))
