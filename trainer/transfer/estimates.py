"""How well a source's features suit a target's labels, by formula, without training: higher is better.

N images, D features. Classes are those that the labels name: one without images has no term in any of the
three. Each raises ValueError for shapes that do not fit, figures that are not finite, and labels of fewer
than two classes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_TOLERANCE, _MOST_STEPS = 1e-10, 1000
_ROUNDING = 1e-12
_EXACT = 1e-16
"""What is left of a class by no more than this share of its sum of squares is rounding."""


def log_me(features: ArrayLike, labels: ArrayLike) -> float:
    """Logarithm of the maximum evidence by image (You et al., ICML 2021): the mean over classes.

    features [N, D], as they are: the model has neither a constant nor a centring; labels [N]. By class, y [N]
    is 1 on its images and 0 elsewhere, w ~ N(0, I / alpha) and y ~ N(Fw, I / beta), so that
    ln p(y) = N/2 ln beta + D/2 ln alpha - N/2 ln 2 pi - beta/2 |Fm - y|^2 - alpha/2 |m|^2 - 1/2 ln |A| with
    A = alpha I + beta F'F and m = beta A^-1 F'y, at the alpha and beta that make it greatest.

    Those are found by the paper's fixed point, alpha = g / |m|^2 and beta = (N - g) / |Fm - y|^2 with
    g = sum s / (s + alpha / beta) over the squared singular values s of F, here run to its end, and from the
    best of a grid of alpha / beta: the evidence can have several peaks, or be greatest where that ratio is 0
    or infinite (features that y does not follow). Also raises ValueError for a class that fewer features than
    images give without error, as its evidence has no bound.
    """
    checked, places, names = _checked(features, labels)
    basis, singular = _svd(checked)
    truth = (places[:, None] == np.arange(len(names))).astype(np.float64)
    along = basis.T @ truth
    rest = ((truth - basis @ along) ** 2).sum(axis=0)
    exact = rest <= _EXACT * truth.sum(axis=0)
    if len(singular) < len(checked) and exact.any():
        raise ValueError(
            f"Class {names[exact.argmax()]} is given by the features without error: "
            "the evidence of its model has no bound."
        )
    models = _Models(len(checked), singular**2, along**2, rest)
    return float(models.greatest_evidence().mean() / len(checked))


@dataclass(frozen=True)
class _Models:
    """C linear models of the same features, in the basis of their left singular vectors (rank R)."""

    images: int
    s: Floats
    """[R], squared singular values."""
    y: Floats
    """[R, C], squared coordinates of the classes' truths in the basis."""
    rest: Floats
    """[C], squared length of what lies outside it."""

    def evidence(self, ratio: Floats) -> Floats:
        """ln p(y) at alpha / beta [C], with the beta that makes it greatest there."""
        kept = ratio / (ratio + self.s[:, None])
        variance = (self.rest + (self.y * kept).sum(axis=0)) / self.images
        constant = self.images * (math.log(2 * math.pi) + 1)
        found: Floats = (np.log(kept).sum(axis=0) - self.images * np.log(variance) - constant) / 2
        return found

    def step(self, ratio: Floats) -> Floats:
        """The fixed point's next alpha / beta, [C]."""
        kept = ratio / (ratio + self.s[:, None])
        error = self.rest + (self.y * kept**2).sum(axis=0)
        squared = (self.y * self.s[:, None] / (ratio + self.s[:, None]) ** 2).sum(axis=0)
        left = self.images - len(self.s) + kept.sum(axis=0)  # N - g, without cancellation
        with np.errstate(divide="ignore"):  # by a class that no feature follows
            found: Floats = (1 - kept).sum(axis=0) / squared * error / left
        return found

    def greatest_evidence(self) -> Floats:
        """[C]; ratios further off than the grid's ends are as good as 0 and infinity."""
        if not len(self.s):
            return self.evidence(np.ones_like(self.rest))
        grid = np.geomspace(1e-10 * self.s.min(), 1e10 * self.s.max(), 200)
        ratio = grid[np.argmax([self.evidence(np.full_like(self.rest, at)) for at in grid], axis=0)]
        for _ in range(_MOST_STEPS):
            before, ratio = ratio, self.step(ratio).clip(grid[0], grid[-1])
            if (np.abs(np.log(ratio / before)) < _TOLERANCE).all():
                break
        return self.evidence(ratio)


def leep(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Log expected empirical prediction (Nguyen et al., ICML 2020): at most 0.

    probabilities [N, Z]: of the source's own classes, for each of the target's images; labels [N]. The mean
    over images of ln sum_z P(y | z) p_z, with P(y, z) the mean over images of p_z where the label is y, 0
    elsewhere. A source class that has no probability anywhere has no term. Also raises ValueError for rows
    that are no distributions.
    """
    p, places, names = _checked(probabilities, labels)
    if (p < 0).any() or (np.abs(p.sum(axis=1) - 1) > 1e-4).any():
        raise ValueError("Probabilities are at least 0, and each image's sum to 1.")
    joint = np.stack([p[places == at].sum(axis=0) for at in range(len(names))])
    of_source = joint.sum(axis=0)
    given = np.divide(joint, of_source, out=np.zeros_like(joint), where=of_source > 0)
    return float(np.log((given[places] * p).sum(axis=1)).mean())


def h_score(features: ArrayLike, labels: ArrayLike, shrinkage: float | None = None) -> float:
    """trace(cov(f)^-1 cov(E[f | y])) (Bao et al., ICIP 2019), from shrunk covariances.

    features [N, D], labels [N]; covariances divide by N. With S = cov(f), a the `shrinkage` (0 to 1; None for
    `ledoit_wolf`) and mu = trace(S) / D, S becomes (1 - a) S + a mu I and cov(E[f | y]) becomes (1 - a) times
    itself (Ibrahim et al. 2021, "Newer is not always better"). At shrinkage 0 it is the published score, with
    the pseudo-inverse where S has no other; that is at its maximum, one less than the classes, for any
    features that outnumber the images. Also raises ValueError for features that are the same on all images.
    """
    checked, places, names = _checked(features, labels)
    centred = _centred(checked)
    share = ledoit_wolf(checked) if shrinkage is None else shrinkage
    if not 0 <= share <= 1:
        raise ValueError(f"Shrinkage lies between 0 and 1, not {share}.")
    basis, singular = _svd(centred)
    variances = singular**2 / len(checked)
    means = np.stack([basis[places == at].mean(axis=0) for at in range(len(names))])
    between = variances * (np.bincount(places) @ means**2)
    shrunk = (1 - share) * variances + share * variances.sum() / checked.shape[1]
    return float(((1 - share) * between / shrunk).sum())


def ledoit_wolf(features: ArrayLike) -> float:
    """The shrinkage of the covariance of features [N, D] towards mu I (Ledoit and Wolf 2004): 0 to 1.

    min(b, d) / d with d = |S - mu I|^2 and b = sum over images of |x x' - S|^2 / N^2, in Frobenius norms and
    centred x. S = mu I needs none: 0. Raises ValueError for features that are the same on all images.
    """
    centred = _centred(_finite(features))
    images, width = centred.shape
    gram = centred @ centred.T if images < width else centred.T @ centred
    square, trace = float((gram**2).sum()) / images**2, float(np.trace(gram)) / images
    to_target = square - trace**2 / width
    lengths = (centred**2).sum(axis=1)
    noise = (float((lengths**2).sum()) / images - square) / images
    if to_target <= _ROUNDING * square:
        return 0.0
    return float(min(max(noise, 0.0), to_target) / to_target)


def _svd(features: Floats) -> tuple[Floats, Floats]:
    """Left singular vectors [N, R] and singular values [R] up to the rank R, rounding aside."""
    basis, singular, _ = np.linalg.svd(features, full_matrices=False)
    kept = singular > singular[0] * max(features.shape) * np.finfo(float).eps
    return basis[:, kept], singular[kept]


def _centred(features: Floats) -> Floats:
    centred: Floats = features - features.mean(axis=0)
    if np.abs(centred).max() <= _ROUNDING * np.abs(features).max():
        raise ValueError("The features are the same on all images: they have no covariance.")
    return centred


def _checked(figures: ArrayLike, labels: ArrayLike) -> tuple[Floats, NDArray[np.intp], NDArray[np.generic]]:
    """The figures, the places of the labels among the classes, and the classes' names."""
    checked, given = _finite(figures), np.asarray(labels)
    if given.shape != (len(checked),):
        raise ValueError(f"One label for each of {len(checked)} images, not {list(given.shape)}.")
    names, places = np.unique(given, return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"All images are of class {names[0]}: there is nothing to tell apart.")
    return checked, places, names


def _finite(figures: ArrayLike) -> Floats:
    checked = np.asarray(figures, dtype=np.float64)
    if checked.ndim != 2 or not checked.size:
        raise ValueError(f"Figures are given by image and column, one each at least: {list(checked.shape)}.")
    if not np.isfinite(checked).all():
        image, column = np.argwhere(~np.isfinite(checked))[0]
        raise ValueError(
            f"Column {column} of image {image} is {checked[image, column]}, not a finite number."
        )
    return checked
