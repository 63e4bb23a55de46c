"""Metrics of probabilities, a softmax of the logits: [N, C] against labels [N].

None without images, and where a logit is not finite.

A probability that lies on an edge of two bins counts in the lower one; 15 bins of equal width, as published.
Errors are the plain ones of that definition, not corrected for the bias that few images give them.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trainer.metrics.outcome import Counts, Floats, Outcome

BINS = 15


class Reliability(NamedTuple):
    """By bin of probability [BINS]: the weight of images, their summed probability, and of those found."""

    weight: "Floats"
    confidence: "Floats"
    found: "Floats"

    @property
    def error(self) -> float:
        """sum over bins of |share found - mean confidence|, by images (Guo et al. 2017)."""
        import numpy as np

        return float(np.abs(self.found - self.confidence).sum() / self.weight.sum())


def reliability(
    confidence: "Floats", right: "NDArray[np.bool_]", weights: "Floats | None" = None
) -> Reliability:
    """Images by how sure the network is of them; all [N], N > 0. weights: what each image counts for."""
    import numpy as np

    each = np.ones(len(confidence)) if weights is None else weights
    places = _bins(confidence)
    sums = (np.bincount(places, values, BINS) for values in (each, each * confidence, each * right))
    return Reliability(*(one.astype(np.float64) for one in sums))


def class_errors(p: "Floats", labels: "Counts", weights: "Floats | None" = None) -> "Floats":
    """[C]: the error of each class's own probability against whether the image is of it (Kull et al. 2019).

    Most probabilities lie in the lowest bin: only the others are looked for, the rest follows from totals.
    """
    import numpy as np

    size = p.shape[1]
    each = np.ones(len(p)) if weights is None else weights
    places = np.flatnonzero(p > 1 / BINS)
    images, classes = np.divmod(places, size)
    values = p.ravel()[places]
    above = _bins(values)
    cells = classes * BINS + above
    confidence = _sums(cells, each[images] * values, size)
    found = _sums(cells, each[images] * (labels[images] == classes), size)
    confidence[:, 0] += each @ p - confidence.sum(axis=1)
    found[:, 0] += np.bincount(labels, each, size) - found.sum(axis=1)
    errors: Floats = np.abs(found - confidence).sum(axis=1) / each.sum()
    return errors


def _sums(cells: "Counts", values: "Floats", classes: int) -> "Floats":
    """[classes, BINS]: the sum in each cell. Of nothing at all, numpy's count is of whole numbers."""
    import numpy as np

    return np.bincount(cells, values, classes * BINS).astype(np.float64).reshape(classes, BINS)


def ece(of: "Outcome") -> float | None:
    """Of the answers: the highest probability against whether it was right."""
    p, labels = of.probabilities, of.labels
    if p is None or labels is None:
        return None
    return reliability(p.max(axis=1), p.argmax(axis=1) == labels).error


def classwise_ece(of: "Outcome") -> float | None:
    """Mean over classes of the error of each one's own probability (Kull et al. 2019)."""
    p, labels = of.probabilities, of.labels
    if p is None or labels is None:
        return None
    return float(class_errors(p, labels).mean())


def _bins(values: "Floats") -> "Counts":
    import numpy as np

    edges = np.linspace(0, 1, BINS + 1)
    places: Counts = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, BINS - 1)
    return places


def brier(of: "Outcome") -> float | None:
    """Mean over images of the squared distance to the truth, summed over classes (Brier 1950): 0 to 2."""
    import numpy as np

    p, labels = of.probabilities, of.labels
    if p is None or labels is None:
        return None
    of_truth = np.take_along_axis(p, labels[:, None], axis=1)[:, 0]
    return float(((p**2).sum(axis=1) - 2 * of_truth + 1).mean())


def auroc(of: "Outcome") -> float | None:
    """Mean over classes of the chance that an image of the class has a higher probability of it than another.

    One against the rest (Hand and Till 2001 have it and its kin); ties count half. Classes without images,
    or without others, are left out.
    """
    import numpy as np

    p, labels = of.probabilities, of.labels
    if p is None or labels is None:
        return None
    found = []
    for index in range(p.shape[1]):
        own = labels == index
        positive, negative = int(own.sum()), int((~own).sum())
        if positive and negative:
            _, place, ties = np.unique(p[:, index], return_inverse=True, return_counts=True)
            ranks = np.cumsum(ties) - (ties - 1) / 2  # mid-ranks, from 1
            above = ranks[place[own]].sum() - positive * (positive + 1) / 2
            found.append(above / (positive * negative))
    return float(np.mean(found)) if found else None
