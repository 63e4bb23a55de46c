"""What must hold of a run that was harmed, and of the calm one of the same configuration."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.lifecycle import State
from app.store.attempts import attempts_of
from app.store.runs import get_run
from app.store.tables import ClassEpoch, Confusion, Epoch, Event, Scalar
from tests.chaos.boards import Board
from tests.trainer.equal_runs import assert_equal_folders, figures, told
from trainer import events
from trainer.journal import read_entries
from trainer.run_dir import RunDir

PASSING = {"time", "seconds", "images_per_second", "run_id", "_sa_instance_state"}
LOST = {State.CRASHED, State.QUEUED}
"""How an attempt ends that another one follows."""


def check(board: Board, run_id: int, calm_id: int) -> None:
    """Raises AssertionError where the run is not, to the last bit, the calm one, or came to it wrongly."""
    with board.db.read() as s:
        run = get_run(s, run_id)
        assert (run.state, run.error, run.epoch) == (State.COMPLETED, None, run.epochs), run.error
        ours, theirs = stored(s, run_id), stored(s, calm_id)
        assert ours == theirs, f"stored differently: {_first_difference(ours, theirs)}"
        _check_events(s, run_id, run.epochs)
        _check_attempts(s, run_id)
    here, there = (RunDir(board.settings.run_dir(one)) for one in (run_id, calm_id))
    _check_journal(here, there)
    assert_equal_folders(here, there)


def stored(s: Session, run_id: int) -> dict[str, Any]:
    """All figures of its epochs but times, by table; and those that stand on its own row."""
    run = get_run(s, run_id)
    tables = {table.__tablename__: _rows(s, table, run_id) for table in (Epoch, ClassEpoch, Confusion)}
    scalars = [row for row in _rows(s, Scalar, run_id) if not row["key"].startswith("seconds/")]
    last = {name: value for name, value in (run.last or {}).items() if name not in PASSING}
    accuracy = run.test_accuracy, run.test_balanced_accuracy
    return {**tables, "scalars": scalars, "last": last, "best": run.best, "accuracy": accuracy}


def _rows(s: Session, table: type[Any], run_id: int) -> list[dict[str, Any]]:
    keys = list(table.__table__.primary_key)
    rows = s.scalars(select(table).where(table.run_id == run_id).order_by(*keys))
    return [{name: value for name, value in vars(row).items() if name not in PASSING} for row in rows]


def _first_difference(here: Any, there: Any) -> str:
    if isinstance(here, dict) and isinstance(there, dict):
        for name in here.keys() | there.keys():
            if here.get(name) != there.get(name):
                return f"{name}: {_first_difference(here.get(name), there.get(name))}"
    if isinstance(here, list) and isinstance(there, list):
        for at, (one, other) in enumerate(zip(here, there, strict=False)):
            if one != other:
                return f"[{at}] {_first_difference(one, other)}"
        return f"{len(here)} and {len(there)} rows"
    return f"{here!r} and {there!r}"


def _check_events(s: Session, run_id: int, epochs: int) -> None:
    """In the order of the journal, each of its events at most once, each epoch exactly once."""
    kept = s.scalars(select(Event).where(Event.run_id == run_id).order_by(Event.id)).all()
    numbers = [event.seq for event in kept if event.seq is not None]
    assert numbers == sorted(set(numbers)), f"events out of order: {numbers}"
    told_epochs = [event.payload["epoch"] for event in kept if event.kind == "epoch"]
    assert told_epochs == list(range(1, epochs + 1)), f"epochs as events: {told_epochs}"


def _check_attempts(s: Session, run_id: int) -> None:
    run, kept = get_run(s, run_id), attempts_of(s, run_id)
    numbers = [one.attempt for one in kept]
    assert numbers == list(range(1, run.attempt + 1)), f"attempts {numbers} of {run.attempt}"
    ends = [one.ended for one in kept]
    assert set(ends[:-1]) <= LOST, f"attempts ended so: {ends}"
    assert ends[-1] == State.COMPLETED, f"attempts ended so: {ends}"
    assert all(one.reason and one.ended_at for one in kept[:-1]), "an attempt says not why it ended"


def _check_journal(here: RunDir, there: RunDir) -> None:
    """Without a gap, and each time that an epoch was told, with the calm run's figures."""
    numbers = [entry.seq for entry, _ in read_entries(here.events)]
    assert numbers == list(range(1, len(numbers) + 1)), f"the journal's numbers: {numbers}"
    calm = figures(told(there))
    for event in told(here):
        if isinstance(event, events.Epoch):
            [(epoch, again)] = figures([event]).items()
            differs = _first_difference(again, calm[epoch])
            assert again == calm[epoch], f"epoch {epoch} was told differently: {differs}"
