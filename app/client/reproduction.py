"""Carries out a plan on a server: launches what it wants, waits, asks again, until nothing is new.

All state is the server's runs and the results so far: whoever starts again goes on where it was.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from app.client.board import Client
from app.client.calls import PAGE
from app.client.errors import ConflictedError, ServerFailedError, UnreachableError
from app.lifecycle import ENDED, State
from app.reproduction.plan import Plan
from app.reproduction.results import Measured, MeasuredClass, Results
from app.reproduction.wanted import Trial, Wanted, wanted
from app.views.runs.view import RunDetail, RunSummary
from app.views.series.view import RunSeries
from trainer.config import RunConfig, as_json

LOOK_SECONDS = 5.0
MOST_FAILED_LOOKS = 60
Tell = Callable[["Standing"], None]


class Standing:
    """How far it is: runs that are wanted by now, those that are done, and those that broke."""

    def __init__(self, asked: int, done: int, runs: Sequence[RunSummary]) -> None:
        self.asked = asked
        self.done = done
        self.broken = tuple(run for run in runs if run.state in ENDED and run.state != State.COMPLETED)
        self.running = sum(run.state == State.RUNNING for run in runs)


def trial_on(board: Client, plan: Plan, results: Results) -> Trial:
    """The plan as it is carried out on this server, whose previews say what weights do."""

    def ask(config: RunConfig) -> float:
        return board.validate(as_json(config)).mean_weight

    return Trial(plan, ask, results.dataset, results.scale, dict(results.mean_weights))


def reproduce(
    board: Client, trial: Trial, results: Results, keep: Callable[[Results], None], tell: Tell
) -> Results:
    """Train all that the plan wants and the results lack; returns them whole.

    `keep` gets the results whenever runs have joined them, `tell` sees how it stands at each look. A run that
    broke is queued again once. Returns with what there is where the rest broke. Waits some minutes for a
    server that is away, then raises what it last met, as any other ClientError at once.
    """
    drive, failed = _Drive(board, trial, results, keep, tell), 0
    while True:
        try:
            if drive.looked():
                return drive.results
            failed = 0
        except (UnreachableError, ServerFailedError):
            failed += 1
            if failed > MOST_FAILED_LOOKS:
                raise
            time.sleep(LOOK_SECONDS)


class _Drive:
    """Where it stands; nothing of it is needed to go on later but the results."""

    def __init__(
        self, board: Client, trial: Trial, results: Results, keep: Callable[[Results], None], tell: Tell
    ) -> None:
        self.results = results
        self._board, self._trial, self._keep, self._tell = board, trial, keep, tell
        self._retried: set[int] = set()

    def looked(self) -> bool:
        """Take what has ended, queue what is wanted, or wait a little; whether nothing is left to do."""
        asked = wanted(self._trial, self.results.by_hash)
        runs = _runs(self._board, asked, self.results)
        tried = {one.hash for one in asked if one.values}
        done = [run for run in runs.values() if _has_told(run, run.config_hash in tried)]
        if done:
            self._take(done)
            return False
        missing = [one for one in asked if one.hash not in self.results.by_hash]
        standing = Standing(len(asked), len(asked) - len(missing), tuple(runs.values()))
        self._tell(standing)
        again = [run for run in standing.broken if run.id not in self._retried]
        new = [one for one in missing if one.hash not in runs]
        self._queue(new, again)
        if not new and not again:
            if len(standing.broken) == len(missing):
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def _take(self, done: Sequence[RunSummary]) -> None:
        results = self.results.with_runs(_measured(self._board, done))
        self.results = results.model_copy(update={"mean_weights": dict(self._trial.mean_weights)})
        self._keep(self.results)

    def _queue(self, new: Sequence[Wanted], again: Sequence[RunSummary]) -> None:
        for run in again:
            with suppress(ConflictedError):  # it has come back along with its first or second stage
                self._board.retry(run.id)
            self._retried.add(run.id)
        for one in new:
            name = f"{one.setting.label}, seed {one.config.seed}" + (", on validation" if one.values else "")
            self._board.launch(as_json(one.config), name=name, tags=[f"reproduce-{self._trial.plan.name}"])


def _runs(board: Client, asked: Sequence[Wanted], results: Results) -> dict[str, RunSummary]:
    """The server's run of each wanted configuration without results: the one that is furthest."""
    open_hashes = {one.hash for one in asked} - results.by_hash.keys()
    found: dict[str, RunSummary] = {}
    for run in board.runs(sort="id") if open_hashes else ():
        if run.config_hash in open_hashes:
            held = found.setdefault(run.config_hash, run)
            if _order(run) < _order(held):
                found[run.config_hash] = run
    return found


def _has_told(run: RunSummary, is_tried: bool) -> bool:
    """Whether there is nothing more to come of it: a value that diverged on trial is none to choose."""
    return run.state == State.COMPLETED or (is_tried and run.state == State.FAILED and run.diverged)


def _order(run: RunSummary) -> tuple[bool, bool, int]:
    return run.state != State.COMPLETED, run.state in ENDED, run.id


def _measured(board: Client, runs: Sequence[RunSummary]) -> Iterator[Measured]:
    for first in range(0, len(runs), PAGE):
        page = runs[first : first + PAGE]
        series = {one.run_id: one for one in board.measured([run.id for run in page])}
        for run in page:
            yield measured_of(board.run(run.id), series[run.id])


def measured_of(run: RunDetail, series: RunSeries) -> Measured:
    """A completed run as results keep it; of one that diverged, that it did: it has no figures."""
    is_done = run.state == State.COMPLETED
    last: Mapping[str, Any] = run.last.model_dump() if run.last and is_done else {}
    classes = series.classes[-1].classes if is_done else ()
    return Measured(
        config_hash=run.config_hash,
        seed=run.config["seed"],
        epochs=run.last.epoch if run.last else 0,
        seconds=run.timing.seconds if run.timing else 0.0,
        finished_at=run.finished_at or "",
        metrics={
            name.removeprefix("test_"): value for name, value in last.items() if name.startswith("test_")
        },
        validation=last.get("validation_balanced_accuracy"),
        classes=tuple(
            MeasuredClass(
                name=one.name, train_count=one.train_count, support=one.support, correct=one.correct
            )
            for one in classes
        ),
        provenance=run.provenance,
    )
