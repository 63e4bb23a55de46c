"""Create the tables. They are spelled out here, not taken from tables.py, so that history stays as it was."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_RUN_SORT_KEYS = ("name", "state", "test_accuracy", "test_balanced_accuracy", "created_at")
_FIGURES = (
    "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "validation_balanced_accuracy",
    "test_loss", "test_accuracy", "test_balanced_accuracy", "test_geometric_mean", "test_worst_class",
    "test_macro_f1", "test_head", "test_medium", "test_tail", "test_many_shot", "test_medium_shot",
    "test_few_shot",
)  # fmt: skip


def upgrade() -> None:
    """Create the tables."""
    _create_runs()
    _create_events()
    _create_series()
    _create_labels()
    _create_workers()


def _create_runs() -> None:
    _table(
        "runs",
        *_columns(sa.Integer, "id"),
        *_columns(sa.String, "name notes state"),
        *_columns(sa.Integer, "priority"),
        *_columns(sa.Integer, "sweep_id", null=True),
        *_columns(sa.JSON, "config"),
        *_columns(sa.String, "config_hash setting_hash dataset created_at queued_at"),
        *_columns(sa.String, "started_at finished_at archived_at", null=True),
        *_columns(sa.Integer, "attempt"),
        *_columns(sa.String, "worker_id lease_expires_at stop_requested", null=True),
        *_columns(sa.JSON, "started", null=True),
        *_columns(sa.Integer, "epochs epoch"),
        *_columns(sa.JSON, "batch last best", null=True),
        *_columns(sa.Double, "test_accuracy test_balanced_accuracy", null=True),
        *_columns(sa.JSON, "error", null=True),
        *_columns(sa.Integer, "journal_offset journal_seq"),
        key=("id",),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_queue", "runs", ["state", "priority", "id"])
    op.create_index("ix_runs_config_hash", "runs", ["config_hash"])
    op.create_index("ix_runs_list_id", "runs", ["archived_at", "id"])
    for key in _RUN_SORT_KEYS:
        op.create_index(f"ix_runs_list_{key}", "runs", ["archived_at", key, "id"])


def _create_events() -> None:
    _table(
        "events",
        *_columns(sa.Integer, "id run_id"),
        *_columns(sa.Integer, "seq", null=True),
        *_columns(sa.String, "time kind"),
        *_columns(sa.JSON, "payload"),
        _run_key("events"),
        sa.UniqueConstraint("run_id", "seq", name="uq_events_run_id_seq"),
        key=("id",),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_run_id_id", "events", ["run_id", "id"])


def _create_series() -> None:
    _table(
        "epochs",
        *_columns(sa.Integer, "run_id epoch"),
        *_columns(sa.String, "time"),
        *_columns(sa.Double, " ".join(_FIGURES), null=True),
        *_columns(sa.Double, "learning_rate seconds images_per_second"),
        *_columns(sa.Integer, "images"),
        sa.Column("diverged", sa.Boolean, nullable=False, server_default=sa.false()),
        _run_key("epochs"),
        key=("run_id", "epoch"),
    )
    classes = _columns(sa.Integer, "run_id epoch class_id support correct predicted")
    _table("class_epochs", *classes, _run_key("class_epochs"), key=("run_id", "epoch", "class_id"))
    confusions = (*_columns(sa.Integer, "run_id epoch"), *_columns(sa.JSON, "matrix"))
    _table("confusions", *confusions, _run_key("confusions"), key=("run_id", "epoch"))
    scalars = (
        *_columns(sa.Integer, "run_id"),
        *_columns(sa.String, "key"),
        *_columns(sa.Integer, "epoch"),
        *_columns(sa.Double, "value", null=True),
    )
    _table("scalars", *scalars, _run_key("scalars"), key=("run_id", "key", "epoch"))


def _create_labels() -> None:
    """What hangs on a run beside its figures: checkpoint files, tags, a client's own keys."""
    _table(
        "checkpoints",
        *_columns(sa.Integer, "run_id"),
        *_columns(sa.String, "name"),
        *_columns(sa.Integer, "epoch bytes"),
        *_columns(sa.String, "time"),
        _run_key("checkpoints"),
        key=("run_id", "name"),
    )
    tags = (*_columns(sa.Integer, "run_id"), *_columns(sa.String, "tag"))
    _table("tags", *tags, _run_key("tags"), key=("run_id", "tag"))
    op.create_index("ix_tags_tag", "tags", ["tag"])
    keys = (
        *_columns(sa.String, "key body_hash"),
        *_columns(sa.Integer, "run_id"),
        *_columns(sa.String, "created_at"),
    )
    _table("idempotency_keys", *keys, _run_key("idempotency_keys"), key=("key",))


def _create_workers() -> None:
    _table(
        "workers",
        *_columns(sa.String, "id"),
        *_columns(sa.Integer, "pid"),
        *_columns(sa.String, "host"),
        *_columns(sa.Integer, "slots threads"),
        *_columns(sa.JSON, "devices"),
        *_columns(sa.String, "started_at heartbeat_at"),
        *_columns(sa.String, "stopped_at", null=True),
        *_columns(sa.Double, "images_per_second", null=True),
        key=("id",),
    )


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...], **options: Any) -> None:
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), **options)


def _columns(kind: Any, names: str, null: bool = False) -> Iterable[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=null) for name in names.split()]


def _run_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=f"fk_{table}_run_id", ondelete="CASCADE")
