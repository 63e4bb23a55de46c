"""One pass of runs over a board: queued at once, harmed meanwhile, watched until all have ended."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.lifecycle import ENDED
from app.runs import queue
from app.store.engine import Database
from app.store.tables import Attempt, Epoch, Run
from app.store.trouble import trouble_of
from tests.chaos.boards import SLOTS, Board
from trainer.config import RunConfig

STUCK_SECONDS = 180.0
"""Without a new attempt, epoch or end, for so long, nothing comes any more: a lost lease is judged in 15."""
LONGEST_PAUSE_SECONDS = 2.0

T = TypeVar("T")


def kinds_of(board: Board, kills: int, chance: random.Random) -> list[str]:
    """So many harms, of each kind about as many, children twice as often; in random order."""
    kinds = ["child", *board.harms]
    chosen = [kinds[at % len(kinds)] for at in range(kills)]
    chance.shuffle(chosen)
    return chosen


@dataclass(frozen=True)
class Pass:
    """Runs of these configurations, one after the other and again from the first."""

    board: Board
    configs: Sequence[RunConfig]
    ids: list[int] = field(default_factory=list)

    def launch(self, number: int) -> None:
        """Queue so many more."""
        at = range(len(self.ids), len(self.ids) + number)
        with self.board.db.write() as s:
            new = [queue.enqueue(s, self.configs[n % len(self.configs)], f"run {n}").id for n in at]
        self.ids.extend(new)

    def harm(self, kinds: Sequence[str], chance: random.Random) -> Counter[str]:
        """Do these one after the other, spread over the runs; more are queued where too few are left."""
        runs, done = len(self.ids), Counter[str]()
        for number, kind in enumerate(kinds):
            first = number * max(0, runs - SLOTS) // len(kinds)
            self._wait(lambda ended, first=first: ended >= first)  # type: ignore[misc]
            time.sleep(chance.uniform(0, LONGEST_PAUSE_SECONDS))
            self._wait(lambda ended, kind=kind: self._busy(ended) and self.board.harms[kind](chance))  # type: ignore[misc]
            done[kind] += 1
        return done

    def _busy(self, ended: int) -> bool:
        if len(self.ids) - ended < SLOTS:
            patient(lambda: self.launch(1))
        return True

    def end(self) -> None:
        """Wait until all have ended. Raises TimeoutError."""
        self._wait(lambda ended: ended == len(self.ids))

    def _wait(self, until: Callable[[int], bool]) -> None:
        """Look until that holds, given how many have ended. Raises TimeoutError."""
        seen, since = (0, 0, 0), time.monotonic()
        while not until((so_far := patient(lambda: _so_far(self.board.db, self.ids)))[0]):
            if so_far != seen:
                seen, since = so_far, time.monotonic()
            if time.monotonic() - since > STUCK_SECONDS:
                what = f"ended, attempts, epochs of {len(self.ids)} runs: {seen}"
                raise TimeoutError(f"Nothing has come for {STUCK_SECONDS:.0f} s; {what}")
            time.sleep(0.05)


def _so_far(db: Database, ids: Sequence[int]) -> tuple[int, int, int]:
    """How many have ended, attempts at them, their epochs."""
    with db.read() as s:
        return (
            _count(s, Run.id.in_(ids), Run.state.in_(ENDED)),
            _count(s, Attempt.run_id.in_(ids)),
            _count(s, Epoch.run_id.in_(ids)),
        )


def _count(s: Session, *conditions: ColumnElement[bool]) -> int:
    return s.scalar(select(func.count()).where(*conditions)) or 0


def patient(ask: Callable[[], T]) -> T:
    """Ask a database, again where it cannot be asked at the moment."""
    until = time.monotonic() + STUCK_SECONDS
    while True:
        try:
            return ask()
        except Exception as error:
            if trouble_of(error) is None or time.monotonic() > until:
                raise
        time.sleep(0.1)
