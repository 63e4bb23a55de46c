"""Add what keeps a worker from starting runs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    op.add_column("workers", sa.Column("trouble", sa.String, nullable=True))
