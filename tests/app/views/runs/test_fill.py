"""Progress, remaining time and moves of a run, from what the store holds."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.lifecycle import MOVES, State
from app.runs import queue
from app.runs.ingest import ingest
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import RunFilter, get_run, listed_runs, set_tags
from app.store.tables import Run
from app.views.runs.fill import SPARKLINE_POINTS, Lines, moves, summary
from tests.app.journals import epoch
from tests.conftest import SeedRun
from trainer.events import Batch
from trainer.journal import Journal
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

EPOCHS = {"optim": {"epochs": 4, "milestones": []}}


def tell(db: Database, settings: Settings, run_id: int, *batches: Batch) -> None:
    run_dir = RunDir(settings.run_dir(run_id))
    with Journal(run_dir.events) as journal:
        for batch in batches:
            journal.append(batch)
    ingest(db, run_id, 1, run_dir)


def batch(epoch: int, step: int) -> Batch:
    return Batch(epoch=epoch, step=step, steps=10, loss=1.0, images_per_second=320.0)


def test_first_epoch_under_way(db: Database, settings: Settings, seed_run: SeedRun) -> None:
    run_id = seed_run("running", config=EPOCHS, epochs=0)
    tell(db, settings, run_id, batch(1, 5))
    with db.read() as session:
        progress = summary(session, run_id).progress
    assert (progress.epoch, progress.step, progress.steps) == (0, 5, 10)
    assert progress.fraction == pytest.approx(0.5 / 4)
    assert progress.images_per_second == 320
    assert progress.eta_seconds == pytest.approx(3.5 * 10 * 64 / 320)


def test_later_epochs_go_by_the_last_one(db: Database, settings: Settings, seed_run: SeedRun) -> None:
    run_id = seed_run("running", config=EPOCHS, epochs=2)
    tell(db, settings, run_id, batch(3, 5))
    with db.read() as session:
        progress = summary(session, run_id).progress
    assert progress.fraction == pytest.approx(2.5 / 4)
    assert progress.eta_seconds == pytest.approx(1.5 * 2.0)


def test_ended_run_has_no_step_and_no_time_to_go(db: Database, seed_run: SeedRun) -> None:
    with db.read() as session:
        progress = summary(session, seed_run("failed", config=EPOCHS, epochs=2)).progress
    assert (progress.step, progress.eta_seconds, progress.fraction) == (None, None, 0.5)


@pytest.mark.parametrize("state", [state for state in State if state is not State.RUNNING])
def test_moves_are_those_of_the_life_of_a_run(db: Database, seed_run: SeedRun, state: State) -> None:
    with db.read() as session:
        offered = set(moves(get_run(session, seed_run(state))))
    wanted = {"cancel": State.CANCELED, "pause": State.PAUSED}
    assert {action for action, target in wanted.items() if target in MOVES[state]} == offered & set(wanted)
    assert bool(offered & {"resume", "retry"}) == (State.QUEUED in MOVES[state])


def test_sparkline_is_thinned_and_keeps_its_ends(db: Database, seed_run: SeedRun) -> None:
    accuracies = {epoch: {"test_accuracy": epoch / 1000} for epoch in range(1, 301)}
    run_id = seed_run(epochs=300, figures=accuracies)
    with db.read() as session:
        line = summary(session, run_id).sparkline
    assert 2 < len(line) <= SPARKLINE_POINTS
    assert (line[0], line[-1]) == (0.001, 0.3)
    assert list(line) == sorted(value for value in line if value is not None)


def test_time_is_the_sum_of_the_epochs_and_sorts_the_list(db: Database, seed_run: SeedRun) -> None:
    slow = {epoch: {"seconds": 8.0, "images": 140, "images_per_second": 20.0} for epoch in (1, 2)}
    short, never, long = seed_run(epochs=2), seed_run("queued"), seed_run(epochs=2, figures=slow)
    with db.read() as session:
        order: list[int] = []
        cursor = None
        while len(order) < 3:
            page = Lines().page(session, RunFilter(), "-seconds", limit=1, cursor=cursor)
            order, cursor = [*order, *(run.id for run in page.items)], page.next_cursor
        timing = summary(session, long).timing
        assert summary(session, never).timing is None
    assert order == [long, short, never]
    assert timing is not None
    assert (timing.epochs, timing.seconds, timing.training_seconds) == (2, 16.0, 14.0)
    assert timing.images_per_second == 20.0


def test_number_of_queries_does_not_grow_with_the_runs(
    db: Database, seed_run: SeedRun, live_worker: str
) -> None:
    asked: list[str] = []
    with db.read() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *call: asked.append(call[2]))
    counts = []
    for number in (1, 5):
        for _ in range(number):
            seed_run("completed", epochs=1, tags=["t"])
            seed_run("queued")
        asked.clear()
        with db.read() as session:
            Lines().page(session, RunFilter())
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 14


def test_figures_that_a_row_was_stored_without_are_null(db: Database, seed_run: SeedRun) -> None:
    run_id = seed_run("completed")
    with db.write() as session:
        run = get_run(session, run_id)
        run.last = {"epoch": 3, "learning_rate": 0.1, "diverged": False, "test_accuracy": 0.5, "gone": 1}
        run.best = {"epoch": 2, "chosen_on": "test"}
    with db.read() as session:
        (line,) = Lines().page(session, RunFilter()).items
    assert line.last is not None
    assert line.best is not None
    told = line.last.model_dump(exclude={"epoch", "learning_rate", "diverged"})
    assert {name for name, value in told.items() if value is not None} == {"test_accuracy"}
    assert (line.best.test_accuracy, line.best.test_balanced_accuracy) == (None, None)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the runs whose lines were made."""
    found: list[int] = []

    def noted(session: Session, run_ids: Sequence[int]) -> object:
        found.extend(run_ids)
        return listed_runs(session, run_ids)

    monkeypatch.setattr("app.store.runs.listed_runs", noted)
    return found


def listed(db: Database, lines: Lines) -> list[int]:
    """What the list holds, after a look at each line: it is that of the run asked for alone."""
    with db.read() as session:
        items = lines.page(session, RunFilter()).items
        assert list(items) == [summary(session, line.id) for line in items]
    return [line.id for line in items]


def test_a_line_is_made_once(db: Database, seed_run: SeedRun, made: list[int]) -> None:
    one, two = seed_run(), seed_run("failed", tags=["t"])
    lines = Lines()
    assert listed(db, lines) == listed(db, lines) == [two, one]
    assert sorted(made) == [one, two]


@pytest.mark.parametrize(
    "change",
    [
        lambda run, s: setattr(run, "name", "another"),
        lambda run, s: setattr(run, "notes", "more"),
        lambda run, s: setattr(run, "priority", 7),
        lambda run, s: set_tags(s, run, ["new"]),
        lambda run, s: queue.request_stop(s, run, State.CANCELED),
    ],
    ids=["name", "notes", "priority", "tags", "stop"],
)
def test_a_change_makes_its_line_anew(
    db: Database, seed_run: SeedRun, made: list[int], change: Callable[[Run, Session], None]
) -> None:
    one, two = seed_run("running"), seed_run()
    lines = Lines()
    listed(db, lines)
    with db.write() as s:
        change(get_run(s, one), s)
    assert listed(db, lines) == [two, one]
    assert sorted(made) == [one, one, two]


def test_an_epoch_makes_its_line_anew(
    db: Database, settings: Settings, seed_run: SeedRun, made: list[int]
) -> None:
    run_id = seed_run("running", epochs=2)
    lines = Lines()
    listed(db, lines)
    run_dir = RunDir(settings.run_dir(run_id))
    with Journal(run_dir.events) as journal:
        journal.append(epoch(3, classes=3))
    ingest(db, run_id, 1, run_dir)
    listed(db, lines)
    assert made == [run_id, run_id]


def test_a_queued_run_says_its_place_of_today(db: Database, seed_run: SeedRun, live_worker: str) -> None:
    first, second = seed_run("queued"), seed_run("queued")
    lines = Lines()
    listed(db, lines)
    with db.write() as s:
        queue.request_stop(s, get_run(s, first), State.CANCELED)
    with db.read() as session:
        line = lines.page(session, RunFilter(states=("queued",))).items[0]
    assert (line.id, line.waits_for) == (second, "Number 1 in the queue.")


def test_the_longest_unasked_are_forgotten(db: Database, seed_run: SeedRun, made: list[int]) -> None:
    ids = [seed_run() for _ in range(3)]
    lines = Lines(most=2)
    listed(db, lines)
    with db.read() as session:
        for run_id in reversed(ids):
            lines.page(session, RunFilter(q=f"#{run_id}"))
    assert len(made) == 4


def test_a_list_is_the_json_of_its_lines(db: Database, seed_run: SeedRun) -> None:
    for state in ("completed", "queued", "failed"):
        seed_run(state, epochs=3)
    lines = Lines()
    with db.read() as session:
        for limit in (2, 50):
            page = lines.page(session, RunFilter(), limit=limit)
            assert page.as_json == page.model_dump_json()
        assert (
            lines.page(session, RunFilter(q="nothing")).as_json == '{"items":[],"next_cursor":null,"total":0}'
        )
