"""Methods by name: what stands in the table, and what each is as a configuration."""

from typing import Any

import pytest

from trainer.config import as_json, parse_config
from trainer.config_fields import flatten, leaf_fields, nest
from trainer.config_section import Section
from trainer.losses import LOSSES
from trainer.methods import KINDS, PLAIN, compared_paths, first_weighted_epoch, methods
from trainer.mixing import MIXINGS
from trainer.mixing.entry import Mixing
from trainer.sampling import SAMPLERS


def config_of(name: str) -> dict[str, Any]:
    """The method over the defaults, flat; a deferred epoch is 7, after the first drop of the default."""
    method = methods()[name]
    overrides = dict(method.overrides) | dict.fromkeys(method.deferred, 7)
    return flatten(as_json(parse_config(nest(overrides))))


def test_every_choice_of_the_registers_is_a_method() -> None:
    chosen = {(kind.path, methods()[name].overrides.get(kind.path)) for kind in KINDS for name in methods()}
    assert {name for path, name in chosen if path == "loss.name"} >= set(LOSSES.names)
    assert {name for path, name in chosen if path == "sampling.name"} >= set(SAMPLERS.names) - {"instance"}
    assert {name for path, name in chosen if path == "mixing.name"} >= set(MIXINGS.names) - {"none"}
    assert next(iter(methods())) == PLAIN


def test_a_choice_that_is_added_is_a_method() -> None:
    before = MIXINGS.snapshot()
    methods.cache_clear()
    try:
        MIXINGS.add(Mixing(name="swap", title="swap", short="swap", fields=Section, build=lambda _: None))
        MIXINGS.add(Mixing(name="focal", title="focal", short="f", fields=Section, build=lambda _: None))
        assert methods()["swap"].overrides == {"mixing.name": "swap"}
        assert methods()["focal"].overrides["loss.name"] == "focal", "a name that is taken stays whose it was"
        assert methods()["focal_mixing"].overrides == {"mixing.name": "focal"}
    finally:
        MIXINGS.restore(before)
        methods.cache_clear()


@pytest.mark.parametrize("name", methods())
def test_a_method_is_a_configuration_of_its_own_and_offers_what_counts_in_it(name: str) -> None:
    flat, method = config_of(name), methods()[name]
    assert method.overrides.keys() <= set(compared_paths())
    assert [path for path in method.fields if flat[path] is None] == []
    others = [config_of(other) for other in methods() if other != name]
    assert flat not in others
    assert "" not in (method.title, method.about), "a reader chooses by its words"


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("focal", {"loss.gamma": 2.0, "loss.weighting": "none"}),
        ("class_balanced_focal", {"loss.beta": 0.9999, "loss.gamma": 1.0, "loss.probability": "sigmoid",
                                  "loss.reduction": "batch_mean"}),
        ("ldam_drw", {"loss.max_margin": 0.5, "loss.scale": 30.0, "loss.beta": 0.9999,
                      "loss.weights_from": 7}),
        ("cdt", {"loss.tau": 0.0, "loss.vs_gamma": 0.2}),
        ("remix", {"mixing.alpha": 1.0, "mixing.kappa": 3.0, "mixing.tau": 0.5}),
        ("square_root_sampling", {"sampling.name": "square_root", "loss.name": "cross_entropy"}),
    ],
)  # fmt: skip
def test_a_method_has_the_numbers_of_its_paper(name: str, published: dict[str, Any]) -> None:
    flat = config_of(name)
    assert {path: flat[path] for path in published} == published


@pytest.mark.parametrize(
    ("epochs", "schedule", "milestones", "first"),
    [
        (200, "step", [160, 180], 161),
        (10, "step", [6, 8], 7),
        (200, "cosine", [160], 161),
        (10, "step", [], 9),
        (1, "step", [], 1),
        (5, "step", [6], 5),
        ("many", "step", ["x"], 1),
    ],
)
def test_weights_are_deferred_to_the_first_drop(
    epochs: Any, schedule: str, milestones: Any, first: int
) -> None:
    """161 of 200 is that of Cao et al. 2019."""
    flat = {"optim.epochs": epochs, "optim.schedule": schedule, "optim.milestones": milestones}
    assert first_weighted_epoch(flat) == first


def test_what_is_compared_and_what_is_common_are_all_fields() -> None:
    common = set(leaf_fields()) - set(compared_paths())
    assert {"data.dataset", "policy.name", "model.name", "optim.epochs", "seed"} <= common
    assert {path.partition(".")[0] for path in compared_paths()} == {
        "loss",
        "sampling",
        "mixing",
        "second_stage",
    }
