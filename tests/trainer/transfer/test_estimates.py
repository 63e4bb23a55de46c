"""LogME, LEEP and H-score: hand-worked values, each formula written out another way, and where they end."""

import math

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf_shrinkage

from trainer.transfer.estimates import h_score, ledoit_wolf, leep, log_me

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@st.composite
def images(draw: st.DrawFn, more: int = 12) -> tuple[Floats, Labels]:
    """Features that follow the labels more or less, with more or fewer images than features."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, width, classes = draw(st.integers(4, more)), draw(st.integers(1, 6)), draw(st.integers(2, 3))
    labels = np.concatenate([np.arange(classes), random.integers(0, classes, count - classes)])
    middle = draw(st.sampled_from([0.0, 0.5, 2.0])) * random.normal(size=(classes, width))
    scale = draw(st.sampled_from([1e-3, 1.0, 50.0]))
    return scale * (middle[labels] + random.normal(size=(count, width)) + 0.3), labels


def exact_log_evidence(features: Floats, y: NDArray[np.generic], alpha: float, beta: float) -> float:
    """ln N(y; 0, I / beta + F F' / alpha), from the covariance itself."""
    covariance = np.eye(len(y)) / beta + features @ features.T / alpha
    factor = np.linalg.cholesky(covariance)
    white = scipy.linalg.solve_triangular(factor, y, lower=True)
    constant = len(y) * math.log(2 * math.pi)
    return float(-(white @ white + constant) / 2 - np.log(np.diag(factor)).sum())


def greatest_log_evidence(features: Floats, y: Floats) -> float:
    """By a simplex over ln alpha and ln beta from several starts; the ends stand for 0 and infinity."""
    scale = float((features**2).sum() / len(features))

    def loss(at: Floats) -> float:
        alpha, beta = np.exp(np.clip(at, -40, 40))
        return -exact_log_evidence(features, y, alpha * scale, beta)

    starts = [(a, b) for a in (-3.0, 2.0, 9.0) for b in (1.0, 4.0)]
    return max(
        -float(minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10}).fun)
        for start in starts
    )


def test_golden_evidence() -> None:
    """One feature, s = 3: class 0 is likeliest at alpha / beta = 3/5, beta = 9/2, class 1 at infinity, 2."""
    features, labels = np.array([[1.0], [1], [1], [0]]), np.array([0, 0, 1, 1])
    constant = 2 * (math.log(2 * math.pi) + 1)
    by_hand = [math.log(1 / 6) / 2 - 2 * math.log(2 / 9) - constant, 2 * math.log(2) - constant]
    covariances = [np.eye(4) * 2 / 9 + features @ features.T * 10 / 27, np.eye(4) / 2]
    by_density = [
        multivariate_normal(np.zeros(4), covariance).logpdf(labels == at)
        for at, covariance in enumerate(covariances)
    ]
    assert by_hand == pytest.approx(by_density)
    assert log_me(features, labels) == pytest.approx(sum(by_hand) / 8, rel=1e-10)
    assert log_me(features, labels) == pytest.approx(-0.981617, abs=5e-7)


@pytest.mark.slow
@given(images(more=9))
def test_evidence_is_the_greatest_of_the_exact_one(drawn: tuple[Floats, Labels]) -> None:
    features, labels = drawn
    try:
        found = log_me(features, labels)
    except ValueError:
        rank = np.linalg.matrix_rank(features)
        truths = (labels == at for at in np.unique(labels))
        assert rank < len(labels)
        assert any(np.linalg.matrix_rank(np.column_stack([features, own])) == rank for own in truths)
        return
    greatest = [greatest_log_evidence(features, (labels == at).astype(float)) for at in np.unique(labels)]
    assert found == pytest.approx(np.mean(greatest) / len(labels), abs=1e-5)


@pytest.mark.slow
def test_the_higher_of_two_peaks_is_found() -> None:
    """Class 1 follows the second feature, a thousandth of the first one; from a ratio of 1 the iteration ends
    at the lower peak, 3.1 (-11.9), and not at 7e-8 (-4.9)."""
    first = [1.0, -1, 0, 1, -1, 0, 2, 0, 0, 1, 2, 0]
    second = np.array([0, 0.5, 0, 0, 0.5, 0, 0.5, 1.5, 1.5, 1, 0.5, 1.5]) / 1000
    features, labels = np.column_stack([first, second]), np.repeat([0, 1], 6)
    ratios, betas = np.geomspace(1e-9, 1e6, 90), np.geomspace(0.5, 50, 40)
    greatest = [
        max(exact_log_evidence(features, y, ratio * beta, beta) for ratio in ratios for beta in betas)
        for y in (labels == 0, labels == 1)
    ]
    assert greatest == pytest.approx([-12.87, -4.91], abs=0.05)
    assert log_me(features, labels) == pytest.approx(sum(greatest) / 24, abs=0.005)


@given(images())
def test_evidence_knows_no_scale_nor_turn(drawn: tuple[Floats, Labels]) -> None:
    features, labels = drawn
    turned = features @ np.linalg.qr(np.random.default_rng(0).normal(size=(features.shape[1],) * 2))[0]
    before = log_me(features, labels)
    assert log_me(1e4 * turned, labels + 5) == pytest.approx(before, rel=1e-6, abs=1e-9)
    wider = np.hstack([features, np.zeros((len(features), 2))])
    assert log_me(wider, labels) == pytest.approx(before, rel=1e-6, abs=1e-9)


def test_evidence_of_features_without_variation() -> None:
    """Of zeros only the noise is left, 1 / beta = the class's share; a constant is a feature like another."""
    labels = np.array([0, 0, 0, 1])
    noise = [-2 * (math.log(2 * math.pi * share) + 1) for share in (0.75, 0.25)]
    assert log_me(np.zeros((4, 3)), labels) == pytest.approx(sum(noise) / 8)
    constant = np.full((4, 1), 2.0)
    greatest = [greatest_log_evidence(constant, (labels == at).astype(float)) for at in (0, 1)]
    assert log_me(constant, labels) == pytest.approx(sum(greatest) / 8, abs=1e-6)


def test_a_class_that_features_give_without_error_is_named() -> None:
    labels = np.array([4, 4, 7, 7, 9])
    features = np.column_stack([[0.3, 1, 2, -1, 0.2], labels == 7])
    with pytest.raises(ValueError, match="Class 7 is given by the features without error"):
        log_me(features, labels)


def test_golden_leep() -> None:
    p = [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75], [0.5, 0.5]]
    assert leep(p, [0, 0, 1, 1]) == pytest.approx(math.log(9 / 32) / 2, rel=1e-12)
    assert by_double_loop(np.array(p), np.array([0, 0, 1, 1])) == pytest.approx(math.log(9 / 32) / 2)


def by_double_loop(p: Floats, labels: Labels) -> float:
    """Nguyen et al., section 3: the empirical conditional of each pair of classes, then the predictor."""
    total = 0.0
    for image, label in enumerate(labels):
        expected = 0.0
        for z in range(p.shape[1]):
            if p[:, z].sum() > 0:
                of_label = sum(p[other, z] for other in range(len(p)) if labels[other] == label)
                expected += of_label / p[:, z].sum() * p[image, z]
        total += math.log(expected)
    return total / len(labels)


@given(st.integers(0, 2**32 - 1), st.integers(2, 15), st.integers(1, 5), st.booleans())
def test_leep_is_its_double_loop(seed: int, count: int, sources: int, is_sparse: bool) -> None:
    random = np.random.default_rng(seed)
    labels = np.concatenate([[0, 3], random.integers(0, 4, count - 2)])
    p = random.dirichlet(np.ones(sources), count)
    if is_sparse:
        p = np.hstack([(p == p.max(axis=1, keepdims=True)).astype(float), np.zeros((count, 1))])
    found = leep(p, labels)
    assert found == pytest.approx(by_double_loop(p, labels))
    assert found <= 1e-12


def test_leep_at_its_ends() -> None:
    """A source whose classes are the target's knows all; one of a single class knows the shares alone."""
    labels = np.array([0, 1, 2, 2])
    assert leep(np.eye(3)[labels], labels) == pytest.approx(0)
    entropy = -(0.5 * math.log(0.25) + 0.5 * math.log(0.5))
    assert leep(np.ones((4, 1)), labels) == pytest.approx(-entropy)


@pytest.mark.parametrize("rows", [[[0.5, 0.6], [1, 0]], [[1.5, -0.5], [1, 0]]])
def test_rows_that_are_no_distributions_are_refused(rows: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="at least 0, and each image's sum to 1"):
        leep(rows, [0, 1])


def by_matrices(features: Floats, labels: Labels, shrinkage: float) -> float:
    """Both covariances as matrices, the class means put in the images' places."""
    means = np.array([features[labels == own].mean(axis=0) for own in labels])
    covariance = np.cov(features, rowvar=False, ddof=0).reshape(features.shape[1], -1)
    between = np.cov(means, rowvar=False, ddof=0).reshape(covariance.shape)
    target = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    shrunk = (1 - shrinkage) * covariance + shrinkage * target
    return float(np.trace(scipy.linalg.pinvh(shrunk) @ ((1 - shrinkage) * between)))


def test_golden_h_score() -> None:
    """cov = diag(4, 1), mu = 5/2, b = 2, d = 9/2: shrinkage 4/9, and (20/9) / (20/9 + 10/9) = 2/3."""
    features, labels = np.array([[0.0, 0], [4, 0], [0, 2], [4, 2]]), np.array([0, 1, 0, 1])
    assert ledoit_wolf(features) == pytest.approx(4 / 9)
    assert h_score(features, labels) == pytest.approx(2 / 3)
    assert by_matrices(features, labels, 4 / 9) == pytest.approx(2 / 3)
    assert h_score(features, labels, 0) == pytest.approx(1)
    assert h_score(features, labels, 1) == pytest.approx(0)


@given(images(), st.sampled_from([None, 0.0, 0.3, 0.9]))
def test_h_score_is_that_of_explicit_matrices(drawn: tuple[Floats, Labels], shrinkage: float | None) -> None:
    features, labels = drawn
    share = ledoit_wolf_shrinkage(features) if shrinkage is None else shrinkage
    found = h_score(features, labels, shrinkage)
    assert found == pytest.approx(by_matrices(features, labels, share), rel=1e-6, abs=1e-9)
    assert -1e-9 <= found <= len(np.unique(labels)) - 1 + 1e-9


@given(images(more=20))
def test_shrinkage_is_that_of_scikit_learn(drawn: tuple[Floats, Labels]) -> None:
    features, _ = drawn
    assert ledoit_wolf(features) == pytest.approx(ledoit_wolf_shrinkage(features), rel=1e-8, abs=1e-10)


def test_the_raw_score_of_noise_is_at_its_maximum_and_the_shrunk_one_is_not() -> None:
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(5), 12)
    noise = random.normal(size=(60, 200))
    told = noise + 2 * random.normal(size=(5, 200))[labels]
    assert h_score(noise, labels, 0) == pytest.approx(4)
    assert h_score(told, labels, 0) == pytest.approx(4)
    assert h_score(noise, labels) < 0.5
    assert h_score(told, labels) > 3


def test_features_without_variation_have_no_score() -> None:
    constant = np.full((4, 2), 0.1) + 1e-18
    with pytest.raises(ValueError, match="the same on all images"):
        h_score(constant, [0, 0, 1, 1])
    with pytest.raises(ValueError, match="the same on all images"):
        ledoit_wolf(constant)
    with pytest.raises(ValueError, match=r"between 0 and 1, not 1\.5"):
        h_score(np.eye(4), [0, 0, 1, 1], 1.5)


@pytest.mark.parametrize("estimate", [log_me, leep, h_score])
def test_what_no_estimate_can_use_is_refused_by_name(estimate: object) -> None:
    assert callable(estimate)
    figures = np.array([[1.0, 0], [0.5, 0.5], [0, 1]])
    with pytest.raises(ValueError, match="All images are of class 7"):
        estimate(figures, [7, 7, 7])
    with pytest.raises(ValueError, match=r"label for each of 3 images, not \[2\]"):
        estimate(figures, [0, 1])
    with pytest.raises(ValueError, match="Column 1 of image 2 is inf"):
        estimate([[1, 0], [0.5, 0.5], [0, np.inf]], [0, 1, 1])
    with pytest.raises(ValueError, match="by image and column"):
        estimate(np.zeros((0, 2)), [])


@given(images())
def test_a_class_without_images_has_no_term(drawn: tuple[Floats, Labels]) -> None:
    features, labels = drawn
    gap = labels + (labels > 0)
    assert log_me(features, gap) == log_me(features, labels)
    assert h_score(features, gap) == h_score(features, labels)
