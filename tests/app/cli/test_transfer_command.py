"""`betaboard transfer`: what is asked for, what is printed, and which exit code the end has."""

import json
from threading import Thread

import pytest
from sqlalchemy import select

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Piece, Transfer
from tests.app.cli.conftest import Call
from tests.app.real_processes import wait_for
from tests.conftest import SeedRun
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

COMMAND = "transfer"


@pytest.fixture
def run_id(seed_run: SeedRun, settings: Settings) -> str:
    made = seed_run("completed", name="mine")
    folder = RunDir(settings.run_dir(made))
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    (folder.checkpoints / "last.pt").write_bytes(b"here")
    return str(made)


def ends_soon(db: Database, state: str, figures: dict[tuple[int, int], float]) -> None:
    """Let the queued comparison end so, with these balanced accuracies, as if a worker had measured them."""

    def end() -> bool:
        with db.write() as s:
            job = s.scalar(select(Transfer).where(Transfer.state == "queued"))
            if job is None:
                return False
            for number, ((place, seed), value) in enumerate(figures.items(), 1):
                told = dict.fromkeys(("balanced_accuracy", "accuracy", "log_me", "leep", "h_score"), value)
                name = f"source {place}, seed {seed}"
                s.add(Piece(run_id=job.id, name=name, number=number, time="", seconds=1.0, figures=told))
            job.state, job.epoch = state, len(figures)
            if state == "failed":
                job.error = {
                    "type": "DataError",
                    "message": "The images are gone.",
                    "hint": "Add them.",
                    "traceback": "",
                }
            return True

    Thread(target=wait_for, args=(end,)).start()


def test_the_table_the_recommendation_and_its_doubt(call: Call, db: Database, run_id: str) -> None:
    values = {(0, 0): 0.60, (0, 1): 0.61, (0, 2): 0.62, (1, 0): 0.30, (1, 1): 0.33, (1, 2): 0.30}
    ends_soon(db, "completed", values)
    told = call(run_id, "--data", "shapes10", "--seeds", "0..2")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[1].startswith(f"{run_id} mine")
    assert "61.0 ± 1.0" in lines[1]
    assert lines[2].startswith("random")
    assert "30.0 (" in lines[2]
    assert f"Start from mine (run {run_id}): balanced accuracy 61.0 %" in told.stdout
    assert "doubt     Intervals (95 %)" in told.stdout
    assert "Kendall tau 1.00 with what was measured. An interval needs 8 sources" in told.stdout
    again = call(run_id, "--data", "shapes10", "--seeds", "0..2", "--json")
    assert json.loads(again.stdout)["recommendation"]["is_firm"], "used again, without a worker"


def test_a_failure_says_why_and_has_its_exit_code(call: Call, db: Database, run_id: str) -> None:
    ends_soon(db, "failed", {(0, 0): 0.5})
    told = call(run_id, "--data", "shapes10")
    assert (told.exit_code, "failed    The images are gone. Add them." in told.stdout) == (1, True)


def test_waiting_ends_in_time_and_the_comparison_goes_on(call: Call, db: Database, run_id: str) -> None:
    told = call(run_id, "--data", "shapes10", "--timeout", "0.2", "--no-random")
    assert (told.exit_code, "0 of 5 pieces" in told.stderr) == (4, True)
    queued = call(run_id, "--data", "shapes10", "--no-random", "--no-wait")
    assert (queued.exit_code, "has 5 pieces: http" in queued.stdout) == (0, True)
    with db.read() as s:
        assert [job.state for job in s.scalars(select(Transfer))] == ["queued"]


def test_what_is_refused_is_named(call: Call, run_id: str) -> None:
    told = call(run_id, "--data", "folder:none")
    assert (told.exit_code, "folder:none" in told.stderr) == (2, True)
    assert call("--data", "shapes10").exit_code == 2
