"""Add to each job where it stands in the queue, to jobs and sweeps what they require, to workers labels."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NONE = '{"device": null, "labels": []}'


def upgrade() -> None:
    """Add the columns; jobs from before stand where they stood, and require the device that they name."""
    for name in ("lane", "position", "turn"):
        op.add_column("runs", sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("sweeps", sa.Column("priority", sa.Integer, nullable=False, server_default=sa.text("0")))
    for table in ("runs", "sweeps"):
        required = sa.Column("requirements", sa.String, nullable=False, server_default=_NONE)
        op.add_column(table, required)
    op.add_column("workers", sa.Column("labels", sa.JSON, nullable=False, server_default=sa.text("'[]'")))
    runs = sa.table(
        "runs",
        *(sa.column(name) for name in ("id", "lane", "position", "sweep_id", "requirements")),
        sa.column("config", sa.JSON),
    )
    op.execute(runs.update().values(lane=sa.func.coalesce(runs.c.sweep_id, 0), position=runs.c.id))
    for device in ("cuda", "mps"):
        named = runs.c.config["device"].as_string() == device
        op.execute(runs.update().where(named).values(requirements=_NONE.replace("null", f'"{device}"')))
    op.drop_index("ix_runs_queue", "runs")
    ordered = ["state", "priority", "lane", "requirements", "position", "first_stage_id"]
    op.create_index("ix_runs_queue", "runs", ordered)
    op.create_index("ix_runs_lane", "runs", ["lane", "priority", "turn"])
    op.create_index("ix_runs_turn", "runs", ["turn"])
