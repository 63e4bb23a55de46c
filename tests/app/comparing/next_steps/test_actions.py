"""One-click actions: which seeds, which beta, which body, and that the body is what an extension takes."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from sqlalchemy import select

from app.comparing.next_steps.actions import (
    beta_between,
    control,
    halfway,
    more_of_all,
    more_of_one,
    more_seeds,
)
from app.comparing.next_steps.scopes import Scope, scope_of_runs, scope_of_sweep
from app.errors import AllThereError
from app.lifecycle import State
from app.runs.sweep_actions import extend_runs, extend_sweep, launch_sweep
from app.schemas import ExtendBody, SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Run
from app.views.sweeps.fill import sweep_detail
from app.views.sweeps.view import SweepDetail
from trainer.config import parse_config, setting_hash

SeedRun = Callable[..., int]

BASE: dict[str, Any] = {
    "loss": {"name": "focal", "weighting": "class_balanced"},
    "optim": {"epochs": 3, "milestones": []},
}
CE = {"loss.name": "cross_entropy", "loss.weighting": "none"}
AXES: dict[str, Any] = {"loss.beta": [0.9, 0.99], "seed": [0, 1]}

betas = st.floats(0, 1 - 1e-9)


@pytest.fixture
def sweep(db: Database, settings: Settings) -> int:
    return launch_sweep(db, settings, SweepBody(base=BASE, axes=AXES, baselines=[CE]))[0]


def end(db: Database, state: State = State.COMPLETED, *only: int) -> None:
    """Let every run, or these, come to this state."""
    with db.write() as session:
        runs = session.scalars(select(Run).where(Run.id.in_(only)) if only else select(Run))
        for run in runs:
            run.state = state


def seen(db: Database, sweep_id: int) -> tuple[Scope, SweepDetail]:
    with db.read() as session:
        return scope_of_sweep(session, sweep_id), sweep_detail(session, sweep_id)


@given(betas, betas)
@example(0.0, 0.1)
def test_halfway_lies_between_and_near_the_middle(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assume((1 - low) / (1 - high) > 1.05)
    beta = halfway(one, other)
    assert low < beta < high
    decades = [-math.log10(1 - value) for value in (low, beta, high)]
    assert abs(decades[1] - (decades[0] + decades[2]) / 2) <= (decades[2] - decades[0]) / 4 + 1e-9
    assert halfway(other, one) == beta


@pytest.mark.parametrize(
    ("one", "other", "between"),
    [
        (0.99, 0.999, 0.997),
        (0.999, 0.997, 0.998),
        (0.0, 0.9, 0.7),
        (0.998, 0.999, 0.9986),
        (0.9, 0.99, 0.97),
        (0.0, 0.1, 0.05),
    ],
)
def test_halfway_has_few_digits(one: float, other: float, between: float) -> None:
    assert halfway(one, other) == between


@given(
    st.dictionaries(st.sampled_from("abc"), st.frozensets(st.integers(0, 9), min_size=1)), st.integers(1, 5)
)
def test_unused_seeds_are_new_to_the_setting_and_shared_first(
    others: dict[str, frozenset[int]], how_many: int
) -> None:
    config = parse_config(BASE).model_dump(mode="json")
    mine = setting_hash(parse_config(BASE))
    own = frozenset({0, 3})
    scope = Scope("/x", {**others, mine: own}, 1, {}, 1)
    seeds = more_of_one(scope, config, how_many)["axes"]["seed"]
    assert len(set(seeds)) == how_many
    assert not own & set(seeds)
    shared = frozenset().union(*others.values()) - own
    assert set(seeds) >= shared or set(seeds) <= shared


def test_the_largest_seed_is_followed_by_small_ones() -> None:
    config = parse_config(BASE).model_dump(mode="json")
    scope = Scope("/x", {setting_hash(parse_config(BASE)): frozenset({0, 2**32 - 1})}, 1, {}, 1)
    assert more_of_one(scope, config, 2)["axes"]["seed"] == [1, 2]


def test_more_seeds_of_a_row_join_the_sweep_and_pairs_stay_whole(
    db: Database, settings: Settings, sweep: int
) -> None:
    end(db)
    scope, view = seen(db, sweep)
    first = more_seeds(scope, [view.rows[1].config], 2)
    assert (first.label, first.path, first.method) == (
        "Train 2 more seeds",
        f"/sweeps/{sweep}/extend",
        "POST",
    )
    assert (first.body["axes"], first.cost_text) == ({"seed": [2, 3]}, "2 runs × 3 epochs")
    assert (first.short, first.target, first.lacking, first.queued_text) == (
        "+2 seeds",
        "to 4 seeds",
        True,
        "",
    )
    assert extend_sweep(db, settings, sweep, ExtendBody.model_validate(first.body)) == 2
    end(db)
    scope, view = seen(db, sweep)
    assert view.counts.total == 8
    assert more_seeds(scope, [view.rows[2].config], 3).body["axes"] == {"seed": [2, 3, 4]}
    assert more_seeds(scope, [row.config for row in view.rows[1:]], 1).body["axes"] == {"seed": [4]}
    whole, cost = more_of_all(scope, [row.config for row in view.rows], 1)
    assert cost == "3 runs × 3 epochs"
    extend_sweep(db, settings, sweep, ExtendBody.model_validate(whole))
    assert seen(db, sweep)[1].axes["seed"] == [0, 1, 4]


def test_a_beta_between_stands_beside_the_grid(db: Database, settings: Settings, sweep: int) -> None:
    scope, view = seen(db, sweep)
    action = beta_between(scope, view.rows[1].config, 0.9, 0.99)
    assert action is not None
    assert (action.label, action.body["axes"]) == ("Add beta 0.97", {"seed": [0, 1]})
    extend_sweep(db, settings, sweep, ExtendBody.model_validate(action.body))
    row = seen(db, sweep)[1].rows[-1]
    assert (row.label, row.baseline, len([cell for cell in row.cells if cell])) == ("CB-Focal 0.97", False, 2)


def test_the_control_runs_over_the_seeds_of_its_setting(db: Database, settings: Settings, sweep: int) -> None:
    scope, view = seen(db, sweep)
    slow = {**view.rows[0].config, "optim": {**view.rows[0].config["optim"], "learning_rate": 0.005}}
    action = control(scope, view.rows[1].config, [slow])
    assert action is not None
    assert action.cost_text == "2 runs × 3 epochs"
    extend_sweep(db, settings, sweep, ExtendBody.model_validate(action.body))
    grown = seen(db, sweep)[1]
    assert (grown.counts.total, grown.rows[-1].label, grown.rows[-1].baseline) == (8, "CE, rate 0.005", True)


def test_cost_is_that_of_measured_epochs_on_all_slots(
    db: Database, seed_run: SeedRun, live_worker: str
) -> None:
    runs = [seed_run("completed", config={**BASE, "seed": seed}) for seed in (0, 1)]
    with db.read() as session:
        scope = scope_of_runs(session, runs)
    config = parse_config(BASE).model_dump(mode="json")
    action = more_seeds(scope, [config], 4)
    assert action.path == f"/compare/extend?runs={runs[0]},{runs[1]}"
    assert action.body["axes"] == {"seed": [2, 3, 4, 5]}
    # a seeded epoch takes 2 s; 4 runs of 3 epochs on one slot
    assert action.cost_text == "4 runs × 3 epochs, about 24 s"


def test_subset_seeds_multiply_the_cost(db: Database, settings: Settings) -> None:
    axes = {"seed": [0], "data.subset_seed": [0, 1]}
    sweep_id, _ = launch_sweep(db, settings, SweepBody(base=BASE, axes=axes))
    end(db)
    scope, view = seen(db, sweep_id)
    action = more_seeds(scope, [view.rows[0].config], 1)
    assert action.cost_text == "2 runs × 3 epochs"
    extend_sweep(db, settings, sweep_id, ExtendBody.model_validate(action.body))
    assert seen(db, sweep_id)[1].counts.total == 4


class TestWhatIsStillToCome:
    """Nothing that waits or trains is offered a second time."""

    def grown(self, db: Database, settings: Settings, sweep: int, body: dict[str, Any]) -> list[int]:
        """Ids of the runs that a click has added."""
        before = [cell.run_id for row in seen(db, sweep)[1].rows for cell in row.cells if cell]
        extend_sweep(db, settings, sweep, ExtendBody.model_validate(body))
        after = [cell.run_id for row in seen(db, sweep)[1].rows for cell in row.cells if cell]
        return sorted(int(one or 0) for one in after if one not in before)

    def test_seeds_count_while_they_wait_and_only_the_rest_is_offered(
        self, db: Database, settings: Settings, sweep: int
    ) -> None:
        end(db)
        scope, view = seen(db, sweep)
        config = view.rows[1].config
        new = self.grown(db, settings, sweep, more_seeds(scope, [config], 2).body)
        end(db, State.RUNNING, new[0])
        again = more_seeds(seen(db, sweep)[0], [config], 2)
        assert (again.lacking, again.body, again.queued) == (False, {}, 2)
        assert again.queued_text == "2 more seeds are training or queued"
        more = more_seeds(seen(db, sweep)[0], [config], 3)
        assert (more.label, more.target, more.cost_text) == (
            "Train 1 more seed",
            "to 5 seeds",
            "1 run × 3 epochs",
        )
        assert more.queued_text == "2 of 3 more seeds are training or queued"
        assert self.grown(db, settings, sweep, more.body) == [new[-1] + 1]
        end(db)
        assert more_seeds(seen(db, sweep)[0], [config], 2).target == "to 7 seeds"

    @pytest.mark.slow
    def test_other_settings_and_runs_that_end_do_not_count(
        self, db: Database, settings: Settings, sweep: int
    ) -> None:
        end(db)
        scope, view = seen(db, sweep)
        one, other = view.rows[1].config, view.rows[2].config
        new = self.grown(db, settings, sweep, more_seeds(scope, [one], 2).body)
        assert more_seeds(seen(db, sweep)[0], [other], 2).queued == 0
        both = more_seeds(seen(db, sweep)[0], [one, other], 2)
        assert both.queued_text == "2 of 4 more runs are queued"
        assert (both.cost_text, both.body["axes"]["seed"]) == ("2 runs × 3 epochs", [2, 3])
        assert len(both.body["settings"]) == 1
        end(db, State.FAILED, new[0])
        with db.write() as session:
            session.get_one(Run, new[1]).stop_requested = State.CANCELED
        after = more_seeds(seen(db, sweep)[0], [one], 2)
        assert (after.label, after.queued_text, after.body["axes"]) == (
            "Train 2 more seeds",
            "",
            {"seed": [4, 5]},
        )

    @pytest.mark.slow
    def test_the_control_and_a_beta_are_said_to_wait(
        self, db: Database, settings: Settings, sweep: int
    ) -> None:
        end(db)
        scope, view = seen(db, sweep)
        slow = {**view.rows[0].config, "optim": {**view.rows[0].config["optim"], "learning_rate": 0.005}}
        first, beta = (
            control(scope, view.rows[1].config, [slow]),
            beta_between(scope, view.rows[1].config, 0.9, 0.99),
        )
        assert first is not None
        assert beta is not None
        added = [self.grown(db, settings, sweep, one.body) for one in (first, beta)]
        more = more_seeds(seen(db, sweep)[0], [view.rows[0].config], 1)
        assert len(self.grown(db, settings, sweep, more.body)) == 1, (
            "of another setting: no seed of the control"
        )
        again = control(seen(db, sweep)[0], view.rows[1].config, [slow])
        assert again is not None
        assert (again.lacking, again.queued_text) == (False, "The control: 2 runs are queued")
        twice = beta_between(seen(db, sweep)[0], view.rows[1].config, 0.9, 0.99)
        assert twice is not None
        assert (twice.lacking, twice.queued_text) == (False, "Beta 0.97: 2 runs are queued")
        end(db, State.COMPLETED, *added[1])
        assert beta_between(seen(db, sweep)[0], view.rows[1].config, 0.9, 0.99) is None

    def test_the_same_twice_is_refused_and_adds_nothing(
        self, db: Database, settings: Settings, sweep: int
    ) -> None:
        end(db)
        scope, view = seen(db, sweep)
        body = ExtendBody.model_validate(more_seeds(scope, [view.rows[1].config], 2).body)
        assert extend_sweep(db, settings, sweep, body) == 2
        with pytest.raises(AllThereError):
            extend_sweep(db, settings, sweep, body)
        assert seen(db, sweep)[1].counts.total == 8

    def test_of_runs_of_no_sweep_the_whole_board_counts_on_the_same_images(
        self, db: Database, settings: Settings, seed_run: SeedRun
    ) -> None:
        config = {**BASE, "seed": 0}
        runs = [seed_run("completed", config=config), seed_run("completed", config={**config, "seed": 1})]
        seed_run("queued", config={**config, "seed": 2}, source="other images")
        seed_run("queued", config={**config, "seed": 2, "loss": {"name": "focal"}})
        whole = parse_config(config).model_dump(mode="json")
        with db.read() as session:
            first = more_seeds(scope_of_runs(session, runs), [whole], 2)
        assert (first.queued, first.body["axes"], first.target) == (0, {"seed": [2, 3]}, "to 4 seeds")
        body = ExtendBody.model_validate(first.body)
        made, queued = extend_runs(db, settings, runs, body)
        assert queued == 2
        assert extend_runs(db, settings, runs, body) == (made, 0)
        with db.read() as session:
            scope = scope_of_runs(session, runs)
            with_sweep = scope_of_sweep(session, made, runs)
        again, more = more_seeds(scope, [whole], 2), more_seeds(scope, [whole], 3)
        assert (again.lacking, again.queued_text, again.queued_in) == (False, "2 more seeds are queued", made)
        assert more.body["axes"] == {"seed": [2, 3, 4]}
        assert more_seeds(with_sweep, [whole], 3).queued_in is None
        assert extend_runs(db, settings, runs, ExtendBody.model_validate(more.body))[1] == 1
