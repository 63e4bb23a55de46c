"""Add the source of a run's images, which its data set's name alone does not tell."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_MEANT = {"shapes10": "shapes10/v1", "cifar10": "cifar10/c58f30108f718f92721af3b95e74349a"}
"""What these names have meant until now; what an imported folder held is up to app.serving.installation."""


def upgrade() -> None:
    """Add the column, and fill it where the name told the images."""
    op.add_column("runs", sa.Column("source", sa.String, nullable=True))
    runs = sa.table("runs", sa.column("dataset", sa.String), sa.column("source", sa.String))
    for dataset, source in _MEANT.items():
        op.execute(runs.update().where(runs.c.dataset == dataset).values(source=source))
