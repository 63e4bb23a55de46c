"""Launching, cancelling and retrying sweeps: which cell gets which run, in which order, and what it costs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine, delete, event, select, text, update
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidError, NotFoundError
from app.lifecycle import State
from app.runs import queue, sweep_actions, sweep_extensions
from app.runs.archiving import archive
from app.runs.sweep_actions import cancel_sweep, extend_sweep, launch_sweep, retry_sweep
from app.schemas import ExtendBody, SweepBody
from app.settings import Settings
from app.store import sweeps as store
from app.store.engine import Database, migrate
from app.store.migrations.upgrade import alembic_config
from app.store.runs import RunFilter, delete_run, find_runs, get_run, tags_of
from app.store.tables import Run, SweepCell
from tests.app.real_processes import add_tiny_dataset

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]

BASE: dict[str, Any] = {
    "loss": {"name": "focal", "weighting": "class_balanced"},
    "optim": {"epochs": 3, "milestones": []},
}
CE = {"loss.name": "cross_entropy", "loss.weighting": "none"}
GRID: dict[str, Any] = {"loss.beta": [0.9, 0.99], "seed": [0, 1]}


def body(**changes: Any) -> SweepBody:
    return SweepBody.model_validate({"base": BASE, "axes": GRID, "baselines": [CE], **changes})


@pytest.fixture
def launch(db: Database, settings: Settings) -> Callable[..., int]:
    return lambda **changes: launch_sweep(db, settings, body(**changes))[0]


Launch = Callable[..., int]


def cells(db: Database, sweep_id: int) -> list[tuple[SweepCell, Run | None]]:
    with db.read() as s:
        return store.cells_of(s, sweep_id)


def run_ids(db: Database, sweep_id: int) -> list[int | None]:
    return [cell.run_id for cell, _ in cells(db, sweep_id)]


def to_state(db: Database, run_id: int, *states: State) -> None:
    with db.write() as s:
        for state in states:
            queue.move(s, get_run(s, run_id), state)


def sources(db: Database, sweep_id: int) -> list[str | None]:
    return [run.source if run else None for _, run in cells(db, sweep_id)]


def states(db: Database, sweep_id: int) -> list[str | None]:
    return [run.state if run else None for _, run in cells(db, sweep_id)]


class TestLaunch:
    def test_every_cell_has_a_run_with_its_configuration(self, db: Database, launch: Launch) -> None:
        sweep_id = launch(tags=["b", "a"], notes="why")
        rows = cells(db, sweep_id)
        assert [(cell.cell, cell.baseline) for cell, _ in rows] == [
            (0, True), (1, True), *((place, False) for place in range(2, 6))
        ]  # fmt: skip
        for cell, run in rows:
            assert run is not None
            assert (run.config, run.config_hash, run.setting_hash) == (
                cell.config, cell.config_hash, cell.setting_hash
            )  # fmt: skip
            assert (run.state, run.sweep_id, run.notes) == ("queued", sweep_id, "")
        assert [cell.places for cell, _ in rows][1:3] == [{"seed": 1}, {"loss.beta": 0.9, "seed": 0}]
        with db.read() as s:
            sweep = store.get_sweep(s, sweep_id)
            assert (sweep.name, sweep.notes, sweep.axes) == ("beta x seed", "why", GRID)
            assert list(sweep.axes) == list(GRID)
            assert set(tags_of(s, store.runs_of(s, sweep_id)).values()) == {("a", "b")}

    def test_first_seeds_run_before_second_seeds(self, db: Database, launch: Launch) -> None:
        sweep_id = launch()
        with db.write() as s:
            claimed = [queue.claim(s, "w") for _ in range(6)]
        seeds = [(run.config["seed"], run.config["loss"]["beta"]) for run in claimed if run]
        assert seeds == [(0, None), (0, 0.9), (0, 0.99), (1, None), (1, 0.9), (1, 0.99)]
        assert sorted(filter(None, run_ids(db, sweep_id))) == [run.id for run in claimed if run]

    def test_names_tell_the_runs_apart(self, db: Database, launch: Launch) -> None:
        names = [run.name for _, run in cells(db, launch()) if run]
        assert len(set(names)) == 6
        assert names[2].startswith("focal cb 0.9 seed 0")

    def test_equal_runs_are_used_again(self, db: Database, launch: Launch) -> None:
        first = launch()
        assert run_ids(db, launch()) == run_ids(db, first)
        wider = launch(axes={**GRID, "seed": [0, 1, 2]})
        with db.read() as s:
            own = [run for _, run in store.cells_of(s, wider) if run and run.sweep_id == wider]
            assert [run.config["seed"] for run in own] == [2, 2, 2]
            assert find_runs(s, RunFilter(sweep=wider)).total == 9
            assert find_runs(s, RunFilter()).total == 9

    def test_runs_on_other_images_of_that_name_are_not_equal(
        self, db: Database, launch: Launch, seed_run: SeedRun
    ) -> None:
        former = [seed_run("completed", config=BASE, source=source) for source in ("shapes10/v1", None)]
        sweep_id = launch(axes={}, baselines=[])
        assert run_ids(db, sweep_id)[0] not in former
        assert sources(db, sweep_id) == ["shapes10/v2"]
        assert run_ids(db, launch(axes={}, baselines=[])) == run_ids(db, sweep_id)

    def test_unless_it_is_not_wanted(self, db: Database, launch: Launch) -> None:
        first = launch()
        assert not set(run_ids(db, first)) & set(run_ids(db, launch(reuse=False)))

    @pytest.mark.parametrize(
        ("state", "reused"),
        [("completed", True), ("running", True), ("queued", True), ("paused", True),
         ("failed", False), ("crashed", False), ("canceled", False)],
    )  # fmt: skip
    def test_only_runs_that_will_have_figures_are_used(
        self, db: Database, launch: Launch, seed_run: SeedRun, state: str, reused: bool
    ) -> None:
        run_id = seed_run(state, config=BASE)
        assert (run_ids(db, launch(axes={"seed": [0]}, baselines=[])) == [run_id]) is reused

    def test_neither_archived_nor_stopping_runs_are_used(
        self, db: Database, launch: Launch, seed_run: SeedRun
    ) -> None:
        stopping, archived = seed_run("running", config=BASE), seed_run("completed", config=BASE)
        with db.write() as s:
            archive(get_run(s, archived))
            queue.request_stop(s, get_run(s, stopping), State.CANCELED)
        assert run_ids(db, launch(axes={}, baselines=[]))[0] not in (stopping, archived)

    def test_of_several_equal_runs_the_one_furthest_on_is_used(
        self, db: Database, launch: Launch, seed_run: SeedRun
    ) -> None:
        ids = [seed_run(state, config=BASE) for state in ("paused", "queued", "completed", "completed")]
        assert run_ids(db, launch(axes={}, baselines=[])) == [ids[2]]

    def test_device_and_threads_make_no_other_run(self, db: Database, launch: Launch) -> None:
        first = launch()
        assert run_ids(db, launch(base={**BASE, "threads": 1})) == run_ids(db, first)

    def test_data_that_is_not_there_is_named_and_nothing_is_queued(
        self, db: Database, launch: Launch
    ) -> None:
        with pytest.raises(InvalidError) as caught:
            launch(axes={"data.dataset": ["shapes10", "folder:gone"]})
        assert [field.path for field in caught.value.fields] == ["axes.data.dataset[1]"]
        with db.read() as s:
            assert s.scalars(select(Run.id)).all() == []
            assert store.find_sweeps(s).total == 0

    def test_five_hundred_runs_and_no_more(self, db: Database, launch: Launch) -> None:
        assert len(run_ids(db, launch(axes={"seed": list(range(250))}))) == 500
        with pytest.raises(InvalidError, match="refused: axes") as caught:
            launch(axes={"seed": list(range(251))})
        assert "more than 500 runs" in caught.value.fields[0].message

    def test_a_key_launches_once_even_at_the_same_time(self, db: Database, settings: Settings) -> None:
        def again(_: int) -> tuple[int, bool]:
            return launch_sweep(db, settings, body(reuse=False), "mine")

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(again, range(8)))
        assert {sweep_id for sweep_id, _ in answers} == {1}
        assert sum(is_new for _, is_new in answers) == 1
        with pytest.raises(ConflictError, match="another launch, sweep 1"):
            launch_sweep(db, settings, body(notes="other"), "mine")


class TestCancel:
    def test_stops_what_is_left_of_its_own(self, db: Database, launch: Launch) -> None:
        older = launch(axes={"seed": [0]}, baselines=[CE])
        [shared, kept] = run_ids(db, older)
        sweep_id = launch()
        own = [run_id for run_id in run_ids(db, sweep_id) if run_id and run_id not in (shared, kept)]
        with db.write() as s:
            first = get_run(s, own[0])
            first.priority = 9
            s.flush()
            queue.claim(s, "w")
        with db.write() as s:
            cancel_sweep(s, sweep_id)
        with db.read() as s:
            assert get_run(s, own[0]).stop_requested == "canceled"
            assert {get_run(s, run_id).state for run_id in own[1:]} == {"canceled"}
        assert states(db, older) == ["queued", "queued"]

    def test_refuses_where_nothing_is_left(self, db: Database, launch: Launch) -> None:
        sweep_id = launch()
        with db.write() as s:
            cancel_sweep(s, sweep_id)
        with db.write() as s, pytest.raises(ConflictError, match="no queued or running cell"):
            cancel_sweep(s, sweep_id)
        with db.write() as s, pytest.raises(NotFoundError, match="Sweep 99"):
            cancel_sweep(s, 99)


class TestRetry:
    def test_fills_gaps_and_queues_what_broke(self, db: Database, settings: Settings, launch: Launch) -> None:
        sweep_id = launch(tags=["t"])
        ids = [run_id for run_id in run_ids(db, sweep_id) if run_id]
        delete_run(db, settings, ids[0])
        assert run_ids(db, sweep_id)[0] is None
        to_state(db, ids[1], State.RUNNING, State.FAILED)
        to_state(db, ids[2], State.CANCELED)
        to_state(db, ids[3], State.RUNNING, State.CRASHED)
        to_state(db, ids[4], State.RUNNING, State.COMPLETED)
        to_state(db, ids[5], State.RUNNING, State.PAUSED)
        retry_sweep(db, settings, sweep_id)
        assert states(db, sweep_id) == ["queued", "queued", "queued", "queued", "completed", "paused"]
        [fresh, *rest] = run_ids(db, sweep_id)
        assert fresh not in (None, *ids)
        assert rest == ids[1:]
        with db.read() as s:
            new = get_run(s, fresh or 0)
            assert (new.config, new.sweep_id) == (cells(db, sweep_id)[0][0].config, sweep_id)
            assert tags_of(s, [new.id]) == {new.id: ("t",)}

    def test_a_gap_may_be_filled_by_an_equal_run(
        self, db: Database, settings: Settings, launch: Launch, seed_run: SeedRun
    ) -> None:
        sweep_id = launch(axes={}, baselines=[])
        delete_run(db, settings, run_ids(db, sweep_id)[0] or 0)
        done = seed_run("completed", config=BASE)
        retry_sweep(db, settings, sweep_id)
        assert run_ids(db, sweep_id) == [done]

    def test_goes_on_with_the_images_that_the_sweep_began_with(
        self, db: Database, settings: Settings, launch: Launch
    ) -> None:
        sweep_id = launch()
        ids = [run_id for run_id in run_ids(db, sweep_id) if run_id]
        with db.write() as s:
            s.execute(update(Run).values(source="shapes10/v1"))
        delete_run(db, settings, ids[0])
        to_state(db, ids[1], State.CANCELED)
        retry_sweep(db, settings, sweep_id)
        assert sources(db, sweep_id) == ["shapes10/v1"] * 6

    def test_a_gap_is_not_filled_with_images_that_came_since(
        self, db: Database, settings: Settings, launch: Launch
    ) -> None:
        add_tiny_dataset(settings.datasets_dir)
        sweep_id = launch(base={"data": {"dataset": "folder:tiny", "imbalance": "none"}}, baselines=[])
        with db.write() as s:
            s.execute(update(Run).values(source="folder:tiny/before"))
        delete_run(db, settings, run_ids(db, sweep_id)[0] or 0)
        with pytest.raises(InvalidError) as caught:
            retry_sweep(db, settings, sweep_id)
        assert "was imported anew since" in caught.value.fields[0].message
        assert run_ids(db, sweep_id)[0] is None

    def test_refuses_where_nothing_broke(self, db: Database, settings: Settings, launch: Launch) -> None:
        with pytest.raises(ConflictError, match="no missing"):
            retry_sweep(db, settings, launch())
        with pytest.raises(NotFoundError):
            retry_sweep(db, settings, 99)


def test_pages_newest_first(db: Database, launch: Launch) -> None:
    ids = [launch(name=f"sweep {number}") for number in range(5)]
    with db.read() as s:
        seen: list[int] = []
        cursor = None
        while True:
            page = store.find_sweeps(s, 2, cursor)
            assert page.total == 5
            seen += [sweep.id for sweep in page.sweeps]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == ids[::-1]
        with pytest.raises(InvalidError, match="cursor"):
            store.find_sweeps(s, 2, "x")


def test_a_sweep_from_before_plans_opens_and_grows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with create_engine(url).begin() as connection:
        command.upgrade(alembic_config(connection), "0002")
        connection.execute(
            text(
                "INSERT INTO sweeps (name, notes, tags, base, axes, baselines, reuse, created_at, body_hash)"
                " VALUES ('old', '', '[]', '{}', '{\"seed\": [0]}', '[]', 1, '2026-01-01T00:00:00.000Z', 'h')"
            )
        )
    migrate(url)
    old = Database(url)
    with old.read() as session:
        sweep = store.get_sweep(session, 1)
        assert (sweep.margin, sweep.looks, sweep.tuned) == (None, None, [])
    extend_sweep(old, Settings(data_dir=tmp_path), 1, ExtendBody(axes={"seed": [1]}))
    with old.read() as session:
        assert [cell.config["seed"] for cell, _ in store.cells_of(session, 1)] == [0, 1]
    old.close()


def test_nothing_that_takes_long_is_done_inside_the_write_lock(settings: Settings) -> None:
    """B1: a sweep of 500 cells is stored in about a statement a run, however it comes about."""
    db = CountingDatabase(settings.url)
    axes = {"loss.beta": [0.5, 0.9, 0.99, 0.999, 0.9999], "seed": list(range(100))}
    sweep_id, _ = launch_sweep(db, settings, body(axes=axes, baselines=[]))
    assert db.most < 550
    small, _ = launch_sweep(db, settings, body(axes={"seed": [0]}, baselines=[], reuse=False))
    extend_sweep(db, settings, small, ExtendBody(axes={"seed": list(range(1000, 1200))}))
    assert db.most < 550
    with db.write() as s:
        s.execute(delete(Run).where(Run.sweep_id == sweep_id))
    retry_sweep(db, settings, sweep_id)
    assert db.most < 550
    assert all(run is not None for _, run in cells(db, sweep_id))
    db.close()


class CountingDatabase(Database):
    """Counts the statements of its longest write."""

    most = 0

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as s:
            statements: list[str] = []
            connection = s.connection()
            event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
            yield s
            s.flush()
        self.most = max(self.most, len(statements))


def test_a_sweep_that_grew_meanwhile_is_read_again(
    db: Database, settings: Settings, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two extensions at once: the later one sees the earlier one, and numbers go on behind it."""
    sweep_id = launch()
    checked, calls = sweep_extensions.checked_extension, []

    def interrupted(*given: Any) -> Any:
        calls.append(given)
        found = checked(*given)
        if len(calls) == 1:
            extend_sweep(db, settings, sweep_id, ExtendBody(axes={"seed": [7]}))
        return found

    monkeypatch.setattr(sweep_actions, "checked_extension", interrupted)
    extend_sweep(db, settings, sweep_id, ExtendBody(axes={"seed": [8]}))
    assert len(calls) == 3
    stored = cells(db, sweep_id)
    assert [cell.cell for cell, _ in stored] == list(range(len(stored)))
    assert len({cell.config_hash for cell, _ in stored}) == len(stored) == 12
    with db.read() as s:
        assert store.get_sweep(s, sweep_id).axes["seed"] == [0, 1, 7, 8]
