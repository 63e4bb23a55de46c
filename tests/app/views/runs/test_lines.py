"""The list of runs: a line is made once, and again when anything that it shows has changed."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from sqlalchemy.orm import Session

from app.lifecycle import State
from app.runs import queue
from app.runs.ingest import ingest
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import RunFilter, get_run, set_tags
from app.store.tables import Run
from app.views.runs.fill import summaries, summary
from app.views.runs.lines import Lines
from tests.app.journals import epoch
from tests.conftest import SeedRun
from trainer.journal import Journal
from trainer.run_dir import RunDir


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the runs whose lines were made."""
    found: list[int] = []

    def noted(session: Session, runs: Sequence[Run], tags: Mapping[int, tuple[str, ...]]) -> object:
        found.extend(run.id for run in runs)
        return summaries(session, runs, tags)

    monkeypatch.setattr("app.views.runs.lines.summaries", noted)
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
