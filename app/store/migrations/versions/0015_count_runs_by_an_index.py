"""Let an index alone count the runs of a list: with the kind of a job, each row was looked up."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the index; with the state in it, it finds no run by its number, for which others are better."""
    op.create_index("ix_runs_list_kind", "runs", ["archived_at", "kind", "state"])
