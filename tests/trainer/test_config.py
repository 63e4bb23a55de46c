"""RunConfig: bounds with reasons, one form per experiment, hashes, presets, text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.brought import BROUGHT
from trainer.config import (
    PRESETS,
    RunConfig,
    as_json,
    completed,
    config_hash,
    merge,
    parse_config,
    preset,
    read_config_file,
    setting_hash,
)
from trainer.config_fields import as_text, choices, flatten, from_text, leaf_fields, nest
from trainer.errors import ConfigError
from trainer.losses import head_of
from trainer.models import model_spec
from trainer.schedules import learning_rates


def refused(config: object) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(config)
    return {problem.path: problem.message for problem in caught.value.fields}


CB = {"weighting": "class_balanced"}


@pytest.mark.parametrize(
    ("config", "path", "words"),
    [
        ({"loss": {**CB, "beta": 1.0}}, "loss.beta", "inverse-frequency weighting"),
        ({"loss": {**CB, "beta": 1.2}}, "loss.beta", "less than 1, got 1.2"),
        ({"loss": {**CB, "beta": -0.1}}, "loss.beta", "at least 0, got -0.1"),
        ({"loss": {**CB, "beta": "1-1e-4"}}, "loss.beta", "write 1-1e-4 as 0.9999 or N=10000"),
        ({"loss": {"beta": float("nan")}}, "loss.beta", "finite number, got NaN"),
        ({"optim": {"learning_rate": float("inf")}}, "optim.learning_rate", "got Infinity"),
        ({"optim": {"learning_rate": "fast"}}, "optim.learning_rate", 'a number, got "fast"'),
        ({"optim": {"epochs": True}}, "optim.epochs", "a whole number, got true"),
        ({"optim": {"epochs": 2.5}}, "optim.epochs", "a whole number, got 2.5"),
        ({"optim": {"epochs": 0}}, "optim.epochs", "a run needs at least one"),
        ({"optim": {"batch_size": 1}}, "optim.batch_size", "batch norm needs two images"),
        ({"optim": {"milestones": [8, 6]}}, "optim.milestones", "must rise"),
        ({"optim": {"milestones": [0]}}, "optim.milestones", "at least 1"),
        ({"optim": {"milestones": list(range(1, 102))}}, "optim.milestones", "at most 100"),
        ({"optim": {"epochs": 3, "warmup_epochs": 4}}, "optim.warmup_epochs", "only 3 epochs"),
        ({"loss": {"gama": 1}}, "loss.gama", "did you mean loss.gamma?"),
        ({"loss": {"name": "hinge"}}, "loss.name", "one of cross_entropy, focal, balanced_softmax"),
        ({"data": {"imbalance_ratio": 0.5}}, "data.imbalance_ratio", "at least 1"),
        ({"model": {"width": 0}}, "model.width", "a block needs a channel"),
        ({"model": {"width": 257}}, "model.width", "at most 256"),
        ({"model": {"width": 2.5}}, "model.width", "a whole number"),
        ({"model": {"batch_norm": "no"}}, "model.batch_norm", "true or false"),
        ({"model": {"initial_bias": -101}}, "model.initial_bias", "all units start dead"),
        ({"data": {"augment": 1}}, "data.augment", "true or false"),
        ({"data": 5}, "data", "an object of fields"),
        ({"speed": 1}, "speed", "not a field"),
        ([], "config", "an object of fields"),
        ({"seed": 2**32}, "seed", "seeds have 32 bits"),
    ],
)
def test_refuses_by_name_and_says_why(config: object, path: str, words: str) -> None:
    assert words in refused(config)[path]


def test_names_every_refused_field_at_once() -> None:
    assert refused({"loss": {"gamma": -1}, "optim": {"momentum": 1}, "seed": "x"}).keys() == {
        "loss.gamma",
        "optim.momentum",
        "seed",
    }


@pytest.mark.parametrize(
    ("config", "unused"),
    [
        ({}, ["loss.beta", "loss.reduction", "loss.gamma", "loss.probability"]),
        ({"loss": {"weighting": "inverse_frequency"}}, ["loss.beta", "loss.gamma"]),
        ({"loss": {"name": "focal"}}, ["loss.beta", "loss.reduction"]),
        ({"data": {"imbalance": "none"}}, ["data.imbalance_ratio", "data.subset_seed"]),
        ({"optim": {"schedule": "cosine"}}, ["optim.milestones", "optim.decay"]),
    ],
)
def test_stores_null_where_a_field_has_no_effect(config: dict[str, Any], unused: list[str]) -> None:
    flat = flatten(as_json(parse_config(config)))
    assert [path for path in unused if flat[path] is not None] == []


def test_subset_seed_stays_where_it_draws_a_split_without_imbalance() -> None:
    config = parse_config({"data": {"imbalance": "none", "validation_fraction": 0.1, "subset_seed": 3}})
    assert config.data.subset_seed == 3


def test_equal_experiments_have_equal_hashes() -> None:
    plain = parse_config({})
    assert config_hash(parse_config({"loss": {"beta": 0.9}, "threads": 2, "device": "cpu"})) == config_hash(
        plain
    )
    assert config_hash(parse_config({"seed": 1})) != config_hash(plain)
    assert setting_hash(parse_config({"seed": 1, "data": {"subset_seed": 4}})) == setting_hash(plain)
    assert setting_hash(parse_config({"loss": {"name": "focal"}})) != setting_hash(plain)


RATE_BEFORE = {"learning_rate": 0.1}
BEFORE = [
    ({"optim": RATE_BEFORE}, "d09c1b67abdc8926", "5147810ab5a94cc6"),
    (PRESETS["write_up"], "81710bf11c8bef08", "31608b53c13c4d80"),
    (
        {"model": {"activation": "leaky_relu", "dropout_fc": 0.3}, "optim": RATE_BEFORE, "seed": 5},
        "6aa16b839d8b6f89",
        "a12d62984c311a4c",
    ),
    (
        {"loss": {"name": "focal", **CB}, "optim": {**RATE_BEFORE, "schedule": "cosine"}, "threads": 2},
        "78473959473ec48d",
        "d5e530254e547cf5",
    ),
]
"""Configurations with the hashes that they had before the model had a width, a switch for batch norm and an
initial bias; those that named no rate were of 0.1."""


@pytest.mark.parametrize(("config", "experiment", "setting"), BEFORE)
def test_hashes_are_stable_across_versions(config: dict[str, Any], experiment: str, setting: str) -> None:
    """Stored hashes find equal runs: a change here orphans every stored one."""
    assert config_hash(parse_config(config)) == experiment
    assert setting_hash(parse_config(config)) == setting


@pytest.mark.parametrize("model", [{"batch_norm": False}, {"width": 8}, {"initial_bias": 0.0}])
def test_a_field_that_came_later_counts_where_it_is_not_at_its_default(model: dict[str, Any]) -> None:
    other, plain = parse_config({"model": model}), parse_config({})
    assert config_hash(other) != config_hash(plain)
    assert setting_hash(other) != setting_hash(plain)


def test_a_stored_configuration_is_completed_and_nothing_else() -> None:
    whole = as_json(RunConfig())
    before = {**whole, "model": {"name": "convnet4", "activation": "leaky_relu", "dropout_conv": 0.05,
                                 "dropout_fc": 0.1}}  # fmt: skip
    assert parse_config(before) == parse_config(completed(before))
    assert completed(before) == {**whole, "model": {**whole["model"], "activation": "leaky_relu"}}
    other = as_json(parse_config({"model": {"width": 8, "batch_norm": False, "initial_bias": -1.0}}))
    assert completed(other) == other


def test_a_completed_configuration_has_the_fields_of_the_form_in_its_order() -> None:
    whole = as_json(RunConfig())
    shuffled = {name: dict(reversed(below.items())) if isinstance(below, dict) else below
                for name, below in reversed(whole.items())}  # fmt: skip
    for stored in (whole, shuffled):
        assert json.dumps(completed(stored)) == json.dumps(whole)


def test_a_completed_configuration_keeps_unknown_fields_behind_the_known() -> None:
    """Those of a plugin that is not loaded, or of a field that is gone."""
    whole = as_json(RunConfig())
    kept = {**whole, "loss": {**whole["loss"], "old": 2}, "retired": 1}
    stored = {"retired": 1, **whole, "loss": {"old": 2, **whole["loss"]}}
    assert json.dumps(completed(stored)) == json.dumps(kept)


HASHES_WITHOUT_RULE = [(0.0, "27d25896a05e994b", None), (0.1, "ec4cd49697219328", "balanced")]


def test_a_run_of_before_the_rule_of_validation_is_equal_to_a_new_one() -> None:
    """Hashes as they were at the commit before the field came, and the stored form completed."""
    for fraction, digest, rule in HASHES_WITHOUT_RULE:
        config = parse_config({"data": {"validation_fraction": fraction}})
        assert config_hash(config) == digest
        stored = as_json(config)
        del stored["data"]["validation_rule"]
        assert completed(stored) == as_json(config)
        assert completed(stored)["data"]["validation_rule"] == rule
    other = {"data": {"validation_fraction": 0.1, "validation_rule": "stratified"}}
    assert config_hash(parse_config(other)) != HASHES_WITHOUT_RULE[1][1]
    idle = parse_config({"data": {"validation_rule": "stratified"}})
    assert config_hash(idle) == HASHES_WITHOUT_RULE[0][1]


def test_null_in_a_field_that_counts_means_its_default() -> None:
    assert parse_config({"loss": {**CB, "beta": None}}).loss.beta == 0.997


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_whole(name: str) -> None:
    config = preset(name)
    assert parse_config(as_json(config)) == config


@pytest.mark.parametrize(("name", "own"), [("write_up", ()), ("quick", ()), ("paper", ("model.depth",))])
def test_a_recipe_relies_on_no_default(name: str, own: tuple[str, ...]) -> None:
    """Every field that counts for a hash stands in it, also one without effect until another is changed."""
    written = flatten(PRESETS[name])
    assert written.keys() == leaf_fields().keys() - {"device", "threads"} - BROUGHT | {*own}
    assert written["loss.reduction"] == "batch_mean"


def test_the_write_up_keeps_its_hashes() -> None:
    assert config_hash(preset("write_up")) == "81710bf11c8bef08"
    assert setting_hash(preset("write_up")) == "31608b53c13c4d80"
    weighted = {"loss": {"name": "focal", "weighting": "class_balanced"}}
    assert config_hash(parse_config(merge(PRESETS["write_up"], weighted))) == "2b57231f2fc79d68"


def test_write_up_preset_is_the_write_ups_recipe() -> None:
    config = preset("write_up")
    assert (config.optim.batch_size, config.optim.learning_rate, config.optim.weight_decay) == (64, 0.1, 5e-4)
    assert (config.optim.epochs, config.optim.milestones, config.data.augment) == (10, (6, 8), False)
    assert config.data.imbalance_ratio == 100


def test_paper_preset_is_the_published_recipe() -> None:
    """Counts of classes and parameters as published: 5000 to 50 images, 464,154 parameters (Cao et al.)."""
    config = preset("paper")
    assert (config.model.name, as_json(config)["model"]["depth"]) == ("resnet_cifar", 32)
    assert (config.data.dataset, config.data.imbalance_ratio, config.data.augment) == ("cifar10", 100, True)
    optim = config.optim
    assert (optim.epochs, optim.batch_size, optim.learning_rate) == (200, 128, 0.1)
    assert (optim.momentum, optim.weight_decay, optim.nesterov) == (0.9, 2e-4, False)
    rates = learning_rates(optim)
    assert rates[:5] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.1])
    assert [rates[at] for at in (159, 160, 179, 180)] == pytest.approx([0.1, 0.001, 0.001, 1e-5])
    assert model_spec(config.model, 10, 32, head_of(config.loss)).parameters == 464_154


def test_unknown_preset_names_the_known() -> None:
    with pytest.raises(ConfigError) as caught:
        preset("paper2")
    assert "smoke, quick, recommended, paper, write_up" in caught.value.fields[0].message


configs = st.builds(
    lambda loss, weighting, beta, gamma, epochs, seed, ratio: {
        "loss": {"name": loss, "weighting": weighting, "beta": beta, "gamma": gamma},
        "optim": {"epochs": epochs},
        "data": {"imbalance_ratio": ratio},
        "seed": seed,
    },
    st.sampled_from(choices("loss.name")),
    st.sampled_from(choices("loss.weighting")),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 20),
    st.integers(1, 500),
    st.integers(0, 2**32 - 1),
    st.floats(1, 1e6),
)


@given(configs)
def test_json_round_trip_keeps_configuration_and_hash(data: dict[str, Any]) -> None:
    config = parse_config(data)
    again = parse_config(json.loads(json.dumps(as_json(config))))
    assert again == config
    assert config_hash(again) == config_hash(config)


@given(configs)
def test_typed_text_gives_the_same_configuration(data: dict[str, Any]) -> None:
    flat = flatten(as_json(parse_config(data)))
    for shown in (lambda value: "" if value is None else json.dumps(value).strip('[]"'), as_text):
        texts = {path: shown(value) for path, value in flat.items()}
        assert parse_config(from_text(texts)) == parse_config(data)


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("1-1e-4", "loss.beta", "write 1-1e-4 as 0.9999"),
        ("none", "seed", "whole number, got null"),
        ("0,5", "loss.beta", "write 0.5, with a point"),
    ],
)
def test_text_that_is_no_number_is_refused_by_name(text: str, path: str, words: str) -> None:
    assert words in refused(from_text({"loss.weighting": "class_balanced", path: text}))[path]


@pytest.mark.parametrize(
    ("text", "beta"),
    [("N=1000", 0.999), (" n = 10 ", 0.9), ("N=1", 0.0), ("N=1e4", 0.9999), ("N=333.5", 1 - 1 / 333.5)],
)
def test_beta_may_be_given_as_n(text: str, beta: float) -> None:
    config = parse_config(from_text({"loss.weighting": "class_balanced", "loss.beta": text}))
    assert config.loss.beta == pytest.approx(beta, rel=1e-12)
    assert parse_config({"loss": {**CB, "beta": text}}) == config


@pytest.mark.parametrize(
    ("text", "words"),
    [("N=0.5", "at least 1"), ("N=-3", "at least 1"), ("N=inf", "finite N"), ("N=nan", "finite N"),
     ("N=many", "must be a number"), ("N=", "must be a number"), ("M=10", "must be a number"),
     ("N=1e300", "less than 1")],
)  # fmt: skip
def test_an_n_that_gives_no_beta_is_refused(text: str, words: str) -> None:
    assert words in refused({"loss": {**CB, "beta": text}})["loss.beta"]


def test_a_cosine_run_can_be_read_again() -> None:
    config = parse_config({"optim": {"schedule": "cosine"}})
    assert parse_config(as_json(config)) == config


def test_flatten_and_nest_are_inverse() -> None:
    plain = as_json(RunConfig())
    assert nest(flatten(plain)) == plain
    assert list(flatten(plain)) == list(leaf_fields())


def test_merge_lays_over_without_touching_the_base() -> None:
    base = {"loss": {"name": "focal", "gamma": 2.0}, "seed": 1}
    assert merge(base, {"loss": {"gamma": 1.0}}) == {"loss": {"name": "focal", "gamma": 1.0}, "seed": 1}
    assert base["loss"] == {"name": "focal", "gamma": 2.0}


def test_json_and_toml_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"seed": 3, "optim": {"weight_decay": 5e-4, "milestones": [1, 2]}}')
    (tmp_path / "a.toml").write_text("seed = 3\n[optim]\nweight_decay = 5e-4\nmilestones = [1, 2]\n")
    assert read_config_file(tmp_path / "a.json") == read_config_file(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b"[1]", "must hold an object"),
        ("a.json", b"\xff\xfe", "not valid JSON"),
        ("a.toml", b"seed = ", "not valid TOML"),
    ],
)
def test_what_is_no_configuration_is_refused(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config_file(tmp_path / name)
    [problem] = caught.value.fields
    assert name in problem.path
    assert said in problem.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config_file(tmp_path / "none.json")
    assert "No such file" in caught.value.fields[0].message
