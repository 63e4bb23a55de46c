"""`betaboard task-transfer`: what is asked for, what is printed, and which exit code the end has."""

import json
from threading import Thread

import pytest
from sqlalchemy import select

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import TaskTransfer
from tests.app.cli.conftest import Call
from tests.app.real_processes import wait_for
from tests.app.task_transfers.planted import Strength, add_pieces, measure_piece, table
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import pieces_of

pytestmark = pytest.mark.slow

COMMAND = "task-transfer"
SMALL = ("--images", "100", "--seeds", "0,1", "--order", "1")
STRENGTH = table({
    "normals": {"distance": 3, "shape": 1, "random": -1, "pixels": -2, "own": 4},
    "distance": {"distance": 3, "shape": -1, "random": -2, "pixels": -2, "own": 4},
})  # fmt: skip


def ends_soon(db: Database, settings: Settings, state: str, strength: Strength = STRENGTH) -> None:
    """Let the queued matrix end so, measured as if by a worker; a failed one has measured nothing."""

    def end() -> bool:
        with db.read() as session:
            job = session.scalar(select(TaskTransfer).where(TaskTransfer.state == "queued"))
            if job is None:
                return False
            config, job_id = TaskTransferConfig.model_validate(job.config), job.id
        pieces = pieces_of(config) if state == "completed" else ()
        for piece in pieces:
            measure_piece(settings, config, piece, strength, noise=0.5)
        with db.write() as session:
            ended = session.get_one(TaskTransfer, job_id)
            add_pieces(session, job_id, pieces)
            ended.state, ended.epoch = state, len(pieces)
            if state == "failed":
                told = {"type": "DataError", "message": "The disk is full.", "hint": "Make room."}
                ended.error = told | {"traceback": ""}
        return True

    Thread(target=wait_for, args=(end,)).start()


def test_the_matrix_the_answers_and_the_policies(call: Call, db: Database, settings: Settings) -> None:
    ends_soon(db, settings, "completed")
    sources = ("--source", "distance", "--source", "shape", "--source", "edges")
    tasks = (*sources, "--target", "normals", "--target", "distance")
    told = call(*tasks, *SMALL)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0] == "gain in %: test images on which a readout of 100 images beats one from scratch"
    assert lines[1].split()[:3] == ["source", "\\", "target"]
    assert {line.split()[0] for line in lines[2:7]} == {"edges", "distance", "shape", "random", "pixels"}
    assert "claim     Depth to surface normals is a strong transfer. Cannot tell." in told.stdout
    assert "Fewer than 3 other tasks are sources here." in told.stdout
    assert "guess     " in told.stdout
    for budget in (2, 4, 6):
        assert f"budget {budget}  Label " in told.stdout
    assert "/transfer/tasks/" in lines[-1]
    again = call(*tasks, *SMALL, "--json")
    assert json.loads(again.stdout)["answers"]["claims"][0]["verdict"] == "cannot tell", "used again"


def test_a_wide_matrix_shows_the_highest_of_each_target(call: Call, db: Database, settings: Settings) -> None:
    ends_soon(db, settings, "completed", table({}))
    told = call(
        "--source", "distance", "--source", "shape", "--images", "100", "--seeds", "0", "--order", "1"
    )
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[1].startswith("target")
    assert max(map(len, lines[1:17])) <= 100
    assert "claim" in told.stdout
    assert "Cannot tell." in told.stdout


def test_a_failure_says_why_and_has_its_exit_code(call: Call, db: Database, settings: Settings) -> None:
    ends_soon(db, settings, "failed")
    told = call("--source", "shape", *SMALL)
    assert (told.exit_code, "failed    The disk is full. Make room." in told.stdout) == (1, True)


def test_waiting_ends_in_time_and_the_matrix_goes_on(call: Call) -> None:
    told = call("--source", "shape", *SMALL, "--timeout", "0.2")
    assert (told.exit_code, "0 of 90 pieces" in told.stderr) == (4, True), told.stderr
    queued = call("--source", "shape", *SMALL, "--no-wait")
    assert (queued.exit_code, "have 90 pieces: http" in queued.stdout) == (0, True)


def test_what_is_refused_is_named(call: Call) -> None:
    told = call("--source", "fox")
    assert (told.exit_code, "sources" in told.stderr, "fox" in told.stderr) == (2, True, True)
    assert call("--order", "4").exit_code == 2
