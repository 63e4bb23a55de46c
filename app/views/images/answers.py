"""What networks said to each image of a split, as figures by image: the kept logits, and means over seeds.

numpy, imported when first needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ImageAnswers:
    """Of N images in the split's order: true and predicted class, int64 [N], and softmax, float64 [N, C].

    loss: cross-entropy of each image, [N]. A network that diverged has NaN in both. source and fingerprint
    say which images they are.
    """

    epoch: int
    source: str
    fingerprint: str
    labels: "NDArray[Any]"
    predicted: "NDArray[Any]"
    probabilities: "NDArray[Any]"
    loss: "NDArray[Any]"

    @cached_property
    def right(self) -> "NDArray[Any]":
        """Whether the answer is the label, bool [N]."""
        hits: NDArray[Any] = self.predicted == self.labels
        return hits

    @cached_property
    def confidence(self) -> "NDArray[Any]":
        """Probability of the predicted class."""
        return self._of(self.predicted)

    @cached_property
    def truth(self) -> "NDArray[Any]":
        """Probability of the true class."""
        return self._of(self.labels)

    @cached_property
    def margin(self) -> "NDArray[Any]":
        """Probability of the predicted class less the largest of the others."""
        import numpy as np

        if self.probabilities.shape[1] < 2:
            return self.confidence
        others = self.probabilities.copy()
        others[np.arange(len(others)), self.predicted] = -np.inf
        margins: NDArray[Any] = self.confidence - others.max(axis=1)
        return margins

    def _of(self, classes: "NDArray[Any]") -> "NDArray[Any]":
        import numpy as np

        chosen: NDArray[Any] = self.probabilities[np.arange(len(classes)), classes]
        return chosen


def answers_of(found: "dict[str, NDArray[Any]]") -> ImageAnswers:
    """Of the arrays of a file of predictions, as `trainer.prediction_file` names them."""
    import numpy as np

    from trainer.metrics.outcome import losses

    labels, predicted = (found[name].astype(np.int64) for name in ("labels", "predicted"))
    loss, probabilities = losses(found["logits"].astype(np.float64), labels)
    about = int(found["epoch"]), str(found["source"]), str(found["fingerprint"])
    return ImageAnswers(*about, labels, predicted, probabilities, loss)


def ensemble(members: Sequence[ImageAnswers]) -> ImageAnswers:
    """The mean of their softmax, and what it answers; one member is itself. All are of the same images."""
    import numpy as np

    first, *others = members
    if not others:
        return first
    mean = sum((one.probabilities for one in others), first.probabilities) / len(members)
    with np.errstate(divide="ignore"):
        loss = -np.log(mean[np.arange(len(first.labels)), first.labels])
    return replace(first, predicted=mean.argmax(axis=1), probabilities=mean, loss=loss)


def neighbours(found: "NDArray[Any]", index: int) -> tuple[int | None, int | None, int | None]:
    """Of an image among those found, in their order: its place, and the numbers of the ones before and after;
    all None where it is not among them.
    """
    at = (found == index).nonzero()[0].tolist()
    if not at:
        return None, None, None
    place = int(at[0])
    before = int(found[place - 1]) if place else None
    return place, before, int(found[place + 1]) if place + 1 < len(found) else None


def in_order(values: "NDArray[Any]", is_falling: bool) -> "NDArray[Any]":
    """Places that sort the values, equal ones as they stand; what is not a number comes last."""
    import numpy as np

    keys = -values if is_falling else values
    places: NDArray[Any] = np.argsort(np.where(np.isnan(keys), np.inf, keys), kind="stable")
    return places
