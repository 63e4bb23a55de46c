"""A sweep that grows: the grid is that of the union, nothing is doubled, refusals name what was asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.config_fields import nest
from trainer.errors import ConfigError
from trainer.side_by_side import chosen, side_by_side
from trainer.study import Grid
from trainer.sweep import MAX_CELLS, expand
from trainer.sweep_extension import Extension, as_launched, extend

FOCAL = {"loss": {"name": "focal", "weighting": "class_balanced"}}
CE = {"loss.name": "cross_entropy", "loss.weighting": "none"}
PLAN = Grid(FOCAL, {"loss.beta": [0.9, 0.99], "seed": [0, 1]}, [CE])

betas = st.lists(st.floats(0.01, 1, exclude_max=True), min_size=1, max_size=3, unique=True)
seeds = st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True)


def hashes(plan: Grid) -> set[str]:
    return {cell.config_hash for cell in expand(plan.base, plan.axes, plan.baselines, plan.tuned)}


def grown(plan: Grid = PLAN, **asked: Any) -> Extension:
    return extend(plan, hashes(plan), **{"axes": {}, **asked})


def refused(plan: Grid = PLAN, **asked: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        grown(plan, **asked)
    return {problem.path: problem.message for problem in caught.value.fields}


def told(extension: Extension) -> set[tuple[str, float | None, int]]:
    return {(cell.config.loss.name, cell.config.loss.beta, cell.config.seed) for cell in extension.new}


@pytest.mark.slow
@given(betas, seeds, betas, seeds)
def test_growing_comes_to_the_sweep_that_the_union_would_have_been(
    old_betas: list[float], old_seeds: list[int], betas: list[float], seeds: list[int]
) -> None:
    plan = Grid(FOCAL, {"loss.beta": old_betas, "seed": old_seeds}, [CE])
    whole = grown(plan, axes={"loss.beta": betas, "seed": seeds})
    union = {("focal", beta, seed) for beta in {*old_betas, *betas} for seed in {*old_seeds, *seeds}} | {
        ("cross_entropy", None, seed) for seed in {*old_seeds, *seeds}
    }
    old = {("focal", beta, seed) for beta in old_betas for seed in old_seeds}
    assert told(whole) == union - old - {("cross_entropy", None, seed) for seed in old_seeds}
    assert len({cell.config_hash for cell in whole.new}) == len(whole.new)
    after = Grid(FOCAL, whole.axes, whole.baselines)
    assert hashes(after) == hashes(plan) | {cell.config_hash for cell in whole.new}
    assert extend(after, hashes(after), {"loss.beta": betas, "seed": seeds}).new == ()


def test_equal_values_written_otherwise_are_not_doubled() -> None:
    whole = grown(axes={"loss.beta": ["N=10", 0.999], "seed": [1]})
    assert whole.axes == {"loss.beta": [0.9, 0.99, 0.999], "seed": [0, 1]}
    assert told(whole) == {("focal", 0.999, 0), ("focal", 0.999, 1)}


def test_a_new_axis_begins_with_what_the_cells_have() -> None:
    whole = grown(axes={"optim.learning_rate": [0.1], "data.subset_seed": [3]})
    assert whole.axes["optim.learning_rate"] == [0.02, 0.1]
    assert whole.axes["data.subset_seed"] == [0, 3]
    assert len(whole.grid) == 2 * 2 * 2 * 2 + 2 * 2
    assert len(whole.new) == len(whole.grid) - 6


def test_a_new_axis_begins_with_the_base_as_written() -> None:
    plan = Grid({**FOCAL, "optim": {"milestones": [3]}}, {})
    assert grown(plan, axes={"optim.milestones": [[3], [4]]}).axes == {"optim.milestones": [[3], [4]]}


def test_a_baseline_follows_the_seeds_of_the_union() -> None:
    whole = grown(axes={"seed": [2]}, baselines=[CE, {"loss.gamma": 3.0}])
    assert whole.baselines == [CE, {"loss.gamma": 3.0}]
    assert [cell.config.seed for cell in whole.new if cell.baseline] == [2, 0, 1, 2]


def test_settings_follow_the_seeds_named_here_beside_the_grid() -> None:
    row = expand(PLAN.base, PLAN.axes)[2].config
    whole = grown(axes={"seed": [5, 6]}, settings=[row.model_dump(mode="json"), {"loss.beta": 0.5}, CE])
    assert (whole.axes, whole.baselines) == (PLAN.axes, PLAN.baselines)
    assert [(cell.config.loss.beta, cell.config.seed, cell.baseline) for cell in whole.new] == [
        (0.99, 5, False), (0.99, 6, False), (0.5, 5, False), (0.5, 6, False), (None, 5, True), (None, 6, True)
    ]  # fmt: skip
    assert dict(whole.new[0].values) == {"loss.beta": 0.99, "seed": 5}
    assert dict(whole.new[4].values) == {"seed": 5}


def test_settings_without_seeds_follow_those_of_the_sweep() -> None:
    both = Grid(FOCAL, {"seed": [0, 1], "data.subset_seed": [0, 1]})
    assert len(grown(both, settings=[CE]).new) == 4
    assert len(grown(both, settings=[CE], axes={"seed": [7]}).new) == 2
    assert [cell.config.seed for cell in grown(Grid(FOCAL, {}), settings=[CE]).new] == [0]


def test_the_grid_takes_in_settings_that_were_beside_it() -> None:
    first = grown(axes={"seed": [5]}, settings=[{"loss.beta": 0.99}])
    known = hashes(PLAN) | {cell.config_hash for cell in first.new}
    later = extend(PLAN, known, {"seed": [5]})
    assert told(later) == {("focal", 0.9, 5), ("cross_entropy", None, 5)}


@pytest.mark.parametrize(
    ("asked", "path", "words"),
    [
        ({"axes": {"loss.beta": [0.9, 0.999, 1.0]}}, "axes.loss.beta[2]", "less than 1"),
        ({"axes": {"loss.betta": [0.9]}}, "axes.loss.betta", "not a field"),
        ({"axes": {"seed": []}}, "axes.seed", "at least one value"),
        ({"baselines": [CE, {"loss.gamma": -1}]}, "baselines[1].loss.gamma", "at least 0"),
        ({"settings": [{"loss.nmae": 1}]}, "settings[0].loss.nmae", "not a field"),
        ({"settings": [CE, {"loss": {"gamma": -1}}]}, "settings[1].loss.gamma", "at least 0"),
        ({"settings": [CE], "axes": {"loss.beta": [0.5]}}, "axes.loss.beta", "seeds only"),
        ({"settings": [CE], "axes": {"seed": [3, -1]}}, "axes.seed[1]", "at least 0"),
        ({"axes": {"seed": list(range(170))}}, "axes", "more than 500 runs"),
        ({"axes": {"seed": list(range(2, MAX_CELLS))}, "settings": [CE]}, "settings", "at most 500"),
    ],
)
def test_refusals_name_what_was_asked(asked: dict[str, Any], path: str, words: str) -> None:
    assert words in refused(**asked)[path]


TUNED = Grid(
    {**FOCAL, "data": {"validation_fraction": 0.1}},
    {"optim.learning_rate": [0.1, 0.02], "seed": [0]},
    [CE],
    ("optim.learning_rate",),
)


def test_a_tuned_axis_grows_for_every_method() -> None:
    whole = grown(TUNED, axes={"optim.learning_rate": [0.05]})
    assert [(cell.config.loss.name, cell.config.optim.learning_rate) for cell in whole.new] == [
        ("cross_entropy", 0.05), ("focal", 0.05)
    ]  # fmt: skip


def test_a_setting_of_a_tuned_sweep_needs_validation_images() -> None:
    said = refused(TUNED, settings=[{"data.validation_fraction": 0.0}])
    assert "chosen on validation images" in said["settings[0].data.validation_fraction"]


@pytest.mark.slow
def test_defaults_that_have_moved_since_do_not_reach_a_sweep_from_before() -> None:
    """As if the sweep had been launched when the rate was 0.3, gamma 4 and the reduction weighted_mean."""
    then = {"optim": {"learning_rate": 0.3}, "loss": {"gamma": 4.0, "reduction": "weighted_mean"}}
    axes: dict[str, list[Any]] = {"optim.weight_decay": [0.0, 0.01], "seed": [0]}
    baselines: list[dict[str, Any]] = [
        {"loss.name": "focal"},
        {"loss.weighting": "class_balanced", "loss.beta": 0.9},
    ]
    old = expand(then, axes, baselines)
    cells = [(cell.baseline, cell.config.model_dump(mode="json")) for cell in old]
    bases: list[dict[str, Any]] = [{}, {"loss": {"gamma": None}}]
    for base in bases:
        plan = as_launched(Grid(base, axes, baselines), cells)
        whole = extend(plan, {cell.config_hash for cell in old}, {"seed": [0, 1], "optim.epochs": [10, 2]})
        wanted = expand(then, {**axes, "seed": [0, 1], "optim.epochs": [10, 2]}, baselines)
        assert {cell.config_hash for cell in (*old, *whole.new)} == {cell.config_hash for cell in wanted}


@pytest.mark.slow
@given(betas, seeds)
def test_a_sweep_of_today_is_filled_up_with_what_it_would_be_anyway(
    betas: list[float], seeds: list[int]
) -> None:
    plan = Grid(FOCAL, {"loss.beta": betas, "seed": seeds}, [CE, {"loss.weighting": "none"}])
    cells = expand(plan.base, plan.axes, plan.baselines)
    filled = as_launched(plan, [(cell.baseline, cell.config.model_dump(mode="json")) for cell in cells])
    assert hashes(filled) == hashes(plan)


@pytest.mark.parametrize("apart", [True, False])
def test_methods_side_by_side_grow_all_by_what_they_have_in_common(apart: bool) -> None:
    """Else the first method alone would be trained with the new values, and be compared with nothing."""
    common: dict[str, list[Any]] = {
        "data.imbalance_ratio": [10, 100], "optim.epochs": [2, 4], "seed": [0, 1],
        "data.dataset": ["shapes10"],
    }  # fmt: skip
    compared = [chosen("class_balanced_focal", {"loss.beta": [0.9]}), chosen("cross_entropy", {}),
                chosen("logit_adjusted", {"loss.tau": [0.5, 1.0]})]  # fmt: skip
    made = side_by_side(common, compared, ())
    plan = Grid(nest(made.base), made.axes, made.baselines)
    more = common | {"data.imbalance_ratio": [10, 100, 50], "optim.epochs": [2, 4, 6]}
    whole = side_by_side(more, compared, ())
    wanted = hashes(Grid(nest(whole.base), whole.axes, whole.baselines))
    asked = (
        [{"data.imbalance_ratio": [50]}, {"optim.epochs": [6]}]
        if apart
        else [{"data.imbalance_ratio": [50], "optim.epochs": [6]}]
    )
    for axes in asked:
        extension = grown(plan, axes=axes)
        plan = Grid(plan.base, extension.axes, extension.baselines)
    assert hashes(plan) == wanted


def test_a_baseline_at_some_values_of_an_axis_stays_there() -> None:
    plan = Grid(FOCAL, PLAN.axes, [CE, {"loss.beta": 0.9, "loss.gamma": 3.0}])
    assert grown(plan, axes={"loss.beta": [0.999]}).baselines == list(plan.baselines)
