"""Control runs that tell a weighted loss from the smaller learning rate that comes with it. Imports no torch.

Under batch_mean, class weights multiply the loss by E, the mean weight of a training image (see
`trainer.weighting.mean_weight`), which for SGD is a smaller learning rate. Two factors, two levels each:
unweighted or weighted, at the full scale or at E times it. Loss, gamma and all else are those of the run.
"""

from collections.abc import Mapping
from typing import Any, Literal

from trainer.config import RunConfig, as_json, merge, parse_config
from trainer.config_optim import OptimConfig
from trainer.errors import ConfigError, FieldProblem

Weights = Literal["unweighted", "weighted"]
Scale = Literal["full", "scaled"]
Control = dict[tuple[Weights, Scale], RunConfig]


def control_of(config: RunConfig, mean_weight: float) -> Control:
    """The 2 x 2 around `config`, which is its own (weighted, scaled) cell; E = `mean_weight`.

    Raises ConfigError for a run without weights, whose reduction leaves no E to tell apart, or whose weights
    come later: one rate cannot stand for both parts of it.
    """
    if config.loss.reduction != "batch_mean":
        problem = FieldProblem("loss.reduction", "must be batch_mean, where weights change the loss's scale")
        raise ConfigError([problem], "Add the control to a class-weighted run under batch_mean.")
    if config.loss.weights_from != 1:
        problem = FieldProblem("loss.weights_from", "must be 1: before that epoch the rate is not scaled")
        raise ConfigError([problem], "Compare deferred weights under mean_one, which scales no rate.")
    plain = unweighted(config)
    return {
        ("unweighted", "full"): plain,
        ("unweighted", "scaled"): scaled_to(plain, mean_weight),
        ("weighted", "full"): at_mean_one(config),
        ("weighted", "scaled"): config,
    }


def unweighted(config: RunConfig) -> RunConfig:
    """The same loss and gamma without class weights."""
    return _with(config, {"loss": {"weighting": "none"}})


def at_mean_one(config: RunConfig) -> RunConfig:
    """The same class weights, scaled so that an average training image weighs 1."""
    return _with(config, {"loss": {"reduction": "mean_one"}})


def scaled_to(config: RunConfig, mean_weight: float) -> RunConfig:
    """The run whose loss is multiplied by E = `mean_weight`: learning rate times E, weight decay over E.

    Equal but for rounding. SGD with momentum keeps v <- m v + E g + d w and steps by r v; with u = v / E that
    is u <- m u + g + (d / E) w and steps by (r E) u. Decay is divided because it is no part of the loss, and
    so is not multiplied; a parameter without decay (the sigmoid form's last bias) has d = 0 on both sides.
    Raises ConfigError where E is not positive or the decay would leave its bounds.
    """
    if not mean_weight > 0:
        raise ConfigError([FieldProblem("loss", f"cannot be multiplied by {mean_weight:g}")])
    optim, most = config.optim, _largest_decay()
    rate, decay = optim.learning_rate * mean_weight, optim.weight_decay / mean_weight
    if decay > most:
        said = f"would be {decay:.3g}, that is {optim.weight_decay:g} / {mean_weight:.3g}; at most {most:g}"
        problem = FieldProblem("optim.weight_decay", said)
        raise ConfigError([problem], "Take a smaller weight decay, or a smaller beta.")
    return _with(config, {"optim": {"learning_rate": rate, "weight_decay": decay}})


def _with(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    return parse_config(merge(as_json(config), changes))


def _largest_decay() -> float:
    """The bound of optim.weight_decay."""
    [bound] = [rule.le for rule in OptimConfig.model_fields["weight_decay"].metadata if hasattr(rule, "le")]
    return float(bound)
