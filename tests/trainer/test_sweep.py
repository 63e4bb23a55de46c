"""Sweeps: axes multiply, baselines follow the seeds only, equal cells are one, refusals name the axis."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.config import PRESETS
from trainer.errors import ConfigError
from trainer.sweep import MAX_CELLS, SWEEP_PRESETS, expand

FOCAL = {"loss": {"name": "focal", "weighting": "class_balanced"}}
CE = {"loss.name": "cross_entropy", "loss.weighting": "none"}


def refused(**sweep: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        expand(**{"base": FOCAL, "axes": {}, **sweep})
    return {problem.path: problem.message for problem in caught.value.fields}


def test_baseline_rides_along_once_a_seed() -> None:
    cells = expand(FOCAL, {"loss.beta": [0.9, 0.99, 0.999], "seed": [0, 1]}, [CE])
    assert [cell.baseline for cell in cells] == [True] * 2 + [False] * 6
    assert [cell.config.seed for cell in cells if cell.baseline] == [0, 1]
    assert [(cell.config.loss.beta, cell.config.seed) for cell in cells[2:]] == [
        (beta, seed) for beta in (0.9, 0.99, 0.999) for seed in (0, 1)
    ]


def test_beta_has_no_effect_on_cross_entropy_so_it_is_one_cell() -> None:
    axes: dict[str, list[Any]] = {"loss.weighting": ["none", "class_balanced"], "loss.beta": [0.9, 0.99]}
    assert len(expand({}, axes)) == 3


def test_no_axes_is_one_run() -> None:
    (cell,) = expand(FOCAL, {})
    assert cell.values == ()


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=5, unique=True),
       st.lists(st.integers(0, 99), min_size=1, max_size=5, unique=True))  # fmt: skip
def test_every_combination_stands_once(betas: list[float], seeds: list[int]) -> None:
    cells = expand(FOCAL, {"loss.beta": betas, "seed": seeds}, [CE])
    grid = [(cell.config.loss.beta, cell.config.seed) for cell in cells if not cell.baseline]
    assert sorted(grid) == sorted((beta, seed) for beta in betas for seed in seeds)
    assert len({cell.config_hash for cell in cells}) == len(cells) == (len(betas) + 1) * len(seeds)


@pytest.mark.parametrize(
    ("sweep", "path", "words"),
    [
        ({"axes": {"loss.beta": [0.9, 1.0]}}, "axes.loss.beta[1]", "less than 1"),
        ({"axes": {"loss.betta": [0.9]}}, "axes.loss.betta", "not a field"),
        ({"axes": {"seed": []}}, "axes.seed", "at least one value"),
        ({"axes": {"seed": "0..4"}}, "axes.seed", "a list"),
        ({"axes": {"seed": list(range(MAX_CELLS + 1))}}, "axes.seed", "at most 500"),
        ({"axes": {"seed": list(range(400))}, "baselines": [CE]}, "axes", "more than 500 runs"),
        ({"baselines": [{"loss.gamma": -1}]}, "baselines[0].loss.gamma", "at least 0"),
        ({"baselines": [CE, {"loss": {"name": "focal"}}]}, "baselines[1].loss", "not a field"),
        ({"base": {"loss": 3}, "axes": {"loss.beta": [0.9]}}, "loss", "an object of fields"),
        ({"axes": {"loss.beta": ["N=10", "N=0.1"]}}, "axes.loss.beta[1]", "at least 1"),
        ({"base": {"optim": {"epochs": 0}}, "axes": {"seed": [0]}}, "optim.epochs", "at least 1"),
    ],
)
def test_refuses_naming_axis_or_baseline(sweep: dict[str, Any], path: str, words: str) -> None:
    assert words in refused(**sweep)[path]


def test_beta_as_n_is_the_same_cell_as_the_number() -> None:
    (cell,) = expand(FOCAL, {"loss.beta": ["N=10", 0.9]})
    assert (cell.config.loss.beta, cell.values) == (0.9, (("loss.beta", 0.9),))


def test_a_place_without_effect_is_kept_as_given() -> None:
    (cell,) = expand({}, {"loss.beta": [0.9]})
    assert (cell.config.loss.beta, cell.values) == (None, (("loss.beta", 0.9),))


def test_cells_know_where_their_fields_came_from() -> None:
    baseline, cell = expand(FOCAL, {"loss.beta": [0.9], "seed": [3]}, [CE])
    assert baseline.sources["loss.name"] == "baselines[0].loss.name"
    assert (baseline.sources["seed"], cell.sources["loss.beta"]) == ("axes.seed[0]", "axes.loss.beta[0]")


HELD_OUT = {**FOCAL, "data": {"validation_fraction": 0.1}}
RATES: dict[str, list[Any]] = {"optim.learning_rate": [0.1, 0.02], "loss.beta": [0.9, 0.99], "seed": [0, 1]}


def test_baselines_follow_tuned_axes_so_that_budgets_are_equal() -> None:
    cells = expand(HELD_OUT, RATES, [CE], ["optim.learning_rate"])
    tried = [(cell.config.optim.learning_rate, cell.config.seed) for cell in cells if cell.baseline]
    assert tried == [(0.1, 0), (0.1, 1), (0.02, 0), (0.02, 1)]
    assert len(cells) == 8 + 4


@pytest.mark.parametrize(
    ("sweep", "path", "words"),
    [
        ({"tuned": ["optim.momentum"]}, "tuned[0]", "no axis of this sweep"),
        ({"tuned": ["loss.gamma"]}, "tuned[0]", "only a number that every setting has"),
        ({"tuned": ["optim.schedule"]}, "tuned[0]", "only a number that every setting has"),
        ({"tuned": ["optim.learning_rate", "seed"]}, "tuned[1]", "a seed is not chosen"),
        (
            {"axes": {"model.name": ["convnet4", "mlp"], "model.width": [4, 8]}, "tuned": ["model.width"]},
            "tuned[0]",
            "no effect in some settings",
        ),
        ({"base": FOCAL}, "data.validation_fraction", "set it above 0"),
        (
            {"baselines": [{"data.validation_fraction": 0.0}]},
            "baselines[0].data.validation_fraction",
            "above",
        ),
        (
            {"axes": {**RATES, "data.validation_fraction": [0.1, 0.0]}},
            "axes.data.validation_fraction[1]",
            "0",
        ),
        ({"baselines": [{"optim.learning_rate": 0.5}]}, "baselines[0].optim.learning_rate", "leave it out"),
    ],
)
def test_tuning_is_refused_by_name(sweep: dict[str, Any], path: str, words: str) -> None:
    whole = {"base": HELD_OUT, "axes": RATES, "tuned": ["optim.learning_rate"], **sweep}
    assert words in refused(**whole)[path]


@pytest.mark.parametrize("name", SWEEP_PRESETS)
def test_a_preset_is_a_whole_sweep(name: str) -> None:
    body = SWEEP_PRESETS[name]
    assert set(body) == {"name", "notes", "base", "axes", "baselines"}
    assert name not in PRESETS
    cells = expand(body["base"], body["axes"], body["baselines"])
    seeds = len(body["axes"]["seed"])
    assert len(cells) == seeds * (len(body["axes"]["optim.learning_rate"]) + len(body["baselines"]))
    assert all(cell.config.data.dataset == "shapes10" for cell in cells)


def test_dead_relu_is_what_it_was() -> None:
    """The same runs whatever the defaults of the day are."""
    body = SWEEP_PRESETS["dead_relu"]
    hashes = [cell.config_hash for cell in expand(body["base"], body["axes"], body["baselines"])]
    assert hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:16] == "b0e514306cc05a4f"


def test_dead_relu_varies_all_that_makes_units_die() -> None:
    body = SWEEP_PRESETS["dead_relu"]
    varied = {path for one in (body["axes"], *body["baselines"]) for path in one}
    assert varied == {"seed", "optim.learning_rate", "model.batch_norm", "model.activation",
                      "model.initial_bias", "model.width"}  # fmt: skip
