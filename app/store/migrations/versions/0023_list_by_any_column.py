"""Add what lists are sorted and grouped by to the rows of runs, and views of the list under a name."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_FIGURES = ("test_head", "test_medium", "test_tail")
_SORTED = (*_FIGURES, "finished_at", "epochs", "dataset", "loss", "beta", "seed", "learning_rate")
_GROUPED = ("setting_hash", "sweep_id", "dataset")
_AT_ONCE = 1000
_RUNS = sa.table(
    "runs",
    sa.column("id"),
    sa.column("kind"),
    sa.column("config", sa.JSON),
    sa.column("last", sa.JSON),
    *(sa.column(name) for name in (*_FIGURES, "loss", "beta", "seed", "learning_rate")),
)


def upgrade() -> None:
    """Add columns, fill them, and only then make their indexes; add the table."""
    for name in (*_FIGURES, "beta", "learning_rate"):
        op.add_column("runs", sa.Column(name, sa.Double))
    op.add_column("runs", sa.Column("loss", sa.String))
    op.add_column("runs", sa.Column("seed", sa.Integer))
    connection = op.get_bind()
    for values in _rows(connection):
        known: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in values[0] if name != "at"}
        filled = _RUNS.update().where(_RUNS.c.id == sa.bindparam("at")).values(known)
        connection.execute(filled, [{"at": row["at"], **_named(row)} for row in values])
    for key in _SORTED:
        op.create_index(f"ix_runs_list_{key}", "runs", ["archived_at", key, "id"])
    for key in _GROUPED:
        op.create_index(f"ix_runs_group_{key}", "runs", ["archived_at", "kind", key, "id", "state"])
    op.drop_index("ix_tags_tag", "tags")
    op.create_index("ix_tags_tag", "tags", ["tag", "run_id"])
    op.create_table(
        "named_views",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("query", sa.String, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_named_views"),
    )


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in row.items() if name != "at"}


def _rows(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """What to put into the rows of trainings, some at a time."""
    after = 0
    chosen = sa.select(_RUNS.c.id, _RUNS.c.config, _RUNS.c.last).where(_RUNS.c.kind == "training")
    while True:
        found = connection.execute(
            chosen.where(_RUNS.c.id > after).order_by(_RUNS.c.id).limit(_AT_ONCE)
        ).all()
        if not found:
            return
        yield [_values(*row) for row in found]
        after = found[-1][0]


def _values(run_id: int, config: dict[str, Any], last: dict[str, Any] | None) -> dict[str, Any]:
    loss = config.get("loss", {})
    weighting = loss.get("weighting", "none")
    return {
        "at": run_id,
        **{name: (last or {}).get(name) for name in _FIGURES},
        "loss": loss.get("name", "") + ("" if weighting == "none" else f" {weighting}"),
        "beta": loss.get("beta"),
        "seed": config.get("seed"),
        "learning_rate": config.get("optim", {}).get("learning_rate"),
    }
