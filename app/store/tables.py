"""The tables, as SQLAlchemy 2 typed classes. README.md documents them for people who query with SQL.

Times are text: ISO 8601, UTC, milliseconds, Z; they sort as they read. Figures are fractions or losses;
NULL stands for "none" and for "not finite". Migrations are in migrations/; a test holds the two together.
"""

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Json
from app.store.dialects import NEVER_REUSE_IDS
from app.store.file_tables import Folder, RunFile, RunFileChunk
from app.store.hook_tables import Delivery, HookPlace
from app.store.imported_tables import ImportedMetric, ImportedRun
from app.store.job_tables import RUN_SORT_KEYS, Attempt, Job, Run, TaskTransfer, Transfer
from app.store.recipe_tables import Recipe
from app.store.search_tables import FieldValue, RunField, RunFigures
from app.store.sweep_tables import Sweep, SweepCell
from app.store.token_tables import SignIn, Token
from app.store.usage_tables import MachineSample, Usage
from app.store.view_tables import NamedView

__all__ = [
    "RUN_SORT_KEYS",
    "Attempt",
    "Base",
    "Checkpoint",
    "ClassEpoch",
    "Confusion",
    "Delivery",
    "Epoch",
    "Event",
    "FieldValue",
    "Folder",
    "HookPlace",
    "IdempotencyKey",
    "ImportedMetric",
    "ImportedRun",
    "Job",
    "MachineSample",
    "NamedView",
    "Piece",
    "PublishedRow",
    "Recipe",
    "Run",
    "RunField",
    "RunFigures",
    "RunFile",
    "RunFileChunk",
    "Scalar",
    "SignIn",
    "Sweep",
    "SweepCell",
    "Tag",
    "TaskTransfer",
    "Token",
    "Transfer",
    "Usage",
    "Worker",
]


def _run_key(**options: Any) -> Any:
    return mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), **options)


class Event(Base):
    """One event of a run. `id` is the SSE id and the API's `after`; seq is NULL for a state change.

    The payload of an epoch names it only, as its figures have tables: `store.told` puts them together again.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("run_id", "seq"),
        Index("ix_events_run_id_id", "run_id", "id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = _run_key()
    seq: Mapped[int | None]
    time: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[Json]


class Epoch(Base):
    """Figures of one finished epoch; one row an epoch, replaced when it is trained again."""

    __tablename__ = "epochs"

    run_id: Mapped[int] = _run_key(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[str]
    train_loss: Mapped[float | None]
    train_accuracy: Mapped[float | None]
    validation_loss: Mapped[float | None]
    validation_accuracy: Mapped[float | None]
    validation_balanced_accuracy: Mapped[float | None]
    test_loss: Mapped[float | None]
    test_accuracy: Mapped[float | None]
    test_balanced_accuracy: Mapped[float | None]
    learning_rate: Mapped[float]
    seconds: Mapped[float]
    images_per_second: Mapped[float]
    images: Mapped[int]
    diverged: Mapped[bool] = mapped_column(server_default=false())
    metrics: Mapped[Json] = mapped_column(default=dict, server_default=text("'{}'"))
    """The metrics that have no column of their own, by name; an earlier version knew fewer."""


class Piece(Base):
    """A finished piece of a job that is no training, and what was measured in it."""

    __tablename__ = "pieces"

    run_id: Mapped[int] = _run_key(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    """The how-manieth was finished; from 1."""
    time: Mapped[str]
    seconds: Mapped[float]
    figures: Mapped[Json]


class ClassEpoch(Base):
    """Test images of one class after one epoch: how many there are, how many hit, how often predicted."""

    __tablename__ = "class_epochs"

    run_id: Mapped[int] = _run_key(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(primary_key=True)
    support: Mapped[int]
    correct: Mapped[int]
    predicted: Mapped[int]


class Confusion(Base):
    """matrix[true][predicted] of the test images after one epoch."""

    __tablename__ = "confusions"

    run_id: Mapped[int] = _run_key(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    matrix: Mapped[list[Any]]


class Scalar(Base):
    """An extra figure of an epoch, under a slash name."""

    __tablename__ = "scalars"

    run_id: Mapped[int] = _run_key(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[float | None]


class Checkpoint(Base):
    """A checkpoint file in the run's folder."""

    __tablename__ = "checkpoints"

    run_id: Mapped[int] = _run_key(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[int]
    steps: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Steps of the next epoch that are in it, too."""
    bytes: Mapped[int]
    time: Mapped[str]


class Tag(Base):
    """A word that somebody hung on a run."""

    __tablename__ = "tags"
    __table_args__ = (Index("ix_tags_tag", "tag", "run_id"),)

    run_id: Mapped[int] = _run_key(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class Worker(Base):
    """A worker process; alive while its heartbeat is young."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    pid: Mapped[int]
    host: Mapped[str]
    slots: Mapped[int]
    threads: Mapped[int]
    """CPU threads of one slot."""
    devices: Mapped[list[Any]]
    labels: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """Words that people gave it; it alone carries out what requires one of them."""
    started_at: Mapped[str]
    heartbeat_at: Mapped[str]
    stopped_at: Mapped[str | None]
    images_per_second: Mapped[float | None]
    """Training speed last measured by this worker."""
    trouble: Mapped[str | None]
    """What keeps it from starting runs, and what to do; NULL while nothing does."""
    split: Mapped[str | None]
    """What decided on slots and threads: asked, cores, memory, gpu; NULL in workers of earlier versions."""


class IdempotencyKey(Base):
    """A client's own key for a launch: the same key and body answer with the same run."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str]
    run_id: Mapped[int] = _run_key()
    created_at: Mapped[str]


class PublishedRow(Base):
    """A published result that somebody added: accuracies as fractions, overall and of each class."""

    __tablename__ = "published_rows"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_name: Mapped[str]
    """Rows of one table share it."""
    label: Mapped[str]
    dataset: Mapped[str]
    imbalance_ratio: Mapped[float | None]
    accuracy: Mapped[float | None]
    classes: Mapped[list[Any]]
    class_names: Mapped[list[Any]]
    source: Mapped[str]
    recipe: Mapped[str]
    note: Mapped[str]
    created_at: Mapped[str]
