"""A board of before sources were stored: what its runs were trained on is found out, or left unknown."""

import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine, select, text

from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.migrations.upgrade import alembic_config
from app.store.tables import Run
from tests.app.journals import started
from tests.app.real_processes import add_tiny_dataset
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.config import RunConfig, as_json
from trainer.data.cifar import CIFAR10
from trainer.data.longtail import draw

pytestmark = pytest.mark.slow

TINY = tiny_arrays()


def fingerprint(**data: Any) -> str:
    config = tiny_config(data=data).data
    return draw(TINY.train_labels, config, TINY.info.source, len(TINY.info.class_names)).fingerprint


@pytest.fixture
def old_board(tmp_path: Path) -> Settings:
    """An empty database of the second version, and folder:tiny."""
    settings = Settings(data_dir=tmp_path / "old")
    settings.data_dir.mkdir()
    add_tiny_dataset(settings.datasets_dir)
    with create_engine(settings.url).begin() as connection:
        command.upgrade(alembic_config(connection), "0002")
    return settings


def add(settings: Settings, config: RunConfig, fingerprint: str | None = None) -> None:
    """A run as version 2 stored it, started where it has a fingerprint."""
    start = started(fingerprint=fingerprint).model_dump_json() if fingerprint else None
    row = {"config": json.dumps(as_json(config)), "dataset": config.data.dataset, "started": start}
    with create_engine(settings.url).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO runs (name, notes, state, priority, config, config_hash, setting_hash, dataset,"
                " started, created_at, queued_at, attempt, epochs, epoch, journal_offset, journal_seq) VALUES"
                " ('old', '', 'queued', 0, :config, 'c', 's', :dataset, :started, '', '', 1, 3, 0, 0, 0)"
            ),
            row,
        )


def sources(settings: Settings) -> list[str | None]:
    prepare(settings)
    db = Database(settings.url)
    with db.read() as s:
        found = list(s.scalars(select(Run.source).order_by(Run.id)))
    db.close()
    return found


def test_what_a_name_meant_is_known(old_board: Settings) -> None:
    add(old_board, RunConfig())
    add(old_board, tiny_config(data={"dataset": "cifar10"}), "f" * 64)
    assert sources(old_board) == ["shapes10/v1", CIFAR10.info.source]


def test_imported_images_are_known_by_the_fingerprint_alone(old_board: Settings) -> None:
    thinned = {"imbalance": "exp", "imbalance_ratio": 4.0, "subset_seed": 3}
    add(old_board, tiny_config(), fingerprint())
    add(old_board, tiny_config(data=thinned), fingerprint(**thinned))
    add(old_board, tiny_config(data=thinned), fingerprint())
    add(old_board, tiny_config(data={"dataset": "folder:gone"}), fingerprint())
    assert sources(old_board) == [TINY.info.source, TINY.info.source, None, None]


def test_a_run_that_never_started_is_yet_to_see_the_images_of_now(old_board: Settings) -> None:
    add(old_board, tiny_config())
    add(old_board, tiny_config(data={"dataset": "folder:gone"}))
    assert sources(old_board) == [TINY.info.source, None]
