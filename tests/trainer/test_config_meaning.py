"""What fields mean, against parsed configurations: idle fields are those that are null whatever is chosen."""

from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.examples import at_most
from tests.trainer.brought import BROUGHT
from trainer.config import as_json, parse_config
from trainer.config_fields import choices, flatten, leaf_fields, nest
from trainer.config_meaning import (
    BESIDE_WEIGHTS,
    MACHINE,
    SEEDS,
    WEIGHTS,
    deciding,
    idle,
    is_used,
    meanings,
    null_is_a_value,
    with_role,
)
from trainer.second_stages import SECOND_STAGES

NUMBERS: dict[str, list[Any]] = {
    "data.validation_fraction": [0.0, 0.1],
    "data.max_train_per_class": [None, 50],
    "optim.momentum": [0.0, 0.9],
}
TRIED = {path: NUMBERS.get(path) or list(choices(path)) for path in sorted(deciding())}
LINEAR_ONLY = {stage.name for stage in SECOND_STAGES if stage.linear_only}
"""Second stages that are refused for LDAM, whose last layer is none that they could adjust."""


def some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


def parsed(fields: dict[str, Any]) -> dict[str, Any]:
    return flatten(as_json(parse_config(nest(fields))))


@settings(max_examples=at_most(30))
@given(st.fixed_dictionaries({path: some(values) for path, values in TRIED.items()}))
def test_idle_is_what_is_null_in_every_combination(values: dict[str, list[Any]]) -> None:
    assume("ldam" not in values["loss.name"] or not LINEAR_ONLY & set(values["second_stage.name"]))
    flats = [parsed(dict(zip(values, chosen, strict=True))) for chosen in product(*values.values())]
    null = {path for path in leaf_fields() if all(flat[path] is None for flat in flats)}
    assert {path for path in idle(values) if not null_is_a_value(path)} == {
        path for path in null if not null_is_a_value(path)
    }
    assert all(
        (flat[path] is None) != is_used(flat, path) for flat in flats for path in idle(values) | WEIGHTS
    )


def test_a_null_that_is_a_value_has_no_effect_where_its_entry_is_not_chosen() -> None:
    plain, other = parsed({}), parsed({"model.name": "mlp"})
    assert plain["model.initial_bias"] is other["model.initial_bias"] is None
    assert is_used(plain, "model.initial_bias")
    assert not is_used(other, "model.initial_bias")
    assert "model.initial_bias" in idle({"model.name": ["mlp", "convnet5"]})
    assert "model.initial_bias" not in idle({"model.name": ["mlp", "convnet4"]})


def test_what_a_field_hangs_on_stands_in_its_section_and_before_it_where_it_may_be_idle() -> None:
    paths = list(leaf_fields())
    for path, meaning in meanings().items():
        for name in meaning.used_when.tests if meaning.used_when else ():
            decider = f"{path.rpartition('.')[0]}.{name}"
            assert decider in paths
            assert meanings()[decider].used_when is None or paths.index(decider) < paths.index(path)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (SEEDS, ("seed", "data.subset_seed")),
        (MACHINE, ("device", "threads")),
        (tuple(sorted(WEIGHTS)), ("loss.beta", "loss.class_weights", "loss.power", "loss.reduction",
                                  "loss.weighting", "loss.weights_from")),
        (tuple(path for path in BESIDE_WEIGHTS if path.startswith("loss.") and path not in BROUGHT),
         ("loss.name", "loss.label_smoothing", "loss.gamma", "loss.probability")),
        (tuple(path for path in leaf_fields() if null_is_a_value(path)),
         ("data.max_train_per_class", "model.initial_bias", "threads")),
    ],
)  # fmt: skip
def test_roles_of_today(found: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    assert found == wanted


def test_every_field_has_one_role() -> None:
    roles = with_role("seed", "machine", "data", "compared", "setting")
    assert sorted(roles) == sorted(leaf_fields())
