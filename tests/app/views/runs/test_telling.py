"""What tells listed runs apart: what differs and nothing else, loss and seed first, short names."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.runs.naming import default_name
from app.views.runs.telling import tell_apart
from trainer.config import as_json, config_hash, parse_config

CB = {"name": "focal", "weighting": "class_balanced"}


def full(**config: Any) -> dict[str, Any]:
    return as_json(parse_config(config))


class Listed(NamedTuple):
    id: int
    name: str
    config: dict[str, Any]

    @property
    def config_hash(self) -> str:
        return config_hash(parse_config(self.config))


def chips(*configs: dict[str, Any]) -> list[tuple[tuple[str, str], ...]]:
    told = tell_apart(Listed(at, "named", config) for at, config in enumerate(configs))
    return [told[at].chips for at in range(len(configs))]


def test_loss_with_beta_and_seed_come_first_and_what_all_share_is_left_out() -> None:
    few = {"epochs": 3, "milestones": []}
    runs = [full(loss=CB | {"beta": beta}, seed=seed, optim=few) for beta in (0.9, 0.999) for seed in (0, 1)]
    assert chips(*runs, full(seed=0, optim=few)) == [
        (("loss", "CB-Focal 0.9"), ("seed", "0")),
        (("loss", "CB-Focal 0.9"), ("seed", "1")),
        (("loss", "CB-Focal 0.999"), ("seed", "0")),
        (("loss", "CB-Focal 0.999"), ("seed", "1")),
        (("loss", "CE"), ("seed", "0")),
    ]  # no gamma: it is equal wherever it has an effect


def test_what_takes_most_values_stands_before_the_rest() -> None:
    runs = [
        full(data={"imbalance_ratio": ratio}, optim={"batch_size": size})
        for ratio, size in ((10.0, 32), (20.0, 32), (50.0, 64))
    ]
    assert chips(*runs)[0] == (("ratio", "10"), ("batch", "32"))


def test_a_cap_is_told_from_none_and_data_sets_are_named_on_each_line() -> None:
    capped, free = chips(full(data={"max_train_per_class": 20}), full())
    assert (capped, free) == ((("at most", "20"),), ())
    assert chips(full(), full(data={"dataset": "cifar10"})) == [
        (("data", "shapes10"),),
        (("data", "cifar10"),),
    ]


def test_a_lone_run_keeps_its_own() -> None:
    assert chips(full(loss=CB, seed=3)) == [(("loss", "CB-Focal 0.997"), ("seed", "3"), ("gamma", "1.5"))]


def test_a_name_that_only_repeats_the_chips_is_dropped() -> None:
    config = full(loss=CB)
    told = tell_apart([Listed(1, default_name(config), config), Listed(2, "mine", config)])
    assert (told[1].name, told[2].name) == ("", "mine")


configs = st.builds(
    lambda beta, seed, ratio, epochs: full(
        loss=CB | {"beta": beta},
        seed=seed,
        data={"imbalance_ratio": ratio},
        optim={"epochs": epochs, "milestones": []},
    ),
    st.sampled_from([0.9, 0.99, 0.999]),
    st.integers(0, 2),
    st.sampled_from([1.0, 100.0]),
    st.integers(1, 2),
)


@given(st.lists(configs, min_size=2, max_size=5))
def test_runs_that_differ_have_different_chips(runs: list[dict[str, Any]]) -> None:
    said = chips(*runs)
    for one, config in zip(said, runs, strict=True):
        for other, another in zip(said, runs, strict=True):
            assert (one == other) == (config == another)


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ((0.00435265179898013, 0.1), ("0.004353", "0.1")),
        ((0.00435265179898013, 0.00435265, 0.1), ("0.0043527", "0.0043526", "0.1")),
        ((0.9999999, 0.5), ("0.9999999", "0.5")),
    ],
)
def test_a_computed_number_is_as_short_as_it_stays_apart(
    rates: tuple[float, ...], said: tuple[str, ...]
) -> None:
    told = chips(*(full(optim={"learning_rate": rate}) for rate in rates))
    assert tuple(dict(one)["rate"] for one in told) == said
