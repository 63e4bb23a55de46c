"""Two stages: which run is the first, and what a run itself trains by."""

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.config import as_json, completed, config_hash, parse_config
from trainer.config_fields import flatten
from trainer.config_meaning import tunable
from trainer.config_section import Section
from trainer.errors import ConfigError
from trainer.sampling import SAMPLERS
from trainer.second_stages import SECOND_STAGES
from trainer.second_stages.entry import Sampler
from trainer.stages import epochs_of, first_stage_of, rates_of, stage_config

firsts = st.fixed_dictionaries(
    {
        "loss": st.fixed_dictionaries({"name": st.sampled_from(["cross_entropy", "focal", "vs"]),
                                       "weighting": st.sampled_from(["none", "class_balanced"])}),
        "mixing": st.fixed_dictionaries({"name": st.sampled_from(["none", "mixup"])}),
        "sampling": st.fixed_dictionaries({"name": st.sampled_from(["instance", "square_root"])}),
        "policy": st.fixed_dictionaries({"name": st.sampled_from(["none", "cutout"])}),
        "optim": st.fixed_dictionaries({"epochs": st.integers(1, 40),
                                        "schedule": st.sampled_from(["step", "cosine"])}),
        "seed": st.integers(0, 9),
    }
)  # fmt: skip
seconds = st.sampled_from([name for name in SECOND_STAGES.names if name != "none"])


@given(firsts, seconds)
def test_the_first_stage_is_the_same_without_the_second(first: dict[str, Any], name: str) -> None:
    alone = parse_config(first)
    whole = parse_config({**first, "second_stage": {"name": name}})
    assert first_stage_of(whole) == alone
    assert first_stage_of(alone) is None
    assert config_hash(whole) != config_hash(alone)


@given(firsts, seconds)
def test_a_run_trains_by_its_own_stage_alone(first: dict[str, Any], name: str) -> None:
    alone = parse_config(first)
    whole = parse_config({**first, "second_stage": {"name": name}})
    assert stage_config(alone) == alone
    own = stage_config(whole)
    assert stage_config(own) == own
    assert (own.model, own.seed, own.precision) == (alone.model, alone.seed, alone.precision)
    assert (own.loss.name, own.loss.weighting, own.mixing.name) == ("cross_entropy", "none", "none")
    trains = name in ("crt", "lws")
    assert own.sampling.name == ("class_balanced" if trains else "instance")
    assert own.optim.epochs == epochs_of(whole) == (10 if trains else 1)
    assert own.data.augment is trains
    assert own.policy == (alone.policy if trains else parse_config({}).policy)
    kept = ("batch_size", "momentum", "weight_decay")
    assert [getattr(own.optim, one) for one in kept] == [getattr(alone.optim, one) for one in kept]


@given(st.integers(1, 30), st.floats(1e-3, 1))
def test_the_rate_falls_by_a_cosine(epochs: int, rate: float) -> None:
    stage = {"name": "crt", "epochs": epochs, "learning_rate": rate}
    found = rates_of(parse_config({"second_stage": stage, "optim": {"warmup_epochs": 2}}))
    wanted = [rate * (1 + math.cos(math.pi * done / epochs)) / 2 for done in range(epochs)]
    assert found == pytest.approx(wanted)


def test_what_trains_nothing_has_no_rate() -> None:
    for name in ("tau_norm", "ncm"):
        assert rates_of(parse_config({"second_stage": {"name": name}})) == (0.0,)


def test_samplers_are_those_without_fields_of_their_own() -> None:
    plain = {entry.name for entry in SAMPLERS if entry.fields is Section}
    assert set(get_args(Sampler)) == plain


def test_a_stored_run_of_before_has_no_second_stage() -> None:
    whole = as_json(parse_config({}))
    stored = {name: below for name, below in whole.items() if name != "second_stage"}
    assert completed(stored) == whole
    assert completed(stored)["second_stage"] == {"name": "none"} | dict.fromkeys(
        ("epochs", "learning_rate", "sampler", "tau", "prior_tau")
    )


def test_fields_have_an_effect_with_their_stage_alone() -> None:
    used = {
        name: {path.partition(".")[2] for path, value in flatten(as_json(config)).items()
               if path.startswith("second_stage.") and value is not None}
        for name in SECOND_STAGES.names
        for config in [parse_config({"second_stage": {"name": name}})]
    }  # fmt: skip
    trained = {"name", "epochs", "learning_rate", "sampler"}
    assert used == {"none": {"name"}, "crt": trained, "lws": trained, "tau_norm": {"name", "tau"},
                    "ncm": {"name"}, "logit_adjustment": {"name", "prior_tau"}}  # fmt: skip


def test_its_rate_and_tau_may_be_tuned() -> None:
    assert {path for path in tunable() if path.startswith("second_stage.")} == {
        "second_stage.learning_rate",
        "second_stage.tau",
        "second_stage.prior_tau",
    }


@pytest.mark.parametrize("name", ["tau_norm", "logit_adjustment"])
def test_a_cosine_head_has_neither_lengths_nor_a_bias(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"second_stage": {"name": name}, "loss": {"name": "ldam"}})
    [problem] = caught.value.fields
    assert problem.path == "second_stage.name"
    assert "head of cosines" in problem.message
