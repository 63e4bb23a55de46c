"""Fixtures of the trainer's tests: the tiny data set in memory and on disk, and a run folder."""

import shutil
from pathlib import Path

import pytest
import torch

from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.data import synthetic
from trainer.data.cache import DatasetArrays, imported_folder, write_arrays
from trainer.events import Event
from trainer.loop import train
from trainer.run_dir import RunDir


@pytest.fixture
def arrays() -> DatasetArrays:
    return tiny_arrays()


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path / "run")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDir, list[Event]]:
    """A run of `tiny_config` from its start to its end, for tests that only read."""
    torch.set_num_threads(1)
    folder = RunDir(tmp_path_factory.mktemp("trained") / "run")
    return folder, list(train(tiny_config(), tiny_arrays(), folder, lambda: False))


@pytest.fixture
def finished(trained: tuple[RunDir, list[Event]], run_dir: RunDir) -> RunDir:
    """The folder of such a run, to be spoilt."""
    shutil.copytree(trained[0].path, run_dir.path)
    return run_dir


@pytest.fixture
def datasets_dir(tmp_path: Path) -> Path:
    """A data set folder that holds folder:tiny."""
    folder = imported_folder("tiny", tmp_path / "datasets")
    folder.mkdir(parents=True)
    write_arrays(folder, tiny_arrays())
    return tmp_path / "datasets"


@pytest.fixture
def quickly_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Built-in shapes of two images a class."""
    monkeypatch.setattr(synthetic, "TRAIN_PER_CLASS", 2)
    monkeypatch.setattr(synthetic, "TEST_PER_CLASS", 1)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
