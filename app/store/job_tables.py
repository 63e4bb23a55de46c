"""The tables of jobs: what stands in the queue, the kinds of it, and the attempts at it.

Import them from app.store.tables.
"""

from sqlalchemy import ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, ConfigJson, Json, required_column
from app.store.dialects import NEVER_REUSE_IDS, only_where

FIGURE_KEYS = ("test_accuracy", "test_balanced_accuracy", "test_head", "test_medium", "test_tail")
"""Figures of the last finished epoch that stand on the row of their own."""
RUN_SORT_KEYS = (
    *("id", "name", "state", *FIGURE_KEYS, "created_at", "finished_at", "seconds"),
    *("epochs", "dataset", "loss", "beta", "seed", "learning_rate"),
)
"""What the list of runs can be sorted by; each has an index that serves a page of any depth."""
GROUP_KEYS = ("setting_hash", "sweep_id", "dataset")
"""Columns by which the list is grouped; each has an index that answers which groups there are by itself."""

SEARCHED = ("state", "created_at", "started_at", "finished_at", "seconds", "priority", "dataset", "sweep_id",
            "test_accuracy", "test_balanced_accuracy", "name", "id")  # fmt: skip
"""What a search reads of all runs: one index holds it, so that their wide rows are left alone."""


class Job(Base):
    """What stands in the queue: what was asked, where it stands, its claim by a worker.

    `kind` says what it does; a query for the class of one kind finds that kind alone.
    """

    __tablename__ = "runs"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}  # noqa: RUF012 (SQLAlchemy's own protocol)
    __table_args__ = (
        Index("ix_runs_queue", "state", "priority", "lane", "requirements", "position", "first_stage_id"),
        Index("ix_runs_lane", "lane", "priority", "turn"),
        Index("ix_runs_turn", "turn"),
        Index("ix_runs_config_hash", "config_hash"),
        Index("ix_runs_setting_hash", "setting_hash"),
        Index("ix_runs_sweep_id", "sweep_id"),
        Index("ix_runs_first_stage_id", "first_stage_id"),
        *(Index(f"ix_runs_list_{key}", "archived_at", key, "id") for key in RUN_SORT_KEYS if key != "id"),
        Index("ix_runs_list_id", "archived_at", "id"),
        *(Index(f"ix_runs_group_{key}", "archived_at", "kind", key, "id", "state") for key in GROUP_KEYS),
        Index("ix_runs_list_kind", "archived_at", "kind", "state"),
        Index("ix_runs_search", "archived_at", "kind", *SEARCHED),
        Index("ix_runs_noted", "id", **only_where("notes != ''")),
        Index("ix_runs_erred", "id", **only_where("error IS NOT NULL")),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(server_default=text("'training'"))
    name: Mapped[str]
    notes: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    priority: Mapped[int] = mapped_column(default=0)
    lane: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """What it takes turns with: all of the sweep of this number; 0: all that no sweep launched; below 0: only
    itself, put to the top by hand."""
    position: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Its order within the lane: its id, or what it was given by hand."""
    turn: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The how-manieth claim of all its last one was; 0 before the first."""
    requirements: Mapped[Json] = required_column()
    """Of a worker: {"device": null | "cuda" | "mps", "labels": [...]}."""
    sweep_id: Mapped[int | None]
    """The sweep that launched it; other sweeps' cells may point at it, too."""
    first_stage_id: Mapped[int | None]
    """The run that it trains upon, and waits for; a run that is done may outlive it."""
    continued_after: Mapped[int | None]
    """Where it goes on from that run: its epochs, which are the first ones here; NULL for a second stage."""

    config: Mapped[Json] = mapped_column(ConfigJson)
    config_hash: Mapped[str]
    setting_hash: Mapped[str]
    dataset: Mapped[str]
    source: Mapped[str | None]
    """Which images the data set holds, by its source; NULL where that is unknown until the run starts."""
    loss: Mapped[str | None]
    """Sort key, as are the next three: loss and weighting. NULL of a job that is no training."""
    beta: Mapped[float | None]
    seed: Mapped[int | None]
    learning_rate: Mapped[float | None]

    created_at: Mapped[str]
    queued_at: Mapped[str]
    started_at: Mapped[str | None]
    finished_at: Mapped[str | None]
    archived_at: Mapped[str | None]

    attempt: Mapped[int] = mapped_column(default=0)
    """Counts claims; what an older attempt writes is refused."""
    worker_id: Mapped[str | None]
    lease_expires_at: Mapped[str | None]
    stop_requested: Mapped[str | None]
    """NULL, or the state that the run shall end in: canceled, paused, or failed where its time is up."""

    not_before: Mapped[str | None]
    """While it is queued: when it may be claimed again; NULL: at any time."""
    retried: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often it was tried again by itself since somebody last asked for it."""
    max_attempts: Mapped[int | None]
    """Attempts before it stays crashed; NULL: as the installation says when one is lost."""
    alone: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its next attempt gets a worker to itself: memory ran out in an earlier one."""
    time_limit_minutes: Mapped[float | None]
    """After so long, an attempt fails; NULL: never."""

    started: Mapped[Json | None]
    """The `started` event: classes, counts, weights, fingerprint, provenance."""
    epochs: Mapped[int]
    """Epochs that the run is to have."""
    epoch: Mapped[int] = mapped_column(default=0)
    """Last finished epoch."""
    batch: Mapped[Json | None]
    """The latest `batch` event of the epoch under way."""
    last: Mapped[Json | None]
    """Figures of the last finished epoch."""
    best: Mapped[Json | None]
    """{epoch, test_accuracy, test_balanced_accuracy, chosen_on}."""
    test_accuracy: Mapped[float | None]
    """Sort key: of the last finished epoch."""
    test_balanced_accuracy: Mapped[float | None]
    test_head: Mapped[float | None]
    test_medium: Mapped[float | None]
    test_tail: Mapped[float | None]
    seconds: Mapped[float | None]
    """Sort key: what its finished epochs took together, each counted once; NULL before the first."""
    error: Mapped[Json | None]
    """{type, message, hint, traceback} of a failed or crashed run."""

    journal_offset: Mapped[int] = mapped_column(default=0)
    """Bytes of events.jsonl that are ingested."""
    journal_seq: Mapped[int] = mapped_column(default=0)
    """Number of the last ingested event."""
    folder_id: Mapped[str | None]
    """The data folder in which that journal lies; NULL before the run has begun, and on boards of before."""


class Run(Job):
    """One training: its configuration, and its last and best figures on the row."""

    __mapper_args__ = {"polymorphic_identity": "training"}  # noqa: RUF012 (SQLAlchemy's own protocol)

    @property
    def diverged(self) -> bool:
        """Whether its loss stopped being finite, so that it was ended or went on without sense."""
        return bool((self.last or {}).get("diverged")) or (self.error or {}).get("type") == "DivergedError"


class Transfer(Job):
    """A comparison of what networks are worth on other images; `epochs` and `epoch` count its pieces."""

    __mapper_args__ = {"polymorphic_identity": "transfer"}  # noqa: RUF012 (SQLAlchemy's own protocol)


class TaskTransfer(Job):
    """A matrix of what each task's network is worth to another; `epochs` and `epoch` count its pieces."""

    __mapper_args__ = {"polymorphic_identity": "task_transfer"}  # noqa: RUF012 (SQLAlchemy's own protocol)


class Attempt(Base):
    """One attempt at a job: which worker claimed it and when, and how that ended. None of before 0011."""

    __tablename__ = "attempts"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[str]
    host: Mapped[str | None]
    """Of the worker; NULL where that is unknown."""
    started_at: Mapped[str]
    """When it was claimed."""
    ended_at: Mapped[str | None]
    ended: Mapped[str | None]
    """A state; queued: it was put back, which is no failure. A crash that is tried again is one."""
    reason: Mapped[str | None]
    hint: Mapped[str | None]
    epoch: Mapped[int | None]
    """The run's last finished epoch when it ended."""
