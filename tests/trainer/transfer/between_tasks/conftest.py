"""Few scenes, drawn once, in place of ten thousand."""

import shutil
from pathlib import Path

import pytest

from tests.trainer.transfer.between_tasks.small import PER_CLASS, shortened
from trainer.data import scenes


@pytest.fixture(scope="session")
def drawn_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenes, "PER_CLASS", PER_CLASS)
        scenes.load_scenes("test", folder, lambda _: None)
    return folder


@pytest.fixture
def datasets_dir(drawn_scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the test's own, with the scenes in it; what trains on them takes few steps."""
    shortened(monkeypatch)
    shutil.copytree(drawn_scenes, tmp_path / "datasets")
    return tmp_path / "datasets"
