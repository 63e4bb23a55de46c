"""Real workers and a real web process on one PostgreSQL, and what must hold of their runs at the end.

Runs are launched over REST, each until it was taken; an open stream follows all of them, and goes on after
its last id whenever it breaks. What a test does meanwhile (kill a worker, crash the server) is its own.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import httpx2
from sqlalchemy import func, select

from app.lifecycle import State
from app.runs import queue
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Epoch, Event, Run
from app.store.trouble import trouble_of
from tests.app.real_processes import Family
from trainer.journal import read_entries
from trainer.run_dir import RunDir

EPOCHS = 3


@dataclass
class Fleet:
    """A board, its workers, and what its stream has told."""

    settings: Settings
    family: Family
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    heard: list[tuple[int, str]] = field(default_factory=list)
    """Id and kind of each event, as they came."""
    refused: Counter[int] = field(default_factory=Counter)
    """Launches that were to be tried again, by status; 0 where nothing answered."""

    def add_worker(self) -> None:
        """Start one more, of two slots."""
        own = self.settings.model_copy(update={"workers": 2})
        command = [sys.executable, "-m", "tests.quick_worker", own.model_dump_json()]
        self.workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    def launch(self, number: int) -> int:
        """Launch the run of this number over REST, as often as it takes; its id."""
        config = {"seed": number, "optim": {"epochs": EPOCHS, "milestones": []}}
        asked = {"json": {"config": config}, "headers": {"Idempotency-Key": f"run {number}"}}
        deadline = time.monotonic() + 60
        while True:
            status, told = self._post("/api/v1/runs", asked)
            if status in (200, 201):
                return int(told["id"])
            assert status in (0, 503), told
            self.refused[status] += 1
            assert time.monotonic() < deadline, told
            time.sleep(0.1)

    def _post(self, path: str, asked: Any) -> tuple[int, Any]:
        try:
            answer = httpx2.post(f"{self.family.url}{path}", timeout=30, **asked)
        except httpx2.TransportError as error:
            return 0, str(error)
        return answer.status_code, answer.json()

    def listen(self, until: Flag) -> None:
        """Follow the stream of all runs, again after its last id where it ends."""
        while not until.is_set():
            last = {"Last-Event-ID": str(self.heard[-1][0] if self.heard else 0)}
            try:
                with (
                    httpx2.Client(timeout=httpx2.Timeout(5, read=20)) as client,
                    client.stream("GET", f"{self.family.url}/api/v1/stream", headers=last) as answer,
                ):
                    for event in httpx2.EventSource(answer):
                        if event.id and event.event:
                            self.heard.append((int(event.id), event.event))
                        if until.is_set():
                            return
            except (httpx2.TransportError, httpx2.HTTPError):
                time.sleep(0.1)


@contextmanager
def fleet(data_dir: Path, url: str, workers: int) -> Iterator[Fleet]:
    """Everything runs inside the block, and is gone after it."""
    settings = Settings(data_dir=data_dir, database_url=url)
    prepare(settings)
    made = Fleet(settings, Family(data_dir, workers=0, options=["--database-url", url]))
    done = Flag()
    listening = Thread(target=made.listen, args=(done,), daemon=True)
    try:
        for _ in range(workers):
            made.add_worker()
        listening.start()
        yield made
    finally:
        done.set()
        for worker in made.workers:
            worker.terminate()
        for worker in made.workers:
            worker.wait(30)
        made.family.kill()


def wait_until_completed(fleet: Fleet, runs: int, seconds: float) -> None:
    """Retry what crashed with its worker, until all are completed and the stream has told the last event."""
    deadline = time.monotonic() + seconds
    with closing(Database(fleet.settings.url)) as db:
        while True:
            states, last = _looked_at(db)
            heard = fleet.heard[-1][0] if fleet.heard else 0
            if states == {State.COMPLETED: runs} and heard == last:
                return
            assert time.monotonic() < deadline, (states, heard, last)
            time.sleep(0.2)


def _looked_at(db: Database) -> tuple[dict[str, int], int]:
    """How many runs are in each state, and the last event's id; ({}, 0) while nobody answers."""
    try:
        with db.write() as s:
            crashed = s.scalars(select(Run.id).where(Run.state == State.CRASHED)).all()
            for run_id in crashed:
                queue.requeue(s, get_run(s, run_id))
            counted = select(Run.state, func.count()).group_by(Run.state)
            return dict(s.execute(counted).all()), s.scalar(select(func.max(Event.id))) or 0
    except Exception as error:
        if trouble_of(error) is None:
            raise
        return {}, 0


def check(fleet: Fleet, ids: list[int]) -> int:
    """Raises AssertionError where a run or an event was lost or came twice; the number of attempts."""
    assert len(set(ids)) == len(ids)
    with closing(Database(fleet.settings.url)) as db, db.read() as s:
        runs = s.scalars(select(Run).order_by(Run.id)).all()
        assert [run.id for run in runs] == sorted(ids)
        stored: dict[int, list[int]] = {run.id: [] for run in runs}
        for run_id, number in s.execute(select(Epoch.run_id, Epoch.epoch).order_by(Epoch.epoch)):
            stored[run_id].append(number)
        assert all(numbers == list(range(1, EPOCHS + 1)) for numbers in stored.values())
        events = s.execute(select(Event.id, Event.run_id, Event.seq, Event.kind).order_by(Event.id)).all()
        moves = s.scalars(select(Event).where(Event.kind == "state"))
        claims = Counter(move.run_id for move in moves if move.payload["to"] == State.RUNNING)
    assert dict(claims) == {run.id: run.attempt for run in runs}, "each attempt was claimed once"
    assert fleet.heard == [(event.id, event.kind) for event in events], "the stream misses none"
    for run in runs:
        journal = [entry for entry, _ in read_entries(RunDir(fleet.settings.run_dir(run.id)).events)]
        told = [(entry.seq, entry.event.kind) for entry in journal]
        assert told == [(event.seq, event.kind) for event in events if event.run_id == run.id and event.seq]
        assert [kind for _, kind in told].count("epoch") == EPOCHS
    return claims.total()
