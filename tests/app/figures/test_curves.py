"""What the training criterion is called, and where it is the same quantity as the test loss."""

from typing import Any

import pytest

from app.figures.curves import criterion_name, is_plain
from trainer.config import as_json, parse_config


@pytest.mark.parametrize(
    ("loss", "name", "plain"),
    [
        ({}, "cross-entropy", True),
        ({"label_smoothing": 0.1}, "cross-entropy with label smoothing", False),
        ({"weighting": "inverse_sqrt"}, "inverse-square-root cross-entropy", False),
        ({"name": "focal", "weighting": "class_balanced"}, "class-balanced focal loss", False),
        ({"name": "balanced_softmax"}, "balanced softmax", False),
        ({"name": "ldam", "weighting": "power"}, "power-weighted LDAM loss", False),
        ({"name": "vs", "weighting": "by_hand", "class_weights": [1]}, "hand-weighted VS loss", False),
    ],
)
def test_criterion_by_its_loss_and_weights(loss: dict[str, Any], name: str, plain: bool) -> None:
    config = as_json(parse_config({"loss": loss}))
    assert (criterion_name(config), is_plain(config)) == (name, plain)


def test_mixed_labels_are_another_quantity_than_the_test_loss() -> None:
    for name, word in (("mixup", "mixup"), ("cutmix", "CutMix")):
        config = as_json(parse_config({"mixing": {"name": name}, "loss": {"name": "focal"}}))
        assert criterion_name(config) == f"focal loss, {word}"
        assert not is_plain(as_json(parse_config({"mixing": {"name": name}})))


def test_a_second_stage_is_trained_by_plain_cross_entropy_whatever_the_first() -> None:
    first = {"mixing": {"name": "mixup"}, "loss": {"name": "focal", "weighting": "class_balanced"}}
    config = as_json(parse_config({**first, "second_stage": {"name": "lws"}}))
    assert (criterion_name(config), is_plain(config)) == ("cross-entropy", True)


def test_a_configuration_of_before_label_smoothing_is_plain() -> None:
    assert is_plain({"loss": {"name": "cross_entropy", "weighting": "none"}})


def test_what_is_not_loaded_is_called_by_its_name() -> None:
    assert criterion_name({"loss": {"name": "my_loss", "weighting": "my_own"}}) == "my-own my loss"
