"""Class weights of a run: which formula and which scale, from the counts of the images really trained on.

The counts are those of the whole training set after thinning and splitting, never those of a batch. The
formulas themselves stand in `trainer.class_balance`; where a weight acts is in `trainer.losses`.
Published weights average 1 over the classes, and so less than 1 over the images, most of which are of large
classes: their mean over the images multiplies the loss, and with it the learning rate. Those of a power are
published with the smallest class at 1; that is another scale only, so here they are scaled as the others.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.class_balance import class_balanced_weights, inverse_frequency_weights, power_weights
from trainer.config import LossConfig, RunConfig
from trainer.errors import ConfigError, FieldProblem
from trainer.weight_advice import advice
from trainer.weighting_words import Weighting


def class_weights(counts: Sequence[int], loss: LossConfig) -> tuple[float, ...] | None:
    """One weight a class, summing to the number of classes unless given by hand; None without weights.

    Raises ValueError for a class without images, naming its index, and ConfigError unless there are as many
    weights given by hand as classes.
    """
    formula = _FORMULAS.get(loss.weighting)
    return None if formula is None else tuple(formula(counts, loss).tolist())


def applied_weights(
    counts: Sequence[int], loss: LossConfig, shares: Sequence[float] | None = None
) -> tuple[float, ...] | None:
    """`class_weights` as they enter the loss: under mean_one scaled so that an average image weighs 1.

    shares: of each class in what is drawn, where images are not drawn alike.
    """
    weights = class_weights(counts, loss)
    if weights is None or loss.reduction != "mean_one":
        return weights
    mean = _mean_over_images(shares or counts, weights)
    return tuple(weight / mean for weight in weights)


def weighted_epochs(config: RunConfig) -> range:
    """The epochs (from 1) whose loss class weights multiply."""
    return range(config.loss.weights_from or 1, config.optim.epochs + 1)


def mean_weight(counts: Sequence[int], loss: LossConfig, shares: Sequence[float] | None = None) -> float:
    """E[w], by which weighting multiplies the loss: the mean weight, as applied, of a training image.

    sum p_c w_c under batch_mean, with the `shares` p of the classes in what is drawn (else of the images); 1
    without weights, under mean_one, and under weighted_mean, which divides by what the images of a batch
    weigh. Raises as `class_weights`.
    """
    weights = class_weights(counts, loss)
    if weights is None or loss.reduction != "batch_mean":
        return 1.0
    return _mean_over_images(shares or counts, weights)


def weighting_advice(counts: Sequence[int], loss: LossConfig) -> str | None:
    """A sentence where the chosen beta cannot matter, as all weights are within 1 %; None elsewhere."""
    if loss.weighting != "class_balanced" or loss.beta is None:
        return None
    said = advice(counts, loss.beta)
    return said.text if said.effect in ("uniform", "no_effect") else None


def _class_balanced(counts: Sequence[int], loss: LossConfig) -> NDArray[np.float64]:
    assert loss.beta is not None, "a class-balanced LossConfig holds a beta"
    return class_balanced_weights(counts, loss.beta)


def _by_power(counts: Sequence[int], loss: LossConfig) -> NDArray[np.float64]:
    assert loss.power is not None, "a LossConfig of weights by power holds it"
    return power_weights(counts, loss.power)


def _by_hand(counts: Sequence[int], loss: LossConfig) -> NDArray[np.float64]:
    given = loss.class_weights or ()
    if len(given) != len(counts):
        said = f"holds {len(given)} numbers, but the data set has {len(counts)} classes"
        raise ConfigError([FieldProblem("loss.class_weights", said)], "Give one weight a class.")
    return np.array(given)


_FORMULAS: Mapping[Weighting, Callable[[Sequence[int], LossConfig], NDArray[np.float64]]] = {
    "class_balanced": _class_balanced,
    "inverse_frequency": lambda counts, _: inverse_frequency_weights(counts),
    "inverse_sqrt": lambda counts, _: power_weights(counts, 0.5),
    "power": _by_power,
    "by_hand": _by_hand,
}


def _mean_over_images(drawn: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(map(operator.mul, drawn, weights)) / math.fsum(drawn)
