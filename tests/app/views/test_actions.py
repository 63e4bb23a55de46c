"""One-click actions: which seeds, which beta, which body, and that the body is what an extension takes."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.schemas import ExtendBody, SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.sweep_actions import extend_sweep, launch_sweep
from app.views.actions import (
    Scope,
    beta_between,
    control,
    halfway,
    more_seeds,
    more_seeds_of_all,
    scope_of_runs,
    scope_of_sweep,
    unused_seeds,
)
from app.views.sweep_views import sweep_detail
from app.views.sweeps import SweepDetail
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
    seeds = unused_seeds(scope, [config], how_many)
    assert len(set(seeds)) == how_many
    assert not own & set(seeds)
    shared = frozenset().union(*others.values()) - own
    assert set(seeds) >= shared or set(seeds) <= shared


def test_the_largest_seed_is_followed_by_small_ones() -> None:
    config = parse_config(BASE).model_dump(mode="json")
    scope = Scope("/x", {setting_hash(parse_config(BASE)): frozenset({0, 2**32 - 1})}, 1, {}, 1)
    assert unused_seeds(scope, [config], 2) == [1, 2]


def test_more_seeds_of_a_row_join_the_sweep_and_pairs_stay_whole(
    db: Database, settings: Settings, sweep: int
) -> None:
    scope, view = seen(db, sweep)
    first = more_seeds(scope, [view.rows[1].config], 2)
    assert (first.label, first.path, first.method) == (
        "Train 2 more seeds",
        f"/sweeps/{sweep}/extend",
        "POST",
    )
    assert (first.body["axes"], first.cost_text) == ({"seed": [2, 3]}, "2 runs × 3 epochs")
    extend_sweep(db, settings, sweep, ExtendBody.model_validate(first.body))
    scope, view = seen(db, sweep)
    assert view.counts.total == 8
    assert more_seeds(scope, [view.rows[2].config], 3).body["axes"] == {"seed": [2, 3, 4]}
    assert more_seeds(scope, [row.config for row in view.rows[1:]], 1).body["axes"] == {"seed": [4]}
    whole = more_seeds_of_all(scope, [row.config for row in view.rows], 1)
    extend_sweep(db, settings, sweep, ExtendBody.model_validate(whole.body))
    assert seen(db, sweep)[1].axes["seed"] == [0, 1, 4]


def test_a_beta_between_stands_beside_the_grid(db: Database, settings: Settings, sweep: int) -> None:
    scope, view = seen(db, sweep)
    action = beta_between(scope, view.rows[1].config, 0.9, 0.99)
    assert (action.label, action.body["axes"]) == ("Add beta 0.97", {"seed": [0, 1]})
    extend_sweep(db, settings, sweep, ExtendBody.model_validate(action.body))
    row = seen(db, sweep)[1].rows[-1]
    assert (row.label, row.baseline, len([cell for cell in row.cells if cell])) == ("CB-Focal 0.97", False, 2)


def test_the_control_runs_over_all_seeds(db: Database, settings: Settings, sweep: int) -> None:
    scope, view = seen(db, sweep)
    slow = {**view.rows[0].config, "optim": {**view.rows[0].config["optim"], "learning_rate": 0.005}}
    action = control(scope, [slow])
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
    scope, view = seen(db, sweep_id)
    action = more_seeds(scope, [view.rows[0].config], 1)
    assert action.cost_text == "2 runs × 3 epochs"
    extend_sweep(db, settings, sweep_id, ExtendBody.model_validate(action.body))
    assert seen(db, sweep_id)[1].counts.total == 4
