"""Add what decided on a worker's slots and threads."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column."""
    op.add_column("workers", sa.Column("split", sa.String, nullable=True))
