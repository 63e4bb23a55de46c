"""A study from outside: it looks for a rate by halving, each run by the result of the one before."""

from collections.abc import Iterable, Sequence

import pytest
from sqlalchemy import select

from app.lifecycle import State
from app.runs import queue, studies
from app.runs.ingest import end, ingest
from app.runs.retries import USUAL
from app.runs.sweep_actions import launch_sweep
from app.schemas import SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Run, SweepCell
from tests.app.journals import epoch, started, write_journal
from trainer.config import merge, parse_config
from trainer.events import Best, Event, Failed, Finished
from trainer.run_dir import RunDir
from trainer.study import Grid, Trial
from trainer.sweep import Cell

BASE = {"optim": {"epochs": 1, "milestones": []}}
RATE = "optim.learning_rate"


class Halving:
    """Halves the rate until that makes the accuracy smaller."""

    def first(self) -> Sequence[Cell]:
        return [self.at(0.4)]

    def after(self, ended: Iterable[Trial]) -> Sequence[Cell]:
        tried = [(trial.config.optim.learning_rate, trial.last.get("test_accuracy")) for trial in ended]
        reached = [accuracy for _, accuracy in tried if accuracy is not None]
        falls = len(reached) > 1 and reached[-1] < reached[-2]
        return [] if falls or not reached else [self.at(min(rate for rate, _ in tried) / 2)]

    def at(self, rate: float) -> Cell:
        config = parse_config(merge(BASE, {"optim": {"learning_rate": rate}}))
        return Cell(config, ((RATE, rate),), baseline=False)


@pytest.fixture
def halving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "study_of", lambda sweep: Halving())


def launched(db: Database, settings: Settings) -> int:
    return launch_sweep(db, settings, SweepBody(base=BASE, axes={RATE: [0.4]}))[0]


def trained(db: Database, settings: Settings, *events: Event) -> float:
    """The next run of the queue ends with these; its rate."""
    with db.write() as session:
        run = queue.claim(session, "w1")
        assert run is not None
        run_dir = RunDir(settings.run_dir(run.id))
        config = parse_config(run.config)
    run_dir.create(config)
    write_journal(run_dir, [started(config=config), *events])
    ingest(db, run.id, run.attempt, run_dir)
    return config.optim.learning_rate


def reaches(accuracy: float) -> tuple[Event, ...]:
    best = Best(epoch=1, value=accuracy, chosen_on="test")
    return epoch(1, test_accuracy=accuracy), Finished(epochs=1, seconds=2.0, best=best)


def cells(db: Database, sweep_id: int) -> list[tuple[int, float, str | None]]:
    """(number, rate, state) of each cell."""
    query = select(SweepCell.cell, SweepCell.config, Run.state).join(Run, Run.id == SweepCell.run_id)
    with db.read() as session:
        rows = session.execute(query.where(SweepCell.sweep_id == sweep_id).order_by(SweepCell.cell))
        return [(number, config["optim"]["learning_rate"], state) for number, config, state in rows]


@pytest.mark.usefixtures("halving")
def test_proposes_by_results_and_ends(db: Database, settings: Settings) -> None:
    sweep = launched(db, settings)
    assert cells(db, sweep) == [(0, 0.4, "queued")]
    tried = [trained(db, settings, *reaches(accuracy)) for accuracy in (0.3, 0.5, 0.4)]
    assert tried == [0.4, 0.2, 0.1]
    assert cells(db, sweep) == [(0, 0.4, "completed"), (1, 0.2, "completed"), (2, 0.1, "completed")]


@pytest.mark.usefixtures("halving")
def test_a_second_one_goes_on_from_the_runs_that_are_there(db: Database, settings: Settings) -> None:
    launched(db, settings)
    trained(db, settings, *reaches(0.3))
    again = launched(db, settings)
    assert cells(db, again) == [(0, 0.4, "completed"), (1, 0.2, "queued")]
    assert trained(db, settings, *reaches(0.5)) == 0.2
    assert [rate for _, rate, _ in cells(db, again)] == [0.4, 0.2, 0.1]


@pytest.mark.usefixtures("halving")
def test_a_failed_run_is_told_and_a_canceled_one_is_not(db: Database, settings: Settings) -> None:
    sweep = launched(db, settings)
    trained(db, settings, Failed(error_type="X", message="it broke", traceback=""))
    assert cells(db, sweep) == [(0, 0.4, "failed")]
    with db.write() as session:
        [run] = session.scalars(select(Run))
        queue.requeue(session, run)
        run.last = {"test_accuracy": 0.9}
    with db.write() as session:
        claimed = queue.claim(session, "w1")
        assert claimed is not None
        end(session, claimed, (State.CANCELED, None), USUAL)
    assert cells(db, sweep) == [(0, 0.4, "canceled")]


def test_one_that_fails_keeps_no_run_from_ending(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sweep = launched(db, settings)
    monkeypatch.setattr(Grid, "after", lambda *_: 1 / 0)
    trained(db, settings, *reaches(0.3))
    assert cells(db, sweep) == [(0, 0.4, "completed")]
    assert f"The study of sweep {sweep} could not say what to train next" in caplog.text


def test_a_grid_proposes_all_at_once(db: Database, settings: Settings) -> None:
    grid = Grid(BASE, {RATE: [0.4, 0.2], "seed": [0, 1]})
    assert [dict(cell.values) for cell in grid.first()] == [
        {RATE: rate, "seed": seed} for rate in (0.4, 0.2) for seed in (0, 1)
    ]
    sweep = launched(db, settings)
    trained(db, settings, *reaches(0.3))
    assert cells(db, sweep) == [(0, 0.4, "completed")]
