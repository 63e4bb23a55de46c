"""Fixtures of the trainer's tests: the tiny data set in memory and on disk, and a run folder."""

from pathlib import Path

import pytest
import torch

from tests.trainer.tiny import tiny_arrays
from trainer.data import synthetic
from trainer.data.cache import DatasetArrays, imported_folder, write_arrays
from trainer.run_dir import RunDir


@pytest.fixture
def arrays() -> DatasetArrays:
    return tiny_arrays()


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path / "run")


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
