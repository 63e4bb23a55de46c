"""Data folders that share nothing, on one board, and runs that are trained in them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.runs import queue
from app.settings import Settings
from app.store import files
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Run
from tests.app.real_processes import add_tiny_dataset, wait_for
from tests.app.worker.at_work import working
from tests.trainer.tiny import tiny_config
from trainer.executors.inline import InlineExecutor

EPOCHS = 6


def two_more(settings: Settings, tmp_path: Path) -> tuple[Settings, Settings]:
    """Folders with the data set of the first one, which gets it, too."""
    add_tiny_dataset(settings.datasets_dir)

    def made(name: str) -> Settings:
        shutil.copytree(settings.datasets_dir, tmp_path / name / "datasets")
        return settings.model_copy(update={"data_dir": tmp_path / name, "database_url": settings.url})

    return made("one"), made("two")


@contextmanager
def worker_in(settings: Settings, db: Database) -> Iterator[None]:
    """A worker that trains in this folder."""
    executor = InlineExecutor(settings.datasets_dir)
    with working(settings, db, executor):
        yield
    executor.close()


def fetch(db: Database, run_id: int) -> Run:
    """The run as it is now."""
    with db.read() as s:
        return get_run(s, run_id)


def launch(db: Database, epochs: int = EPOCHS) -> int:
    """A tiny run in the queue."""
    with db.write() as s:
        return queue.enqueue(s, tiny_config(optim={"epochs": epochs}, threads=1), "run").id


def trained(settings: Settings, db: Database, run_id: int) -> None:
    """Have it trained to its end in this folder."""
    with worker_in(settings, db):
        wait_for(lambda: fetch(db, run_id).state == "completed", 300)


def sent(db: Database, run_id: int, name: str) -> bool:
    """Whether this file of the run was sent."""
    with db.read() as s:
        return name in {file.name for file in files.of_run(s, run_id)}
