"""What the network of a task is trained to: the loss of each image, in torch, and the rest in numpy.

Imports no torch: a loss imports what it needs when it is called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float32]
Values = NDArray[Any]


@dataclass(frozen=True)
class Objective:
    """A loss, and how outputs and targets belong together.

    per_image: outputs [N, ...] and targets [N, ...] -> the loss of each image [N]. predict: outputs -> what
    they say, in the targets' own units. constant: targets -> the prediction [1, ...] whose loss over them is
    least of those that are the same for every image.
    """

    name: str
    per_image: Callable[["Tensor", "Tensor"], "Tensor"]
    predict: Callable[[Floats], Values]
    constant: Callable[[Values], Values]


def squared_error(centre: tuple[float, ...] = (0.0,), scale: tuple[float, ...] = (1.0,)) -> Objective:
    """The mean square of output - (target - centre) / scale over the numbers of an image.

    centre and scale: in the targets' units, one for all or one for each number of a vector or channel of a
    map. They bring targets to about mean 0 and variance 1, which a network learns sooner, and losses of
    several units to one measure.
    """

    def per_image(outputs: "Tensor", targets: "Tensor") -> "Tensor":
        shape = (1, -1, *(1,) * (targets.ndim - 2))
        middle, spread = (targets.new_tensor(values).reshape(shape) for values in (centre, scale))
        return (outputs - (targets - middle) / spread).square().flatten(1).mean(1)

    def predict(outputs: Floats) -> Values:
        shape = (1, -1, *(1,) * (outputs.ndim - 2))
        middle, spread = (np.array(values, np.float32).reshape(shape) for values in (centre, scale))
        predictions: Values = middle + outputs * spread
        return predictions

    return Objective("squared error", per_image, predict, _mean)


def _mean(targets: Values) -> Values:
    mean: Values = targets.mean(0, keepdims=True, dtype=np.float64).astype(np.float32)
    return mean


def _cross_entropy(outputs: "Tensor", targets: "Tensor") -> "Tensor":
    """-log p_y of a softmax: logits [N, C], int64 [N] -> [N]."""
    from torch.nn import functional as F

    return F.cross_entropy(outputs, targets, reduction="none")


def _binary_cross_entropy(outputs: "Tensor", targets: "Tensor") -> "Tensor":
    """-log p of a sigmoid, the mean over an image's pixels: logits and targets [N, C, H, W] -> [N]."""
    from torch.nn import functional as F

    return F.binary_cross_entropy_with_logits(outputs, targets, reduction="none").flatten(1).mean(1)


def _most_likely(outputs: Floats) -> Values:
    labels: Values = outputs.argmax(1)
    return labels


def _most_frequent(targets: Values) -> Values:
    return np.array([np.bincount(targets).argmax()])


def _sigmoid(outputs: Floats) -> Values:
    probabilities: Values = np.exp(-np.logaddexp(0, -outputs))
    return probabilities


CROSS_ENTROPY = Objective("cross-entropy", _cross_entropy, _most_likely, _most_frequent)
"""Of classes; what it predicts is the most likely one."""
PIXEL_CROSS_ENTROPY = Objective("cross-entropy of each pixel", _binary_cross_entropy, _sigmoid, _mean)
"""Of a map of what is so or not (1 or 0); what it predicts is a probability."""
DIRECTION = squared_error()
"""Of (cos, sin) of an angle: the square of the chord, so that angles a whole turn apart are the same."""
