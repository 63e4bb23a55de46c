"""A plan carried out on a real board: interrupted and gone on with; and what happens where runs break."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from app.client import Client
from app.client.errors import UnreachableError
from app.client.reproduction import Standing, reproduce, trial_on
from app.lifecycle import State
from app.reproduction.plan import Plan, plan_of
from app.reproduction.report import report
from app.reproduction.results import Results, read_results, write_results
from app.runs import queue
from app.store.engine import Database
from tests.app.real_processes import Family, wait_for
from tests.app.reproduction.made import TINY

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {
    **TINY,
    "base": {
        "data": {"dataset": "shapes10", "max_train_per_class": 40, "imbalance_ratio": 4},
        "optim": {"epochs": 1, "milestones": []},
        "model": {"width": 4},
    },
    "settings": [
        {"id": "ce", "label": "Cross-entropy", "seeds": 2},
        {
            "id": "cb",
            "label": "Class-balanced",
            "seeds": 2,
            "set": {"loss.weighting": "class_balanced"},
            "choose": {"loss.beta": [0.9, 0.99]},
        },
        {"id": "slowed", "label": "Slowed", "seeds": 2, "slowed_like": "cb"},
    ],
}
RUNS = 2 + 2 + 2 + 2
"""Seeds of three settings, and two values that validation chooses from."""


def silent(standing: Standing) -> None:
    """Nobody listens."""


class StopError(Exception):
    """The computer is shut down."""


def drive(
    url: str, plan: Plan, file: Path, tell: Callable[[Standing], None] = silent, most: int = 99
) -> Results:
    """As the command does it, with its results in `file`; stops in the middle once `most` runs are there."""

    def keep(found: Results) -> None:
        write_results(file, found)
        if len(found.runs) >= most:
            raise StopError

    results = read_results(file) if file.exists() else Results(plan=plan.name, dataset="", scale=1.0)
    with Client(url) as board:
        return reproduce(board, trial_on(board, plan, results), results, keep, tell)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.client.reproduction.LOOK_SECONDS", 0.1)


def test_interrupted_in_the_middle_it_goes_on_and_trains_nothing_twice(tmp_path: Path) -> None:
    plan, file = plan_of(SMALL, "small.toml"), tmp_path / "results.json"
    family = Family(tmp_path / "data")
    try:
        with pytest.raises(StopError):
            drive(family.url, plan, file, most=3)
        assert family.end() == []
        kept = read_results(file)
        assert 3 <= len(kept.runs) < RUNS
        family = Family(tmp_path / "data")
        seen: list[tuple[int, int]] = []
        results = drive(family.url, plan, file, lambda now: seen.append((now.done, now.asked)))
        assert read_results(file) == results
        assert seen[-1] == (RUNS, RUNS)
        assert {run.config_hash: run for run in kept.runs}.items() <= results.by_hash.items()
        with Client(family.url) as board:
            runs = board.runs(sort="id")
            assert {run.state for run in runs} == {"completed"}
            assert sorted(run.config_hash for run in runs) == sorted(results.by_hash)
            assert {tag for run in runs for tag in run.tags} == {"reproduce-tiny"}
            _of_the_board(board, results)
            trial = trial_on(board, plan, results)
        view = report(trial, results)
        assert (view.is_whole, view.done) == (True, RUNS)
        _slowed_by_the_mean_weight(plan, results)
    finally:
        family.kill()


def _of_the_board(board: Client, results: Results) -> None:
    """What is kept of each run is what the board says of it."""
    for run in board.runs():
        kept, epochs = results.by_hash[run.config_hash], board.epochs(run.id)
        assert kept.metrics["accuracy"] == epochs[-1].test_accuracy
        assert kept.validation == epochs[-1].validation_balanced_accuracy
        classes = board.classes(run.id).classes
        assert [(one.name, one.correct, one.support) for one in kept.classes] == [
            (one.name, one.correct, one.support) for one in classes
        ]


def _slowed_by_the_mean_weight(plan: Plan, results: Results) -> None:
    """E[w] worked out from the training images of each class: weights 1 / E_n that sum to 10."""
    [weight] = results.mean_weights.values()
    counts = [one.train_count for one in next(run for run in results.runs if run.validation is None).classes]
    possible = []
    for beta in (0.9, 0.99):
        weights = [(1 - beta) / (1 - beta**count) for count in counts]
        mean = sum(n * w for n, w in zip(counts, weights, strict=True)) / sum(counts)
        possible.append(10 * mean / sum(weights))
    assert any(weight == pytest.approx(one) for one in possible)


def breaking(db: Database, times: int, stop: Event) -> Thread:
    """A worker that lets so many runs fail, one after another."""

    def fail() -> bool:
        with db.write() as session:
            claimed = queue.claim(session, "w")
            if claimed is not None:
                queue.move(session, claimed, State.FAILED)
            return claimed is not None or stop.is_set()

    def fail_all() -> None:
        for _ in range(times):
            wait_for(fail)

    thread = Thread(target=fail_all)
    thread.start()
    return thread


def test_a_run_that_breaks_is_queued_once_more_and_then_told(
    web_url: str, db: Database, tmp_path: Path
) -> None:
    plan = plan_of({**SMALL, "settings": [{**SMALL["settings"][0], "seeds": 1}], "claims": []}, "one.toml")
    stop, told = Event(), list[tuple[int, ...]]()
    thread = breaking(db, 2, stop)

    def tell(now: Standing) -> None:
        told.append(tuple(run.id for run in now.broken))

    try:
        results = drive(web_url, plan, tmp_path / "results.json", tell)
    finally:
        stop.set()
        thread.join()
    assert results.runs == ()
    assert told[-1] == (1,)
    with Client(web_url) as board:
        [run] = board.runs()
        assert run.state == "failed"
        moves = [event.payload["to"] for event in board.follow(run.id) if event.kind == "state"]
        assert moves.count("failed") == 2
        assert not report(trial_on(board, plan, results), results).is_whole


def test_a_value_that_diverges_on_trial_loses_the_choice_and_holds_nobody_up(tmp_path: Path) -> None:
    """Decay 1 at rate 1000 multiplies weights by about -1000 a step."""
    tuned = {"id": "ce", "label": "CE", "seeds": 1, "choose": {"optim.learning_rate": [1000.0, 0.02]},
             "set": {"optim.weight_decay": 1.0, "optim.batch_size": 8}}  # fmt: skip
    plan = plan_of({**SMALL, "settings": [tuned], "claims": []}, "tuned.toml")
    family = Family(tmp_path / "data")
    try:
        results = drive(family.url, plan, tmp_path / "results.json")
        with Client(family.url) as board:
            view = report(trial_on(board, plan, results), results)
            assert sorted(run.state for run in board.runs()) == ["completed", "completed", "failed"]
            assert {run.attempt for run in board.runs()} == {1}
    finally:
        family.kill()
    assert read_results(tmp_path / "results.json") == results
    assert view.is_whole
    [row] = view.rows
    assert row.chosen == "optim.learning_rate 0.02, of 2, 1 without a figure on validation"
    assert (row.n, len(view.class_names)) == (1, 10)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_second_stage_comes_back_with_its_first_one_and_both_are_told_when_they_break_again(
    web_url: str, db: Database, tmp_path: Path, order: tuple[int, int]
) -> None:
    whole = {"id": "ce", "label": "Cross-entropy", "seeds": 1}
    second = {"id": "tau", "label": "tau-norm", "seeds": 1, "set": {"second_stage.name": "tau_norm"}}
    settings = [(whole, second)[at] for at in order]
    plan = plan_of({**SMALL, "settings": settings, "claims": []}, "two.toml")
    told = list[int]()

    def tell(now: Standing) -> None:
        """A worker, too, that lets a run fail between two looks."""
        told.append(len(now.broken))
        with db.write() as session:
            claimed = queue.claim(session, "w")
            if claimed is not None:
                queue.move(session, claimed, State.FAILED)

    results = drive(web_url, plan, tmp_path / "results.json", tell)
    assert results.runs == ()
    assert told[-1] == 2
    with Client(web_url) as board:
        assert [run.state for run in board.runs()] == ["failed", "failed"]


def test_it_waits_for_a_server_that_is_away_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.client.calls._RETRY_DELAYS", (0.0,))
    monkeypatch.setattr("app.client.reproduction.MOST_FAILED_LOOKS", 2)
    waited: list[float] = []
    monkeypatch.setattr("app.client.reproduction.time.sleep", waited.append)
    plan = plan_of(TINY, "tiny.toml")
    with pytest.raises(UnreachableError, match="betaboard serve"):
        drive("http://127.0.0.1:9", plan, tmp_path / "results.json")
    assert waited.count(0.1) == 2
