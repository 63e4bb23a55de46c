"""One pass of runs over a board: queued at once, harmed meanwhile, watched until all have ended."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import func, select
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


def launched(board: Board, configs: Sequence[RunConfig]) -> list[int]:
    """Queue them in this order; their ids."""
    with board.db.write() as s:
        return [queue.enqueue(s, config, f"run {at}").id for at, config in enumerate(configs)]


def kinds_of(board: Board, kills: int, chance: random.Random) -> list[str]:
    """So many harms, of each kind about as many, children twice as often; in random order."""
    kinds = ["child", *board.harms]
    chosen = [kinds[at % len(kinds)] for at in range(kills)]
    chance.shuffle(chosen)
    return chosen


def harm(board: Board, ids: Sequence[int], kinds: Sequence[str], chance: random.Random) -> Counter[str]:
    """Do these one after the other, spread over the runs; what was done, before the last run had ended."""
    done = Counter[str]()
    for number, kind in enumerate(kinds):
        ended = number * max(0, len(ids) - SLOTS) // len(kinds)
        wait(board, ids, lambda so_far, first=ended: so_far >= first)  # type: ignore[misc]
        time.sleep(chance.uniform(0, LONGEST_PAUSE_SECONDS))
        if not wait(board, ids, lambda _, what=kind: board.harms[what](chance)):  # type: ignore[misc]
            break
        done[kind] += 1
    return done


def wait(board: Board, ids: Sequence[int], until: Callable[[int], bool]) -> bool:
    """Look until that holds, given how many have ended; False once all have. Raises TimeoutError."""
    seen, since = (0, 0, 0), time.monotonic()
    while True:
        so_far = patient(board.db, lambda s: _so_far(s, ids))
        if until(so_far[0]):
            return True
        if so_far[0] == len(ids):
            return False
        if so_far != seen:
            seen, since = so_far, time.monotonic()
        if time.monotonic() - since > STUCK_SECONDS:
            raise TimeoutError(f"Nothing has come for {STUCK_SECONDS:.0f} s; ended, attempts, epochs: {seen}")
        time.sleep(0.05)


def _so_far(s: Session, ids: Sequence[int]) -> tuple[int, int, int]:
    """How many have ended, attempts at them, their epochs."""
    ended = select(func.count()).where(Run.id.in_(ids), Run.state.in_(ENDED))
    attempts = select(func.count()).where(Attempt.run_id.in_(ids))
    epochs = select(func.count()).where(Epoch.run_id.in_(ids))
    return s.scalar(ended) or 0, s.scalar(attempts) or 0, s.scalar(epochs) or 0


def patient(db: Database, ask: Callable[[Session], T]) -> T:
    """Ask the database, again where it cannot be asked at the moment."""
    until = time.monotonic() + STUCK_SECONDS
    while True:
        try:
            with db.read() as s:
                return ask(s)
        except Exception as error:
            if trouble_of(error) is None or time.monotonic() > until:
                raise
        time.sleep(0.1)
