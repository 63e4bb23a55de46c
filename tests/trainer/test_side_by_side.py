"""Methods side by side: which runs they are, against an expansion by hand."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trainer.config import as_json, config_hash, parse_config, setting_hash
from trainer.config_fields import flatten, leaf_fields, nest
from trainer.methods import compared_paths, methods
from trainer.side_by_side import Chosen, Comparison, chosen, side_by_side
from trainer.sweep import expand

COMMON: dict[str, list[Any]] = {
    path: [value]
    for path, value in flatten(as_json(parse_config({}))).items()
    if path not in compared_paths()
}


def cells_of(made: Comparison, tuned: tuple[str, ...] = ()) -> set[str]:
    cells = expand(nest(made.base), made.axes, made.baselines, tuned)
    return {config_hash(cell.config) for cell in cells if not cell.is_added}


def alone(name: str, **common: Any) -> str:
    """The hash of one method's run, put together by hand over the defaults."""
    method = methods()[name]
    first = {"optim.milestones": [6, 8]} | {path.replace("__", "."): value for path, value in common.items()}
    own = dict.fromkeys(method.deferred, first["optim.milestones"][0] + 1)
    return config_hash(parse_config(nest({**method.overrides, **own, **first})))


@given(st.lists(st.sampled_from(sorted(methods())), min_size=1, max_size=6, unique=True))
def test_each_method_is_the_run_that_it_is_alone(names: list[str]) -> None:
    """Whichever comes first: nothing of the first leaks into the others."""
    made = side_by_side(COMMON, [chosen(name, {}) for name in names], ())
    assert cells_of(made) == {alone(name) for name in names}


@given(
    st.lists(st.sampled_from(sorted(methods())), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 9), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from([0.01, 0.02, 0.1]), min_size=1, max_size=2, unique=True),
    st.booleans(),
)
def test_what_is_common_is_common_to_all(
    names: list[str], seeds: list[int], rates: list[float], is_tuned: bool
) -> None:
    common = COMMON | {"seed": seeds, "optim.learning_rate": rates, "data.validation_fraction": [0.1]}
    tuned = ("optim.learning_rate",) if is_tuned and len(rates) > 1 else ()
    made = side_by_side(common, [chosen(name, {}) for name in names], tuned)
    each = itertools.product(names, seeds, rates)
    given = {
        alone(name, seed=seed, optim__learning_rate=rate, data__validation_fraction=0.1)
        for name, seed, rate in each
    }
    assert cells_of(made, tuned) == given
    assert (set(made.axes) >= {"seed"}) == (len(seeds) > 1)


def test_several_values_of_one_method_are_settings_of_it_alone() -> None:
    focal = chosen("focal", {"loss.gamma": [0.5, 1.0, 2.0]})
    first, second = (
        side_by_side(COMMON, order, ())
        for order in ([focal, chosen("ldam", {})], [chosen("ldam", {}), focal])
    )
    assert cells_of(first) == cells_of(second)
    assert (first.axes, first.names) == ({"loss.gamma": [0.5, 1.0, 2.0]}, ("ldam",))
    assert (second.axes, second.names) == ({}, ("focal", "focal", "focal"))
    assert [one["loss.gamma"] for one in second.baselines] == [0.5, 1.0, 2.0]


def test_a_baseline_says_only_what_it_changes() -> None:
    made = side_by_side(COMMON, [chosen(name, {}) for name in ("cross_entropy", "focal", "mixup")], ())
    assert made.baselines == ({"loss.name": "focal", "loss.gamma": 2.0}, {"mixing.name": "mixup"})


def test_the_same_method_twice_is_one() -> None:
    hand = Chosen("by_hand", {path: [leaf_fields()[path].default] for path in compared_paths()})
    made = side_by_side(COMMON, [hand, chosen("cross_entropy", {})], ())
    assert (made.axes, made.baselines) == ({}, ())


def test_a_deferred_epoch_follows_each_schedule() -> None:
    common = COMMON | {"optim.epochs": [10, 20], "optim.milestones": [[6, 8]]}
    made = side_by_side(common, [chosen(name, {}) for name in ("cross_entropy", "ce_drw")], ())
    cells = expand(nest(made.base), made.axes, made.baselines)
    weighted = [cell.config for cell in cells if cell.config.loss.weighting != "none"]
    assert {(config.optim.epochs, config.loss.weights_from) for config in weighted} == {(10, 7), (20, 7)}
    assert len({setting_hash(cell.config) for cell in cells}) == 4


@given(st.permutations(["ldam_drw", "ce_drw", "cross_entropy"]), st.integers(1, 3))
def test_of_several_lengths_each_deferred_method_begins_in_each_as_alone(
    order: list[str], how_many: int
) -> None:
    """Under a cosine after four fifths: epoch 9 of 10, 33 of 40, whichever method comes first."""
    names = order[:how_many]
    common = COMMON | {
        "optim.schedule": ["cosine"],
        "optim.epochs": [10, 40],
        "data.imbalance_ratio": [10, 50],
    }
    made = side_by_side(common, [chosen(name, {}) for name in names], ())
    expected = {
        config_hash(
            parse_config(
                nest(
                    {
                        **methods()[name].overrides,
                        **dict.fromkeys(methods()[name].deferred, begins),
                        "optim.schedule": "cosine",
                        "optim.epochs": epochs,
                        "data.imbalance_ratio": ratio,
                    }
                )
            )
        )
        for name in names
        for epochs, begins in ((10, 9), (40, 33))
        for ratio in (10, 50)
    }
    assert cells_of(made) == expected


@given(
    st.lists(st.sampled_from(sorted(methods())), min_size=2, max_size=3, unique=True),
    st.sampled_from([("data.imbalance_ratio", [10, 50]), ("optim.nesterov", [False, True]),
                     ("data.subset_seed", [0, 1]), ("model.kernel", [3, 5])]),
)  # fmt: skip
def test_values_of_a_field_count_though_what_it_hangs_on_is_left_to_its_default(
    names: list[str], several: tuple[str, list[Any]]
) -> None:
    path, values = several
    made = side_by_side({path: values}, [chosen(name, {}) for name in names], ())
    assert cells_of(made) == {alone(name, **{path: value}) for name in names for value in values}
