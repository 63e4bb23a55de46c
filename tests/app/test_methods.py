"""Every method that a run may name: launched from form, REST and shell as the same run, and trained for real.

All in this process: a web server and a worker in threads, around one database on disk. The images are those
of shapes10, a few of each class.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.client import Client
from app.settings import Settings
from app.store.engine import Database
from tests.app.worker.at_work import working
from tests.contract.ways_in import from_form, from_rest, from_shell
from tests.served import served
from trainer.config import config_hash, parse_config
from trainer.config_fields import as_text, choices, nest
from trainer.config_sections import PLUGGED
from trainer.data import synthetic
from trainer.executors.inline import InlineExecutor

pytestmark = pytest.mark.slow

METHODS = [(path, name) for path in (*PLUGGED, "loss.weighting") for name in choices(path)]
PLAIN: Mapping[str, Any] = {
    "data.dataset": "shapes10", "data.imbalance": "exp", "data.imbalance_ratio": 4.0,
    "model.name": "mlp", "optim.epochs": 1, "optim.batch_size": 8, "device": "cpu", "threads": 1,
}  # fmt: skip
BESIDE: Mapping[str, Mapping[str, Any]] = {
    "by_hand": {"loss.class_weights": (2.0, *(1.0,) * 9)},
    "resnet_cifar": {"model.depth": 8},
}
"""What a choice needs beside itself, or is quicker with."""


@dataclass(frozen=True)
class Board:
    settings: Settings
    db: Database
    url: str


@pytest.fixture(scope="module")
def board(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A board that serves, whose shapes10 has at most four images of a class."""
    folder: Path = shutil.copytree(migrated, tmp_path_factory.mktemp("methods") / "data")
    settings = Settings(data_dir=folder)
    db = Database(settings.url)
    with pytest.MonkeyPatch.context() as patch, served(settings) as server:
        patch.setattr(synthetic, "TRAIN_PER_CLASS", 4)
        patch.setattr(synthetic, "TEST_PER_CLASS", 1)
        yield Board(settings, db, server.url)
    db.close()


@pytest.mark.parametrize(("path", "name"), METHODS)
def test_every_way_in_launches_the_same_run_and_it_trains(board: Board, path: str, name: str) -> None:
    fields = {**PLAIN, **BESIDE.get(name, {}), path: name}
    typed = {field: as_text(value) for field, value in fields.items()}
    settings = [option for field, text in typed.items() for option in ("--set", f"{field}={text}")]
    trained = from_form(board.url, typed)
    others = [from_rest(board.url, nest(fields)), from_shell(board.url, *settings)]
    with Client(board.url) as client:
        same = {client.run(run_id).config_hash for run_id in (trained, *others)}
        assert same == {config_hash(parse_config(nest(fields)))}
        for run_id in others:
            client.cancel(run_id)
        with working(board.settings, board.db, InlineExecutor(board.settings.datasets_dir)):
            run = client.wait(trained, timeout=120)
        assert run.state == "completed", run.error
        section, _, field = path.partition(".")
        assert run.config[section][field] == name
        *_, epoch = client.epochs(trained)
        assert 10 < epoch.images < 40
        assert epoch.train_loss is not None
        assert 0 < epoch.train_loss < 100
