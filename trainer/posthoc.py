"""A trained network's logits, adjusted without training: for lengths of weights, a prior, and confidence.

    u = z, or (z - b) / |w|^norm with tau-normalisation         (Kang et al. 2020, equation 4)
    v = u - tau log pi + log q                                  (Menon et al. 2021, equation 9)
    p = softmax(v / T)                                          (Guo et al. 2017)

pi: the classes' shares of the training images; q: their shares where the network is to be used, none for
equal ones. At tau 1 that is the re-weighting of the posterior by q / pi (Saerens et al. 2002). Temperature
comes last, so that it changes probabilities and never an answer. numpy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.errors import DataError
from trainer.prediction_file import LastLayer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Adjustment:
    """What is done to logits; by default nothing.

    tau: of the prior. norm: tau of the weights, which drops the bias; None leaves both. prior: shares q of
    the classes, each above 0 and 1 in all; () for equal ones.
    """

    tau: float = 0.0
    norm: float | None = None
    temperature: float = 1.0
    prior: tuple[float, ...] = ()


def log_shares(counts: Sequence[float] | NDArray[np.int64]) -> Floats:
    """log(n_c / n) [C] of the training images of each class. Raises DataError for a class without any."""
    images = np.asarray(counts, dtype=np.float64)
    if (images <= 0).any():
        raise DataError(
            f"Class {int(np.argmin(images))} has no training images, and its logit cannot be adjusted.",
            "Take the class out of the data set, or leave tau at 0.",
        )
    found: Floats = np.log(images / images.sum())
    return found


def length_factors(norms: NDArray[np.floating], tau: float) -> Floats:
    """1 / |w_c|^tau [C]; 1 for a class whose weights are all 0."""
    lengths = np.asarray(norms, dtype=np.float64)
    found: Floats = np.where(lengths > 0, lengths, 1.0) ** -tau
    return found


def adjusted_logits(
    logits: NDArray[np.floating], layer: LastLayer, counts: Sequence[int], by: Adjustment
) -> Floats:
    """v / T [N, C] of the logits z [N, C] that `layer` makes, for training images of each class.

    Tau-normalisation is as exact as z, and holds where z = W h + b. Raises DataError as `log_shares`.
    """
    found = logits.astype(np.float64)
    if by.norm is not None:
        found -= layer.bias
        found *= length_factors(layer.weight_norms, by.norm)
    if by.tau:
        found -= by.tau * log_shares(counts)
    if by.prior:
        found += np.log(by.prior)
    if by.temperature != 1.0:
        found /= by.temperature
    return found


def answers_to(logits: Floats, before: NDArray[np.integer]) -> NDArray[np.int64]:
    """The class of the highest logit [N]; where several are highest, the answer of before if it is one.

    Kept logits are rounded: what ties in float16 was told apart when the network answered.
    """
    found = logits.argmax(axis=1)
    rows = np.arange(len(found))
    ties = logits[rows, before] == logits[rows, found]
    return np.where(ties, before, found).astype(np.int64)
