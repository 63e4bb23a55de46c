"""The rate at which a loss really trains, and what class weights do to it, said before a launch.

Under batch_mean the weights multiply the loss by E[w], the mean weight of a training image, and so the rate.
That product is the effective rate. It is approximate: focal's own factor and the classes' unequal gradients
are not in it, and weight decay is not multiplied.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.formats import setting, significant
from app.views.preview.view import Preview
from trainer.config import LossConfig, completed
from trainer.config_fields import flatten
from trainer.config_meaning import BESIDE_WEIGHTS, WEIGHTS
from trainer.config_sections import SamplingConfig
from trainer.sampling import SAMPLERS, sampling_of
from trainer.stages import NONE

_ALIKE = 1.1
"""Effective rates differ where the larger is more than this many times the smaller: by more than 10 %."""
_ROUNDING = 1 + 1e-9
"""0.11 is no more than 10 % above 0.1, whichever way the two were computed."""


def mean_weight_of(config: Mapping[str, Any], train_counts: Sequence[int]) -> float:
    """Mean weight of a training image as applied to the loss of this (stored) configuration."""
    if config["loss"]["weighting"] == "none":
        return 1.0
    from trainer.weighting import mean_weight  # brings numpy, which the web process starts without

    told = {path.partition(".")[2] for path in WEIGHTS}
    loss = LossConfig.model_validate({name: value for name, value in config["loss"].items() if name in told})
    return mean_weight(train_counts, loss, shares_of(config, train_counts))


def shares_of(config: Mapping[str, Any], train_counts: Sequence[int]) -> Sequence[float] | None:
    """Of the classes in what a (stored) configuration draws while it weights; None where it is as images are.

    None, too, where it is not known how they were drawn, as by the sampler of a plugin that is not loaded.
    """
    name = config.get("sampling", {}).get("name", "instance")
    if name == "instance" or SAMPLERS.get(name) is None:
        return None
    whole = completed(config)
    epochs, first = whole["optim"]["epochs"], whole["loss"]["weights_from"] or 1
    sampling = sampling_of(SamplingConfig.model_validate(whole["sampling"]), train_counts, epochs)
    return sampling.mean_shares(range(first, epochs + 1))


def is_scaled_throughout(config: Mapping[str, Any]) -> bool:
    """Whether class weights multiply the loss, and with it the rate, of every epoch of this configuration."""
    loss = config.get("loss", {})
    return loss.get("reduction") == "batch_mean" and (loss.get("weights_from") or 1) == 1


def rates_differ(one: float, *others: float) -> bool:
    """Whether the largest of these effective rates is more than 10 % above the smallest.

    A mean weight is one too: `rates_differ(mean_weight, 1.0)` says whether it shifts the rate.
    """
    rates = (one, *others)
    return max(rates) > _ALIKE * _ROUNDING * min(rates)


_NAMED = 4
_SAME = 1.001


def scale_sentence(config: Mapping[str, Any], mean_weight: float) -> str:
    """How weights that do not average 1 change the rate; "" where they do. `config` as it is stored."""
    if not rates_differ(mean_weight, 1.0):
        return ""
    rate = config["optim"]["learning_rate"]
    first = config["loss"].get("weights_from") or 1
    if first > 1:
        return (
            f"From epoch {first} on, the first that is weighted, an average training image weighs "
            f"{significant(mean_weight)}: with batch_mean that multiplies the rate of each epoch from there "
            "on, as a further drop of the schedule would. Under mean_one the rate keeps its meaning."
        )
    return (
        f"An average training image weighs {significant(mean_weight)}: with batch_mean that multiplies the "
        f"loss, so the learning rate of {setting(rate)} acts like about {significant(rate * mean_weight)}. "
        "Beside an unweighted run, what the weights do and what the smaller rate does are one; the control "
        "tells them apart."
    )


def rates_sentence(views: Mapping[str, Preview], labels: Mapping[str, str]) -> str:
    """Names settings of one learning rate whose effective rates differ by more than 10 %; "" without any.

    Rates that are told to differ, as on an axis, are no news. Nor is it where all are controlled, or of a
    second stage, which has its own rate.
    """
    if are_controlled(views.values()):
        return ""
    by_rate: dict[float, list[str]] = {}
    for key, view in views.items():
        if view.config["second_stage"]["name"] != NONE:
            continue
        by_rate.setdefault(view.config["optim"]["learning_rate"], []).append(key)
    groups = [keys for keys in by_rate.values() if rates_differ(*(views[key].effective_rate for key in keys))]
    apart = [key for keys in groups for key in keys]
    if not apart:
        return ""
    apart.sort(key=lambda key: -views[key].effective_rate)
    named = [f"{labels[key]} at {significant(views[key].effective_rate)}" for key in _ends(apart)]
    rest = len(apart) - len(named)
    told = "; ".join(named) + (f" ({rest} more between)" if rest else "")
    return (
        f"Effective learning rates differ by more than 10 %: {told}. Rows would differ in the rate as well "
        "as in the loss."
    )


def are_controlled(views: Collection[Preview]) -> bool:
    """Whether each setting whose weights shift its rate has an unweighted one of that rate beside it."""
    return all(_has_control(view, views) for view in views)


def _ends(keys: Sequence[str]) -> Sequence[str]:
    """The highest and the lowest where there are too many to name."""
    return keys if len(keys) <= _NAMED else (*keys[: _NAMED // 2], *keys[-(_NAMED // 2) :])


def _has_control(view: Preview, beside: Collection[Preview]) -> bool:
    """True, too, for a setting that needs none."""
    if not rates_differ(view.mean_weight, 1.0):
        return True
    return any(
        other.config["loss"]["weighting"] == "none"
        and all(flatten(other.config)[path] == flatten(view.config)[path] for path in BESIDE_WEIGHTS)
        and 1 / _SAME < other.effective_rate / view.effective_rate < _SAME
        for other in beside
    )
