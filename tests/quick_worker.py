"""A real worker process whose runs train nothing: their journals are written in a moment, epoch by epoch.

    python -m tests.quick_worker SETTINGS

SETTINGS is JSON. A run goes on after the last epoch of its journal, as a training would; kill -9 ends runs
and worker together.
"""

import sys
from threading import Event, Thread

from app.logs import log_to_stderr
from app.serving.signals import stop_on_signals
from app.settings import Settings
from app.store.engine import Database
from app.worker.supervisor import Pace, Worker
from tests.app.journals import epoch, started
from trainer import events
from trainer.executors.base import ExitStatus, Handle, Resources
from trainer.journal import Journal, read_entries
from trainer.run_dir import RunDir

EPOCH_SECONDS = 0.02


class QuickExecutor:
    """Each run is a thread of this process."""

    def __init__(self) -> None:
        self._threads: dict[Handle, Thread] = {}
        self._asked: dict[Handle, Event] = {}

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        handle = Handle(run_dir, attempt, 0)
        self._asked[handle] = Event()
        training = Thread(target=_train, args=(run_dir, attempt, self._asked[handle]), daemon=True)
        self._threads[handle] = training
        training.start()
        return handle

    def poll(self, handle: Handle) -> ExitStatus | None:
        return None if self._threads[handle].is_alive() else ExitStatus(0, None)

    def stop(self, handle: Handle) -> None:
        self._asked[handle].set()

    def kill(self, handle: Handle) -> None:
        self._asked[handle].set()
        self._threads[handle].join()

    def close(self) -> None:
        for handle in self._threads:
            self.kill(handle)


def _train(run_dir: RunDir, attempt: int, asked: Event) -> None:
    config = run_dir.read_config()
    known = [entry.event for entry, _ in read_entries(run_dir.events)] if run_dir.events.exists() else []
    done = max((event.epoch for event in known if isinstance(event, events.Epoch)), default=0)
    with Journal(run_dir.events) as journal:
        journal.append(started(config=config, resumed_after_epoch=done, attempt=attempt))
        for number in range(done + 1, config.optim.epochs + 1):
            if asked.wait(EPOCH_SECONDS):
                journal.append(events.Stopped(epoch=number - 1))
                return
            journal.append(epoch(number, train_loss=1 / number))
        journal.append(events.Finished(epochs=config.optim.epochs, seconds=1.0, best=None))


def main() -> None:
    """Work until SIGTERM."""
    settings = Settings.model_validate_json(sys.argv[1])
    log_to_stderr()
    stop = stop_on_signals()
    db = Database(settings.url)
    Worker(settings, db, QuickExecutor(), Pace(turn_seconds=0.05)).run_until(stop)
    db.close()


if __name__ == "__main__":
    main()
