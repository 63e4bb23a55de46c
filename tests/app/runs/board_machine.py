"""What every model of the queue stands on: a board of its own for each example, gone with it."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis.stateful import RuleBasedStateMachine

from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database


@cache
def _migrated() -> TemporaryDirectory[str]:
    """A data folder as `prepare` leaves it, until the process ends."""
    folder = TemporaryDirectory(prefix="betaboard-machine-")
    prepare(Settings(data_dir=Path(folder.name)))
    return folder


class BoardMachine(RuleBasedStateMachine):
    """Its rules act on an empty board that no other example sees."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(prefix="betaboard-machine-")
        copied = shutil.copytree(_migrated().name, Path(self.folder.name) / "data")
        self.installation = Settings(data_dir=copied)
        self.db = Database(self.installation.url)

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()
