"""What is told goes, no more and no less, as `du` sees it; and never what something to come needs."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli import main
from app.keeping.prune.carry_out import prune
from app.keeping.prune.plan import planned
from app.keeping.prune.wanted import Chosen, Wanted
from app.runs import queue
from app.runs.archiving import archive
from app.settings import Settings
from app.store.clock import ahead
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Checkpoint, Run, TaskTransfer, Transfer
from tests.app.keeping.boards import prepared
from tests.conftest import SeedRun
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.data.cache import imported_folder, write_arrays
from trainer.run_dir import RunDir
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import pieces_of
from trainer.transfer.between_tasks.store import TransferStore

pytestmark = pytest.mark.slow

COMMON: dict[str, Any] = {
    "config_hash": "h", "setting_hash": "h", "dataset": "d", "epochs": 1, "created_at": "", "queued_at": "",
}  # fmt: skip
OLD = time.time() - 100_000


def du(folder: Path) -> int:
    """As the system's own command counts."""
    told = subprocess.run(
        ["du", "-s", "--block-size=1", str(folder)], capture_output=True, text=True, check=True
    )
    return int(told.stdout.split()[0])


def called(settings: Settings, *options: object) -> Any:
    command = ["prune", "--json", "--data-dir", str(settings.data_dir), *map(str, options)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def said(settings: Settings, *options: object) -> Result:
    return CliRunner().invoke(main, ["prune", "--data-dir", str(settings.data_dir), *map(str, options)])


def aged(path: Path) -> Path:
    """As if nobody had written to it for a day."""
    for one in (*path.rglob("*"), path):
        os.utime(one, (OLD, OLD))
    return path


def with_files(settings: Settings, db: Database, run_id: int) -> RunDir:
    """Checkpoints, predictions and a log, as training leaves them."""
    folder = RunDir(settings.run_dir(run_id))
    for path in (
        *(folder.checkpoints / name for name in ("last.pt", "best.pt", "epoch-2.pt")),
        folder.predictions / "test-last.npz",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 50_000)
    folder.log.write_text("trained\n")
    with db.write() as s:
        for name in ("last.pt", "best.pt", "epoch-2.pt"):
            s.merge(Checkpoint(run_id=run_id, name=name, epoch=2, bytes=50_000, time=ahead(0)))
    return folder


def names(folder: RunDir) -> list[str]:
    return sorted(path.name for path in folder.checkpoints.glob("*"))


def test_nothing_goes_unless_it_was_said(settings: Settings, db: Database, seed_run: SeedRun) -> None:
    folder = with_files(settings, db, seed_run())
    before = du(settings.data_dir)
    told = said(settings, "--keep-checkpoints", "none", "--predictions")
    assert "Would go:" in told.stdout
    assert "Nothing was removed. --yes removes it." in told.stdout
    assert "Lost: 1 completed run can be no first stage" in told.stdout
    assert du(settings.data_dir) == before
    assert names(folder) == ["best.pt", "epoch-2.pt", "last.pt"]


@pytest.mark.parametrize(
    ("keep", "left"),
    [("none", []), ("last", ["last.pt"]), ("best", ["best.pt"]), ("both", ["best.pt", "last.pt"])],
)
def test_what_is_told_goes_and_du_agrees(
    settings: Settings, db: Database, seed_run: SeedRun, keep: str, left: list[str]
) -> None:
    folders = [
        with_files(settings, db, seed_run(state=state)) for state in ("completed", "failed", "canceled")
    ]
    told = called(settings, "--keep-checkpoints", keep, "--predictions")
    before, runs_before = du(settings.data_dir), du(settings.runs_dir)
    done = called(settings, "--keep-checkpoints", keep, "--predictions", "--yes")
    assert told["freed"] is None
    assert sum(group["bytes"] for group in told["to_go"]) == sum(done["freed"].values())
    assert runs_before - du(settings.runs_dir) == sum(done["freed"].values())
    assert before > du(settings.data_dir)
    for folder in folders:
        assert names(folder) == left
        assert not folder.predictions.is_dir() or list(folder.predictions.iterdir()) == []
        assert "Pruned: " in folder.log.read_text()
    with db.read() as s:
        assert sorted(set(s.scalars(select(Checkpoint.name)))) == left
    again = called(settings, "--keep-checkpoints", keep, "--predictions", "--yes")
    assert again["freed"] == {}


def test_usage_is_what_du_counts(settings: Settings, db: Database, seed_run: SeedRun) -> None:
    with_files(settings, db, seed_run())
    taken = called(settings)["taken"]
    folders = sum(
        path.stat().st_blocks * 512 for path in (settings.data_dir, settings.runs_dir, settings.datasets_dir)
    )
    assert sum(taken.values()) + folders == du(settings.data_dir)


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_what_is_to_come_keeps_all(settings: Settings, db: Database, seed_run: SeedRun, state: str) -> None:
    folder = with_files(settings, db, seed_run(state=state))
    done = called(settings, "--keep-checkpoints", "none", "--predictions", "--logs", "--yes")
    assert done["freed"] == {}
    assert names(folder) == ["best.pt", "epoch-2.pt", "last.pt"]


def test_what_a_job_to_come_trains_upon_stays(settings: Settings, db: Database, seed_run: SeedRun) -> None:
    first, source, free = (seed_run() for _ in range(3))
    folders = [with_files(settings, db, run_id) for run_id in (first, source, free)]
    with db.write() as s:
        queue.enqueue(s, tiny_config(), "second").first_stage_id = first
        config = {"kind": "transfer", "sources": [{"run": source, "label": "x", "config": {}}, {"run": None}]}
        s.add(Transfer(name="t", state="queued", config=config, **COMMON))
    told = called(settings, "--keep-checkpoints", "none", "--yes")
    assert [len(names(folder)) for folder in folders] == [3, 3, 0]
    assert f"Left: checkpoints of 2 runs (#{first}, #{source}) that a job to come needs." in told["told"]


def test_a_run_that_is_retried_after_it_was_told_keeps_all(
    settings: Settings, db: Database, seed_run: SeedRun
) -> None:
    run_id = seed_run(state="failed")
    folder = with_files(settings, db, run_id)
    wanted = Wanted(keep_checkpoints="none", predictions=True)
    with db.read() as s:
        plan = planned(s, settings, wanted)
    assert "Lost: a retry of 1 run would begin anew, not from the last checkpoint." in plan.told
    with db.write() as s:
        queue.requeue(s, get_run(s, run_id))
    assert sum(prune(db, settings, wanted, plan).values()) == 0
    assert len(names(folder)) == 3


def test_runs_are_chosen_by_age_archive_sweep_and_tag(
    settings: Settings, db: Database, seed_run: SeedRun
) -> None:
    old, archived, tagged, plain = (seed_run(tags=("t",) if at == 2 else ()) for at in range(4))
    for run_id in (old, archived, tagged, plain):
        with_files(settings, db, run_id)
    with db.write() as s:
        get_run(s, old).finished_at = ahead(-5 * 86_400)
        archive(get_run(s, archived))

    def chosen(**what: Any) -> list[int]:
        with db.read() as s:
            plan = planned(s, settings, Wanted(keep_checkpoints="none", logs=True, chosen=Chosen(**what)))
        return [group.job_id for group in plan.groups if group.kind == "checkpoints" and group.job_id]

    assert chosen() == [old, archived, tagged, plain]
    assert chosen(older_than_days=4) == [old]
    assert chosen(older_than_days=6) == []
    assert chosen(archived=True) == [archived]
    assert chosen(tags=("t",)) == [tagged]
    assert chosen(sweeps=(1,)) == []
    done = called(settings, "--logs", "--yes")
    assert [group["run"] for group in done["to_go"]] == [archived]
    assert not RunDir(settings.run_dir(archived)).log.exists()


def test_leftovers_go_and_what_may_be_somebodys_stays(
    settings: Settings, db: Database, seed_run: SeedRun
) -> None:
    deleted, ended, running = seed_run(), seed_run(), seed_run(state="running")
    for run_id in (deleted, ended, running):
        aged(with_files(settings, db, run_id).path)
    with db.write() as s:
        s.delete(get_run(s, deleted))
    gone = [
        settings.run_dir(deleted),
        settings.run_dir(ended) / "checkpoints" / "last.pt.part",
        settings.datasets_dir / "folders" / ".pets.draft-abc",
        settings.data_dir / ".restoring",
    ]
    stay = [
        settings.run_dir(running) / "checkpoints" / "last.pt.part",
        settings.run_dir(ended) / "checkpoints" / "best.pt.part",
        settings.datasets_dir / ".shapes10-v2.draft-new",
        settings.run_dir(99),
        settings.runs_dir / f"{ended}.before-20250101T000000Z",
    ]
    for path in (gone[2], gone[3], *stay[2:]):
        path.mkdir(parents=True)
        (path / "file").write_bytes(b"x" * 5000)
    for path in (gone[1], *stay[:2]):
        path.write_bytes(b"x" * 5000)
    for path in (*gone, *stay):
        if path not in (stay[1], stay[2]):
            aged(path)
    before = du(settings.data_dir)
    done = called(settings, "--yes")
    assert done["freed"]["leftovers"] == before - du(settings.data_dir)
    assert [path for path in gone if path.exists()] == []
    assert [path for path in stay if not path.exists()] == []
    assert ["that this database never held" in sentence for sentence in done["told"]] == [True]


def test_a_lost_database_costs_no_folder(settings: Settings, db: Database, seed_run: SeedRun) -> None:
    """A new database in an old folder: what lies there is all that is left of the runs."""
    for run_id in (seed_run(), seed_run()):
        aged(settings.run_dir(run_id))
    for path in settings.data_dir.glob("betaboard.db*"):
        path.unlink()
    prepared(settings)
    assert called(settings, "--yes")["freed"] == {}
    assert settings.run_dir(1).exists()
    assert settings.run_dir(2).exists()


def test_outcomes_that_no_job_needs_go(settings: Settings, db: Database) -> None:
    store, folder = TransferStore(settings.datasets_dir), settings.datasets_dir / "scenes-v1-transfers-v1"
    folder.mkdir()
    kept, gone = (
        TaskTransferConfig(sources=("edges",), targets=("shape",), seeds=(seed,)) for seed in (0, 1)
    )
    files = {seed: {store.path(piece.slot) for piece in pieces_of(it)} for seed, it in ((0, kept), (1, gone))}
    for path in files[0] | files[1]:
        path.write_bytes(b"x" * 9000)
    (folder / "shape.shown.npz").touch()
    (folder / "depth.shown.npz").write_bytes(b"x")
    with db.write() as s:
        s.add(TaskTransfer(name="t", state="completed", config=kept.model_dump(mode="json"), **COMMON))
    done = called(settings, "--outcomes", "--yes")
    assert set(folder.iterdir()) == files[0] | {folder / "shape.shown.npz"}
    assert done["freed"]["outcomes"] == 4096 * (1 + 3 * len(files[1]))


def test_data_sets_that_a_run_names_or_nobody_can_make_again_stay(settings: Settings, db: Database) -> None:
    folders = {
        name: settings.datasets_dir / name
        for name in ("shapes10-v1", "shapes10-v2", "cifar10-v1", "scenes-v1")
    }
    imported = imported_folder("pets", settings.datasets_dir)
    for path in (*folders.values(), imported):
        path.mkdir(parents=True)
        write_arrays(path, tiny_arrays())
    with db.write() as s:
        queue.enqueue(s, tiny_config(data={"dataset": "shapes10"}), "run", source="shapes10/v2")
    called(settings, "--datasets", "--yes")
    assert [name for name, path in folders.items() if path.exists()] == ["shapes10-v2", "cifar10-v1"]
    assert imported.exists()


def test_the_database_gives_back_what_deleted_rows_took(
    settings: Settings, db: Database, seed_run: SeedRun
) -> None:
    run_id = seed_run()
    with db.write() as s:
        get_run(s, run_id).notes = "x" * 3_000_000
    with db.write() as s:
        get_run(s, run_id).notes = ""
    file = settings.data_dir / "betaboard.db"
    before = du(settings.data_dir)
    done = called(settings, "--database", "--yes")
    assert done["freed"]["database"] >= 2_900_000
    assert before - du(settings.data_dir) >= done["freed"]["database"]
    assert file.stat().st_size < 1_000_000
    with db.read() as s:
        assert list(s.scalars(select(Run.id))) == [run_id]


def test_no_board_no_room(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["prune", "--data-dir", str(tmp_path / "nothing")])
    assert refused.exit_code == 2
    assert not (tmp_path / "nothing").exists()
