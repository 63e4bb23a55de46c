"""A board is copied while it trains, and the copy goes on to the figures of the board itself."""

from pathlib import Path

import pytest
import torch

from app.keeping.backup import back_up
from app.keeping.restore import restore
from app.runs.folders import folder_id
from app.settings import Settings
from app.store.engine import Database
from tests.app.keeping.boards import PREDICTIONS, launched, prepared, run_of, told_of, trained
from tests.app.real_processes import add_tiny_dataset, wait_for
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

EPOCHS = 120


def quiet(_: str) -> None: ...


def weights(settings: Settings, run_id: int) -> dict[str, torch.Tensor]:
    saved = torch.load(RunDir(settings.run_dir(run_id)).checkpoints / "last.pt", weights_only=True)
    found: dict[str, torch.Tensor] = saved["model"]
    return found


def figures(settings: Settings, run_id: int) -> list[dict[str, object]]:
    """Of each epoch, without what the clock says."""
    told = told_of(settings, run_id)["/epochs"]["items"]
    clocked = ("seconds", "images_per_second", "time")
    return [{name: value for name, value in row.items() if name not in clocked} for row in told]


def test_copies_of_a_board_that_trains_go_on_to_the_same_figures(
    settings: Settings, db: Database, tmp_path: Path
) -> None:
    add_tiny_dataset(settings.datasets_dir)
    archives = [tmp_path / name for name in ("first.tar", "second.tar.gz")]
    with trained(settings):
        done = launched(db, second_stage={"name": "crt", "epochs": 1}, optim={"epochs": 2, "milestones": []})
        wait_for(lambda: run_of(db, done).state == "completed")
        long = launched(db, optim={"epochs": EPOCHS, "milestones": [40]}, data={"dataset": "folder:tiny"})
        waiting = launched(db, seed=1)
        for number, archive in enumerate(archives):
            wait_for(lambda after=number: run_of(db, long).epoch > 5 * after)  # type: ignore[misc]
            back_up(settings, archive, say=quiet)
        assert run_of(db, long).state == "running"
        wait_for(lambda: run_of(db, waiting).state == "completed")
    for archive in archives:
        copy = Settings(data_dir=tmp_path / archive.stem)
        back = restore(archive, copy, prepared)
        assert back.queued == (long,)
        known = run_of(Database(copy.url), long)
        assert (known.state, known.folder_id) == ("queued", folder_id(copy))
        assert 0 < known.epoch < EPOCHS
        for run_id in (done - 1, done):
            assert told_of(copy, run_id, PREDICTIONS) == told_of(settings, run_id, PREDICTIONS)
        with trained(copy) as its:
            wait_for(lambda its=its: run_of(its, waiting).state == "completed")  # type: ignore[misc]
        assert run_of(Database(copy.url), long).attempt == 2
        for run_id in (long, waiting):
            assert figures(copy, run_id) == figures(settings, run_id)
            theirs = weights(copy, run_id)
            assert all(torch.equal(value, theirs[name]) for name, value in weights(settings, run_id).items())
