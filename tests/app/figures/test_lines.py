"""Smoothing and thinning, against pandas' idea of a moving average and by properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.figures.lines import kept_points, smoothed

FRACTIONS = st.floats(0, 1)


@given(st.lists(FRACTIONS, min_size=1, max_size=30), st.floats(0, 0.95))
def test_smoothing_is_the_weighted_mean_of_what_came_before(values: list[float], weight: float) -> None:
    result = smoothed(values, weight)
    for at, value in enumerate(result):
        weights = [weight ** (at - before) for before in range(at + 1)]
        mean = sum(w * v for w, v in zip(weights, values[: at + 1], strict=True)) / sum(weights)
        assert value == pytest.approx(mean, abs=1e-9)


def test_gaps_stay_and_are_passed_over() -> None:
    assert smoothed([1.0, None, 1.0], 0.9) == [pytest.approx(1), None, pytest.approx(1)]
    assert smoothed([0.25, None, 0.5], 0.0) == [0.25, None, 0.5]


@given(st.lists(st.none() | FRACTIONS, max_size=600), st.sets(st.integers(0, 599)), st.integers(10, 100))
def test_thinning_keeps_ends_extremes_and_best(values: list[float | None], best: set[int], most: int) -> None:
    always = [at for at in best if at < len(values)]
    kept = kept_points(values, always, most)
    assert kept == sorted(set(kept))
    assert set(always) <= set(kept)
    known = [value for value in values if value is not None]
    if known:
        shown = [value for at in kept if (value := values[at]) is not None]
        assert (min(shown), max(shown)) == (min(known), max(known))
    if len(values) > most:
        assert {0, len(values) - 1} <= set(kept)
        assert len([at for at in kept if values[at] is not None]) <= most + len(always) + 4
    else:
        assert kept == list(range(len(values)))
