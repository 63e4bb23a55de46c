"""Class weights of a run: which formula, from the counts of the images that are really trained on.

The counts are those of the whole training set after thinning and splitting, never those of a batch. The
formulas themselves stand in `trainer.theory.class_balance`; where a weight acts is in `trainer.losses`.
"""

from collections.abc import Sequence

from trainer.config import LossConfig
from trainer.theory.class_balance import class_balanced_weights, inverse_frequency_weights
from trainer.theory.weight_advice import advice


def class_weights(counts: Sequence[int], loss: LossConfig) -> tuple[float, ...] | None:
    """One weight a class, summing to the number of classes; None where the loss is not weighted.

    Raises ValueError for a class without images, naming its index.
    """
    if loss.weighting == "none":
        return None
    if loss.weighting == "inverse_frequency":
        return tuple(inverse_frequency_weights(counts).tolist())
    assert loss.beta is not None, "a class-balanced LossConfig holds a beta"
    return tuple(class_balanced_weights(counts, loss.beta).tolist())


def weighting_advice(counts: Sequence[int], loss: LossConfig) -> str | None:
    """A sentence where the chosen beta cannot matter, as all weights are within 1 %; None elsewhere."""
    if loss.weighting != "class_balanced" or loss.beta is None:
        return None
    said = advice(counts, loss.beta)
    return said.text if said.effect in ("uniform", "no_effect") else None
