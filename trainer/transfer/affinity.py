"""How much better one source serves a target than another, whatever the unit of the target's loss.

Ordinal normalisation as in Taskonomy (Zamir et al., CVPR 2018, section 3.3) by the Analytic Hierarchy Process
(Saaty 1987): only which of two losses is the lower one counts, so any increasing change of a loss changes
nothing. Beside it the plain shares of images on which a transfer beats a reference.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEAST, MOST = 0.001, 0.999
"""The shares that a win may show: without them a source that always loses would have a ratio of zero."""


def win_matrix(losses: ArrayLike) -> Floats:
    """Of one target's losses [S, N], by source and held-out image: the shares of wins [S, S], clipped.

    [i, j] is the share of images on which source i has a lower loss than source j. Ties count half, so that
    [i, j] + [j, i] = 1 and the diagonal is .5. Raises ValueError for losses that are not [S, N] with at least
    one of each, and for a NaN, naming its source and image.
    """
    checked = _checked(losses)
    return np.clip([_share_won(own, checked) for own in checked], LEAST, MOST)


def priorities(wins: ArrayLike) -> Floats:
    """The Perron vector [S] of the win matrix [S, S] divided by its transpose: positive, summing to 1.

    The ratios are positive, so by Perron's theorem the eigenvalue of greatest modulus is real and simple, and
    its vector is positive; it also has the greatest real part, by which it is chosen here. Power iteration
    gets there as well, but slowly where sources beat each other in a circle (at clipped shares the second
    eigenvalue is then 0.998 of the first). The last product with the ratios only keeps what rounding could
    have made zero or negative positive. Raises ValueError for shares that are not square, or not above 0.
    """
    shares = np.asarray(wins, dtype=np.float64)
    if shares.ndim != 2 or shares.shape[0] != shares.shape[1] or not shares.size:
        raise ValueError(f"A win matrix is square and has a source at least, not {list(shares.shape)}.")
    if not (shares > 0).all():
        raise ValueError("Every share of a win matrix must be above 0; clip it first.")
    ratios = shares / shares.T
    values, vectors = np.linalg.eig(ratios)
    vector = ratios @ np.abs(vectors[:, values.real.argmax()].real)
    return np.asarray(vector / vector.sum(), dtype=np.float64)


def affinities(losses: ArrayLike) -> Floats:
    """Of one target's losses [S, N]: the affinity of each source [S], summing to 1, higher is better.

    Raises ValueError as `win_matrix`.
    """
    return priorities(win_matrix(losses))


def gain(losses: ArrayLike, from_scratch: ArrayLike) -> Floats:
    """Share of images [S] on which each transfer [S, N] has a lower loss than a network trained from scratch.

    The reference [N] saw the same small split as the transfers did; ties count half. Raises ValueError for
    shapes that do not fit, and for a NaN.
    """
    checked, reference = _checked(losses), _checked(np.asarray(from_scratch)[None])
    if reference.shape[1] != checked.shape[1]:
        raise ValueError(f"The reference has {reference.shape[1]} images, the transfers {checked.shape[1]}.")
    return 1 - _share_won(reference[0], checked)


def quality(losses: ArrayLike, fully_trained: ArrayLike) -> Floats:
    """The same [S] against the losses [N] of the target's own network, trained on the large split."""
    return gain(losses, fully_trained)


def _share_won(own: Floats, others: Floats) -> Floats:
    """[S]: of images on which `own` [N] is lower than each of `others` [S, N], ties half."""
    won: Floats = ((own < others) + 0.5 * (own == others)).mean(axis=1)
    return won


def _checked(losses: ArrayLike) -> Floats:
    checked = np.asarray(losses, dtype=np.float64)
    if checked.ndim != 2 or not checked.size:
        raise ValueError(
            f"Losses are given by source and image, at least one each, not {list(checked.shape)}."
        )
    if np.isnan(checked).any():
        source, image = np.argwhere(np.isnan(checked))[0]
        raise ValueError(f"The loss of source {source} on image {image} is not a number.")
    return checked
