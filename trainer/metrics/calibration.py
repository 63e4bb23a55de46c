"""Metrics of probabilities, a softmax of the logits: [N, C] against labels [N].

None without images, and where a logit is not finite.

A probability that lies on an edge of two bins counts in the lower one; 15 bins of equal width, as published.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from trainer.metrics.outcome import Floats, Outcome

BINS = 15


def expected_calibration_error(confidence: "Floats", right: "NDArray[np.bool_]") -> float:
    """sum over bins of |share found - mean confidence|, by images (Guo et al. 2017); both [N], N > 0."""
    import numpy as np

    edges = np.linspace(0, 1, BINS + 1)
    places = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, BINS - 1)
    gaps = np.bincount(places, right, BINS) - np.bincount(places, confidence, BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def ece(of: "Outcome") -> float | None:
    """Of the answers: the highest probability against whether it was right."""
    p, labels = of.probabilities, of.labels
    if p is None or labels is None:
        return None
    return expected_calibration_error(p.max(axis=1), p.argmax(axis=1) == labels)


def classwise_ece(of: "Outcome") -> float | None:
    """Mean over classes of the error of each one's own probability (Kull et al. 2019)."""
    p, labels = of.probabilities, of.labels
    if p is None or labels is None:
        return None
    errors = [expected_calibration_error(p[:, index], labels == index) for index in range(p.shape[1])]
    return sum(errors) / len(errors)


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
