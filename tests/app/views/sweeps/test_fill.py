"""Sweeps as views: progress and time left, the grid's rows and columns, estimates before the launch."""

from collections.abc import Callable
from typing import Any

import pytest

from app.lifecycle import State
from app.runs.queue import move
from app.runs.sweep_actions import launch_sweep
from app.schemas import SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from app.views.preview.fill import preview
from app.views.sweeps.fill import sweep_detail, sweep_list
from app.views.sweeps.previews import sweep_preview
from app.views.sweeps.view import SweepDetail, SweepPreview
from trainer.config import parse_config

SeedRun = Callable[..., int]

FOCAL: dict[str, Any] = {"name": "focal", "weighting": "class_balanced"}
SHORT: dict[str, Any] = {"loss": FOCAL, "optim": {"epochs": 3, "milestones": []}}


@pytest.fixture
def detail(db: Database, settings: Settings) -> Callable[..., SweepDetail]:
    def launched(**body: Any) -> SweepDetail:
        sweep_id, _ = launch_sweep(db, settings, SweepBody(**{"base": SHORT, **body}))
        with db.read() as session:
            return sweep_detail(session, sweep_id)

    return launched


Detail = Callable[..., SweepDetail]


@pytest.fixture
def previewed(db: Database, settings: Settings) -> Callable[..., SweepPreview]:
    def look(**body: Any) -> SweepPreview:
        with db.read() as session:
            return sweep_preview(session, settings, SweepBody(**{"base": SHORT, **body}))

    return look


Previewed = Callable[..., SweepPreview]


class TestProgress:
    def test_counts_epochs_of_all_cells(self, detail: Detail, seed_run: SeedRun, live_worker: str) -> None:
        seed_run("completed", config=SHORT)
        seed_run("running", config={**SHORT, "seed": 1}, epochs=3)
        sweep = detail(axes={"seed": [0, 1, 2, 3]})
        assert (sweep.counts.completed, sweep.counts.running, sweep.counts.queued) == (1, 1, 2)
        assert sweep.fraction == pytest.approx(6 / 12)
        # a seeded epoch takes 2 s; 6 epochs of the two queued runs are left, on one slot
        assert sweep.eta_seconds == pytest.approx(12)

    def test_no_time_left_is_known_without_a_worker_or_an_epoch(
        self, detail: Detail, seed_run: SeedRun
    ) -> None:
        assert detail(axes={"seed": [5]}).eta_seconds is None
        seed_run("completed", config=SHORT)
        assert detail(axes={"seed": [0, 1]}).eta_seconds is None

    def test_a_finished_sweep_is_whole(self, detail: Detail, seed_run: SeedRun, live_worker: str) -> None:
        for seed in (0, 1):
            seed_run("completed", config={**SHORT, "seed": seed})
        sweep = detail(axes={"seed": [0, 1]})
        assert (sweep.fraction, sweep.eta_seconds, sweep.moves) == (1.0, None, ())
        assert [cell.accuracy for cell in sweep.rows[0].cells if cell] == [pytest.approx(0.65)] * 2

    def test_states_are_counted(self, detail: Detail, db: Database) -> None:
        sweep = detail(axes={"seed": list(range(6))})
        ids = [cell.run_id for cell in sweep.rows[0].cells if cell and cell.run_id]
        ends = (State.COMPLETED, State.FAILED, State.CRASHED, State.CANCELED, State.PAUSED)
        with db.write() as session:
            for run_id, state in zip(ids, ends, strict=False):
                move(session, get_run(session, run_id), State.RUNNING)
                move(session, get_run(session, run_id), state)
        with db.read() as session:
            [line] = sweep_list(session).items
        assert line.counts.model_dump() == {
            "total": 6,
            "queued": 1,
            "running": 0,
            "completed": 1,
            "failed": 2,
            "canceled": 2,
            "missing": 0,
        }

    def test_no_sweeps(self, db: Database) -> None:
        with db.read() as session:
            assert sweep_list(session).items == ()


class TestGrid:
    def test_subset_seeds_are_columns_of_their_own(self, detail: Detail) -> None:
        sweep = detail(axes={"seed": [0, 1], "data.subset_seed": [0, 1]})
        assert sweep.seeds == ("seed 0, subset 0", "seed 0, subset 1", "seed 1, subset 0", "seed 1, subset 1")
        assert [len(row.cells) for row in sweep.rows] == [4]

    def test_a_setting_without_subset_has_one_cell_a_seed(self, detail: Detail) -> None:
        axes = {"data.imbalance": ["exp", "none"], "seed": [0], "data.subset_seed": [3, 4]}
        whole = detail(axes=axes).rows[1]
        assert [cell is None for cell in whole.cells] == [False, True]

    def test_settings_without_imbalance_share_the_column_of_their_seed(self, detail: Detail) -> None:
        sweep = detail(axes={"data.imbalance": ["exp", "none"], "seed": [0, 1]})
        assert sweep.seeds == ("seed 0", "seed 1")
        assert all(cell is not None for row in sweep.rows for cell in row.cells)

    def test_a_baseline_with_a_seed_of_its_own_leaves_gaps(self, detail: Detail) -> None:
        sweep = detail(axes={"loss.beta": [0.9]}, baselines=[{"loss.name": "cross_entropy", "seed": 7}])
        assert sweep.seeds == ("seed 7", "seed 0")
        assert [[cell is None for cell in row.cells] for row in sweep.rows] == [[False, True], [True, False]]

    def test_labels_name_what_differs(self, detail: Detail) -> None:
        labels = [row.label for row in detail(axes={"loss.gamma": [0.5, 2.0]}).rows]
        assert labels == ["CB-Focal 0.997, gamma 0.5", "CB-Focal 0.997, gamma 2"]


class TestPreview:
    def test_time_is_that_of_the_new_runs_over_all_slots(
        self, previewed: Previewed, db: Database, settings: Settings, seed_run: SeedRun, live_worker: str
    ) -> None:
        assert previewed(axes={"seed": [0, 1]}).estimated_seconds is None
        seed_run("completed", config=SHORT)
        with db.read() as session:
            one = preview(session, settings, parse_config(SHORT)).estimated_seconds
        assert one is not None
        view = previewed(axes={"seed": [0, 1, 2, 3]})
        assert (len(view.reused), view.new_runs) == (1, 3)
        assert view.estimated_seconds == pytest.approx(3 * one)

    def test_nothing_new_takes_no_time(self, previewed: Previewed, seed_run: SeedRun) -> None:
        seed_run("completed", config=SHORT)
        view = previewed()
        assert (view.new_runs, view.estimated_seconds) == (0, 0.0)

    def test_warnings_say_which_settings_they_are_about(self, previewed: Previewed) -> None:
        base = {**SHORT, "data": {"max_train_per_class": 100}}
        view = previewed(base=base, axes={"loss.beta": [0.0, 0.999], "seed": [0, 1]})
        assert any(said.startswith("CB-Focal 0: beta 0 has no effect") for said in view.warnings)
        assert any(said.startswith("There is no validation set") for said in view.warnings)
        assert len(view.warnings) == len(set(view.warnings))


def test_a_stage_that_trains_nothing_has_no_rate_to_lower_the_others(previewed: Previewed) -> None:
    plain = {"optim": SHORT["optim"]}
    axes = {"second_stage.name": ["none", "tau_norm"]}
    assert previewed(base=plain, axes=axes).effective_rates == pytest.approx((0.02, 0.02))
