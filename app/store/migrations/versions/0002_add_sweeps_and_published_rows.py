"""Add sweeps, their cells, and published results that people add."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables, and find the runs of a sweep quickly."""
    op.create_index("ix_runs_sweep_id", "runs", ["sweep_id"])
    _create_sweeps()
    _create_cells()
    _create_published_rows()


def _create_sweeps() -> None:
    op.create_table(
        "sweeps",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "name notes"),
        *_columns(sa.JSON, "tags base axes baselines"),
        *_columns(sa.Boolean, "reuse"),
        *_columns(sa.String, "created_at"),
        *_columns(sa.String, "idempotency_key", null=True),
        *_columns(sa.String, "body_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_sweeps"),
        sa.UniqueConstraint("idempotency_key", name="uq_sweeps_idempotency_key"),
        sqlite_autoincrement=True,
    )


def _create_cells() -> None:
    op.create_table(
        "sweep_cells",
        *_columns(sa.Integer, "sweep_id cell"),
        *_columns(sa.Integer, "run_id", null=True),
        *_columns(sa.Boolean, "baseline"),
        *_columns(sa.JSON, "places config"),
        *_columns(sa.String, "config_hash setting_hash"),
        _foreign_key("sweep_id", "sweeps.id", "CASCADE"),
        _foreign_key("run_id", "runs.id", "SET NULL"),
        sa.PrimaryKeyConstraint("sweep_id", "cell", name="pk_sweep_cells"),
    )
    op.create_index("ix_sweep_cells_run_id", "sweep_cells", ["run_id"])


def _create_published_rows() -> None:
    op.create_table(
        "published_rows",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "group_name label dataset"),
        *_columns(sa.Double, "imbalance_ratio accuracy", null=True),
        *_columns(sa.JSON, "classes class_names"),
        *_columns(sa.String, "source recipe note created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_published_rows"),
        sqlite_autoincrement=True,
    )


def _columns(kind: Any, names: str, null: bool = False) -> Iterable[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=null) for name in names.split()]


def _foreign_key(column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_sweep_cells_{column}", ondelete=on_delete)
