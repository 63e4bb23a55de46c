"""Type of the view of a run's kept predictions."""

from typing import Literal

from app.views.base import View
from trainer.metrics.fields import Figure


class PredictionsView(View):
    """What a network said to each image of a split after `epoch`, in the split's order.

    confidence: softmax probability of the predicted class, from the kept logits; null where it diverged.
    """

    epoch: int
    split: Literal["test", "validation"]
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    predicted: tuple[int, ...]
    confidence: tuple[Figure, ...]
