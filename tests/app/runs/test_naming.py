"""What sets a run apart: chips and default names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.runs.naming import LONGEST_NAME, chips, default_name
from trainer.config import as_json, parse_config


def full(**config: Any) -> dict[str, Any]:
    return as_json(parse_config(config))


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({}, "cross-entropy seed 0"),
        ({"seed": 7}, "cross-entropy seed 7"),
        ({"loss": {"name": "focal"}}, "focal seed 0"),
        ({"loss": {"name": "focal", "gamma": 2.0}}, "focal gamma 2 seed 0"),
        ({"loss": {"weighting": "class_balanced", "beta": 0.9999}}, "cross-entropy cb 0.9999 seed 0"),
        ({"loss": {"weighting": "inverse_frequency"}}, "cross-entropy inverse frequency seed 0"),
        ({"loss": {"name": "focal", "probability": "sigmoid"}}, "focal seed 0 form sigmoid"),
        ({"loss": {"name": "vs", "tau": 0.5}}, "VS tau 0.5 seed 0"),
        ({"loss": {"name": "ldam", "weighting": "power"}}, "LDAM power 0.5 seed 0"),
        (
            {"loss": {"weighting": "by_hand", "class_weights": [1, 2.5]}},
            "cross-entropy by hand seed 0 weights 1, 2.5",
        ),
        (
            {"loss": {"weighting": "by_hand", "class_weights": [*range(1, 101)]}},
            "cross-entropy by hand seed 0 weights 1, 2, 3, ..., 100",
        ),
        ({"data": {"imbalance": "none"}}, "cross-entropy seed 0 imbalance none"),
        ({"model": {"name": "mlp"}}, "cross-entropy seed 0 model multilayer perceptron"),
        ({"data": {"augment": False}}, "cross-entropy seed 0 augment off"),
        (
            {"data": {"imbalance_ratio": 50.0}, "optim": {"learning_rate": 0.05, "milestones": []}},
            "cross-entropy seed 0 ratio 50 rate 0.05 milestones none",
        ),
    ],
)
def test_default_name(config: dict[str, Any], name: str) -> None:
    assert default_name(full(**config)) == name


def test_gamma_is_a_chip_even_where_it_is_usual() -> None:
    assert chips(full(loss={"name": "focal"})) == (("loss", "focal"), ("gamma", "1.5"), ("seed", "0"))


def test_device_and_threads_set_no_run_apart() -> None:
    assert chips(full(device="cpu", threads=2)) == chips(full())


@given(st.text(min_size=1, max_size=100).filter(lambda name: name.strip() == name))
def test_any_dataset_name_makes_a_name_of_bounded_length(dataset: str) -> None:
    assert len(default_name(full(data={"dataset": dataset}))) <= LONGEST_NAME
