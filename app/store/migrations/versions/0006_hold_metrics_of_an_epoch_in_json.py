"""Hold the metrics of an epoch that nothing sorts by in one JSON column: a new one needs no migration."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOVED = ("test_geometric_mean", "test_worst_class", "test_macro_f1", "test_head", "test_medium", "test_tail",
          "test_many_shot", "test_medium_shot", "test_few_shot")  # fmt: skip


def upgrade() -> None:
    """Add the column, fill it from those that it replaces, and drop them."""
    empty = sa.text("'{}'")
    op.add_column("epochs", sa.Column("metrics", sa.JSON, nullable=False, server_default=empty))
    _fill(op.get_bind())
    with op.batch_alter_table("epochs") as epochs:
        for name in _MOVED:
            epochs.drop_column(name)


def _fill(connection: sa.Connection) -> None:
    """Run by run; in Python, as SQLite's own JSON functions round to 15 digits."""
    epochs = sa.table("epochs", sa.column("run_id"), sa.column("epoch"), sa.column("metrics", sa.JSON),
                      *map(sa.column, _MOVED))  # fmt: skip
    places = (epochs.c.run_id == sa.bindparam("of_run"), epochs.c.epoch == sa.bindparam("of_epoch"))
    filled = epochs.update().where(*places).values(metrics=sa.bindparam("told"))
    moved = sa.select(epochs.c.epoch, *(epochs.c[name] for name in _MOVED))
    for run_id in connection.scalars(sa.select(epochs.c.run_id).distinct()).all():
        rows = [
            {"of_run": run_id, "of_epoch": epoch, "told": dict(zip(_MOVED, values, strict=True))}
            for epoch, *values in connection.execute(moved.where(epochs.c.run_id == run_id))
        ]
        connection.execute(filled, rows)
