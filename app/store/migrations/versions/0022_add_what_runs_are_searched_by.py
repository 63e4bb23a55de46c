"""Add the tables and indexes by which runs are searched; whoever starts next fills them (search_index)."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0018"

_SEARCHED = ["state", "created_at", "started_at", "finished_at", "seconds", "priority", "dataset", "sweep_id",
             "test_accuracy", "test_balanced_accuracy", "name", "id"]  # fmt: skip
_FIGURES = """
    test_accuracy test_balanced_accuracy test_geometric_mean test_macro_f1 test_head test_medium test_tail
    test_worst_class test_many_shot test_medium_shot test_few_shot test_kappa test_mcc test_auroc test_ece
    test_classwise_ece test_brier test_loss train_accuracy train_loss validation_accuracy
    validation_balanced_accuracy validation_loss best_test_accuracy best_test_balanced_accuracy
"""


def upgrade() -> None:
    """Add what says again, in narrow rows, what stands on the runs' own."""
    op.create_table(
        "field_values",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("number", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_field_values"),
        sa.UniqueConstraint("path", "text", name="uq_field_values_path_text"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_field_values_path_number", "field_values", ["path", "number"])
    op.create_table(
        "run_fields",
        sa.Column("value_id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("value_id", "run_id", name="pk_run_fields"),
        sa.ForeignKeyConstraint(["value_id"], ["field_values.id"], name="fk_run_fields_value_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_fields_run_id", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_fields_run_id", "run_fields", ["run_id"])
    op.create_table(
        "run_figures",
        sa.Column("run_id", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Double) for name in _FIGURES.split()),
        sa.PrimaryKeyConstraint("run_id", name="pk_run_figures"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_figures_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_runs_search", "runs", ["archived_at", "kind", *_SEARCHED])
    for name, condition in (("ix_runs_noted", "notes != ''"), ("ix_runs_erred", "error IS NOT NULL")):
        only = sa.text(condition)
        op.create_index(name, "runs", ["id"], sqlite_where=only, postgresql_where=only)
