"""A sweep with second stages holds the first stage of each, once, whatever the grid and the baselines are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.config import as_json, config_hash, parse_config
from trainer.errors import ConfigError
from trainer.sweep import MAX_CELLS, expand

STAGES = ["none", "crt", "lws", "tau_norm", "ncm"]
names = st.lists(st.sampled_from(STAGES), min_size=1, max_size=3, unique=True)
losses = st.lists(st.sampled_from(["cross_entropy", "focal"]), min_size=1, unique=True)


def without_stage(config: dict[str, Any]) -> str:
    """The hash of the same configuration, its section of the second stage left out."""
    return config_hash(parse_config({name: part for name, part in config.items() if name != "second_stage"}))


@given(stages=names, losses=losses, seeds=st.integers(1, 3), beside=st.sampled_from([None, *STAGES]))
def test_each_first_stage_is_there_once(
    stages: list[str], losses: list[str], seeds: int, beside: str | None
) -> None:
    axes: dict[str, list[Any]] = {
        "second_stage.name": stages,
        "loss.name": losses,
        "seed": list(range(seeds)),
    }
    baselines = [{"loss.name": "balanced_softmax", "second_stage.name": beside}] if beside else []
    cells = expand({}, axes, baselines)
    configs = [as_json(cell.config) for cell in cells]
    hashes = [cell.config_hash for cell in cells]
    assert len(set(hashes)) == len(hashes)
    seconds = [one for one in configs if one["second_stage"]["name"] != "none"]
    needed = {without_stage(one) for one in seconds}
    assert needed <= set(hashes)
    asked = len(stages) * len(losses) * seeds + len(baselines) * seeds
    firsts = len(losses) * seeds if "none" not in stages else 0
    firsts += seeds if beside not in (None, "none") else 0
    assert len(cells) == asked + firsts
    added = [cell for cell in cells if cell.is_added]
    assert len(added) == firsts
    assert {cell.config_hash for cell in added} <= needed
    assert all(cell.baseline and "second_stage.name" not in dict(cell.values) for cell in added)
    kinds = [(not cell.baseline, cell.is_added) for cell in cells]
    assert kinds == sorted(kinds)


def test_first_stages_count_against_the_most_that_a_sweep_holds() -> None:
    seeds = list(range(MAX_CELLS // 2))
    assert len(expand({"second_stage": {"name": "crt"}}, {"seed": seeds})) == MAX_CELLS
    with pytest.raises(ConfigError, match="axes"):
        expand({"second_stage": {"name": "crt"}}, {"seed": [*seeds, len(seeds)]})


TAU = {"second_stage.tau": [0.5, 1.0]}
CHOSEN: dict[str, Any] = {"data": {"validation_fraction": 0.1}}


def test_a_field_of_second_stages_is_tuned_beside_first_ones() -> None:
    stage = {"second_stage": {"name": "tau_norm"}}
    assert len(expand({**CHOSEN, **stage}, TAU, (), ["second_stage.tau"])) == 3
    with pytest.raises(ConfigError, match=r"tuned\[0\]"):
        expand(CHOSEN, TAU, (), ["second_stage.tau"])
    names = {"second_stage.name": ["tau_norm", "crt"]}
    with pytest.raises(ConfigError, match=r"tuned\[0\]"):
        expand(CHOSEN, {**TAU, **names}, (), ["second_stage.tau"])
