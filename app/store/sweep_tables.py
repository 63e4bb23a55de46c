"""The tables of sweeps. Import them from app.store.tables, which knows all tables."""

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, ConfigJson, Json, required_column
from app.store.dialects import NEVER_REUSE_IDS


class Sweep(Base):
    """Runs that were asked for together: what was asked, word for word, and what has been added since."""

    __tablename__ = "sweeps"
    __table_args__ = (UniqueConstraint("idempotency_key"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    notes: Mapped[str]
    tags: Mapped[list[Any]]
    """Given to each run that the sweep launches."""
    base: Mapped[Json]
    axes: Mapped[Json]
    """Dotted path -> values, in the order asked for."""
    baselines: Mapped[list[Any]]
    reuse: Mapped[bool]
    """Whether cells may point at equal runs from before."""
    margin: Mapped[float | None]
    """Points of a difference that does not matter; NULL: no two settings are called the same."""
    looks: Mapped[Json | None]
    """{seeds: [n1, n2], alphas: [a1, a2]}: two looks at the figures, planned before the first run."""
    tuned: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    """Paths of axes whose value each method chooses for itself on validation; baselines follow them, too."""
    priority: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Given to each run that the sweep launches, as are the requirements."""
    requirements: Mapped[Json] = required_column()
    max_attempts: Mapped[int | None]
    """Of each run that the sweep launches, as in `runs`."""
    time_limit_minutes: Mapped[float | None]
    """Of each run that the sweep launches, as in `runs`."""
    created_at: Mapped[str]
    idempotency_key: Mapped[str | None]
    body_hash: Mapped[str]


class SweepCell(Base):
    """A cell of a sweep's grid, and the run that stands in it: the sweep's own, or an earlier equal one."""

    __tablename__ = "sweep_cells"
    __table_args__ = (Index("ix_sweep_cells_run_id", "run_id"),)

    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True)
    cell: Mapped[int] = mapped_column(primary_key=True)
    """From 0: baselines first, then the grid, the last axis fastest; then what was added, as it was added."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    """NULL where there is no run: it was deleted."""
    baseline: Mapped[bool]
    places: Mapped[Json]
    """Dotted path -> value: where the cell stands on the axes."""
    config: Mapped[Json] = mapped_column(ConfigJson)
    config_hash: Mapped[str]
    setting_hash: Mapped[str]
