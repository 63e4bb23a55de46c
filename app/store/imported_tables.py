"""The tables of runs that were recorded elsewhere. Import from app.store.tables."""

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Json
from app.store.dialects import NEVER_REUSE_IDS


class ImportedRun(Base):
    """A run that another tool has recorded, as it was read. Nothing of it was carried out here."""

    __tablename__ = "imported_runs"
    __table_args__ = (
        UniqueConstraint("tool", "key"),
        Index("ix_imported_runs_setting", "setting"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tool: Mapped[str]
    """mlflow, tensorboard or csv."""
    key: Mapped[str]
    """What the tool tells its runs apart by."""
    place: Mapped[str]
    """Where it was read."""
    experiment: Mapped[str]
    name: Mapped[str]
    notes: Mapped[str]
    state: Mapped[str]
    """completed, failed, canceled, running (when it was read), or unknown."""
    started_at: Mapped[str | None]
    finished_at: Mapped[str | None]
    imported_at: Mapped[str]
    params: Mapped[Json]
    """Name -> text."""
    tags: Mapped[Json]
    setting: Mapped[str]
    """Equal for runs of equal parameters but for their seed."""
    figures: Mapped[Json]
    """{figure: {metric, value}}: which metric it is, its value at the last step; accuracies as fractions."""
    classes: Mapped[list[Any]]
    """[[class, recall at the last step, metric], ...]."""
    percent: Mapped[list[Any]]
    """Metrics that stand in percent."""
    content_hash: Mapped[str]
    """Of all that was read, so that reading it again changes nothing."""


class ImportedMetric(Base):
    """Values of one metric of such a run, as they were recorded."""

    __tablename__ = "imported_metrics"

    imported_id: Mapped[int] = mapped_column(
        ForeignKey("imported_runs.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    steps: Mapped[list[Any]]
    values: Mapped[list[Any]]
    """NULL where one was not finite."""
