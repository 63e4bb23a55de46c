"""What no living worker can reach, in whose data folder it would have to be, has no place in the queue."""

import pytest
from sqlalchemy import update

from app.lifecycle import State
from app.runs import queue
from app.runs.places import out_of_reach, places_now
from app.store import files
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Folder, RunFile
from app.store.workers import WorkerInfo, beat
from app.views.runs.fill import run_detail
from trainer.config import parse_config


@pytest.fixture
def second(db: Database) -> int:
    """A run upon a first stage that was trained in the folder of another host; a worker lives only here."""
    config = parse_config({"second_stage": {"name": "crt"}})
    with db.write() as s:
        run = queue.enqueue(s, config, "second", source="images")
        first = get_run(s, run.first_stage_id or 0)
        queue.move(s, first, State.RUNNING)
        queue.move(s, first, State.COMPLETED)
        for folder, host in (("here", "desk"), ("there", "node")):
            files.worked(s, folder, host)
        first.folder_id = "there"
        beat(s, WorkerInfo("w1", 1, "desk", 1, 1, ("cpu",)))
        files.served(s, "there", "node")  # somebody is there, but no worker
        s.execute(update(Folder).where(Folder.id == "there").values(worked_at=None))
    return run.id


def test_it_says_where_a_worker_is_lacking(db: Database, second: int) -> None:
    with db.read() as s:
        first = get_run(s, second).first_stage_id
        assert out_of_reach(s, [second]) == {second: (first, "node")}
        assert places_now(s) == {}
        said = run_detail(s, second).waits_for
    assert said == (
        f"Run {first}, its first stage, lies in another data folder on node and was not sent from there: no "
        "living worker reads it. Start one there with: betaboard worker"
    )
    with db.write() as s:
        assert queue.claim(s, "w1", folder_id="here") is None


def test_what_was_sent_or_has_a_worker_beside_it_waits_for_its_turn(db: Database, second: int) -> None:
    with db.write() as s:
        files.worked(s, "there", "node")
    with db.read() as s:
        assert out_of_reach(s, [second]) == {}
        assert run_detail(s, second).waits_for == "Number 1 in the queue."
    with db.write() as s:
        s.execute(update(Folder).where(Folder.id == "there").values(worked_at=None))
        first = get_run(s, second).first_stage_id or 0
        name = files.FIRST_STAGE_FILE
        s.add(RunFile(run_id=first, name=name, folder_id="there", content="c", bytes=1, sha256="0"))
    with db.read() as s:
        assert out_of_reach(s, [second]) == {}
        assert run_detail(s, second).waits_for == "Number 1 in the queue."
