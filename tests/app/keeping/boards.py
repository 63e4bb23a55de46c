"""What the tests of copies do with a board: have its runs trained, and read all that it says of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from fastapi.testclient import TestClient

from app.main import create_app
from app.runs import queue
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Run
from app.worker.supervisor import Pace, Worker
from tests.trainer.tiny import tiny_config
from trainer.executors.local import LocalExecutor

SERIES = ("", "/epochs", "/classes", "/confusion", "/scalars", "/logs", "/events", "/checkpoints")
PREDICTIONS = "/predictions?split=test&epoch=last"


@contextmanager
def trained(settings: Settings, slots: int = 1) -> Iterator[Database]:
    """A worker with real children on the board, which ends with the block."""
    stop, db = Event(), Database(settings.url)
    executor = LocalExecutor(settings.datasets_dir)
    made = Worker(settings.model_copy(update={"workers": slots}), db, executor, Pace(stop_grace_seconds=2))
    thread = Thread(target=made.run_until, args=(stop,))
    thread.start()
    try:
        yield db
    finally:
        stop.set()
        thread.join(60)
        executor.close()
        db.close()
        assert not thread.is_alive()


def launched(db: Database, source: str | None = None, **changes: Any) -> int:
    with db.write() as s:
        return queue.enqueue(s, tiny_config(threads=1, **changes), "run", source=source).id


def run_of(db: Database, run_id: int) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def told_of(settings: Settings, run_id: int, *more: str) -> dict[str, Any]:
    """All that the board answers about a run."""
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        answers = {part: client.get(f"/api/v1/runs/{run_id}{part}") for part in (*SERIES, *more)}
    assert all(answer.status_code == 200 for answer in answers.values()), answers
    return {part: answer.json() for part, answer in answers.items()}


def prepared(settings: Settings) -> None:
    """As the command hands it over."""
    prepare(settings, copy=False)
