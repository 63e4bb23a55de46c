"""The tables by which runs are searched: what their configurations say, and what they measured last.

Both say again, in narrow rows, what stands on a run's own wide one, so that a search reads little. Import
them from app.store.tables.
"""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base
from app.store.dialects import BY_KEY, NEVER_REUSE_IDS


class FieldValue(Base):
    """A value that some configuration has, or had, in a field: once, however many runs have it."""

    __tablename__ = "field_values"
    __table_args__ = (
        UniqueConstraint("path", "text"),
        Index("ix_field_values_path_number", "path", "number"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    """Of the field, such as loss.beta; "" in the one row that says which fields are known."""
    text: Mapped[str]
    number: Mapped[float | None]
    """The same, where it is a number."""


class RunField(Base):
    """That a run has this value; a field without effect has none."""

    __tablename__ = "run_fields"
    __table_args__ = (Index("ix_run_fields_run_id", "run_id"), BY_KEY)

    value_id: Mapped[int] = mapped_column(ForeignKey("field_values.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)


class RunFigures(Base):
    """What a run measured after its last epoch and after its best one; a metric that came later has none."""

    __tablename__ = "run_figures"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    test_accuracy: Mapped[float | None]
    test_balanced_accuracy: Mapped[float | None]
    test_geometric_mean: Mapped[float | None]
    test_macro_f1: Mapped[float | None]
    test_head: Mapped[float | None]
    test_medium: Mapped[float | None]
    test_tail: Mapped[float | None]
    test_worst_class: Mapped[float | None]
    test_many_shot: Mapped[float | None]
    test_medium_shot: Mapped[float | None]
    test_few_shot: Mapped[float | None]
    test_kappa: Mapped[float | None]
    test_mcc: Mapped[float | None]
    test_auroc: Mapped[float | None]
    test_ece: Mapped[float | None]
    test_classwise_ece: Mapped[float | None]
    test_brier: Mapped[float | None]
    test_loss: Mapped[float | None]
    train_accuracy: Mapped[float | None]
    train_loss: Mapped[float | None]
    validation_accuracy: Mapped[float | None]
    validation_balanced_accuracy: Mapped[float | None]
    validation_loss: Mapped[float | None]
    best_test_accuracy: Mapped[float | None]
    best_test_balanced_accuracy: Mapped[float | None]
