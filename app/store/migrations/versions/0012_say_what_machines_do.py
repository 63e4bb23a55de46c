"""Add what machines do, and what a run's epochs took; drop batch events of runs that do not run."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add tables, column and index; fill the column."""
    op.create_table(
        "usage",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("time", sa.String, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("cpu_seconds", sa.Double, nullable=False),
        sa.Column("memory_bytes", sa.BigInteger, nullable=False),
        sa.Column("gpu_memory_bytes", sa.BigInteger),
        sa.Column("images_per_second", sa.Double),
        sa.PrimaryKeyConstraint("run_id", "seq", name="pk_usage"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_usage_run_id", ondelete="CASCADE"),
    )
    op.create_table(
        "machine_samples",
        sa.Column("host", sa.String, nullable=False),
        sa.Column("time", sa.String, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("cores", sa.Integer, nullable=False),
        sa.Column("cpu", sa.Double, nullable=False),
        sa.Column("memory_bytes", sa.BigInteger, nullable=False),
        sa.Column("memory_total_bytes", sa.BigInteger, nullable=False),
        sa.Column("gpus", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("host", "time", name="pk_machine_samples"),
    )
    op.add_column("runs", sa.Column("seconds", sa.Double))
    _fill(op.get_bind())
    op.create_index("ix_runs_list_seconds", "runs", ["archived_at", "seconds", "id"])


def _fill(connection: sa.Connection) -> None:
    runs = sa.table("runs", sa.column("id"), sa.column("state"), sa.column("seconds"))
    epochs = sa.table("epochs", sa.column("run_id"), sa.column("seconds"))
    events = sa.table("events", sa.column("run_id"), sa.column("kind"))
    spent = sa.select(sa.func.sum(epochs.c.seconds)).where(epochs.c.run_id == runs.c.id).scalar_subquery()
    connection.execute(runs.update().values(seconds=spent))
    resting = sa.select(runs.c.id).where(runs.c.state != "running")
    connection.execute(events.delete().where(events.c.kind == "batch", events.c.run_id.in_(resting)))
