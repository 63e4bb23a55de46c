"""Curves of compared settings: any axis, scale and smoothing; gaps, no epoch, thousands of them."""

import math
from typing import Any

import pytest

from app.comparing.figures.curves import CurveOptions, compare_curves
from app.figures.theme import DARK, LIGHT
from tests.app.comparing.figures import compared
from tests.app.comparing.figures.compared import checked


@pytest.mark.parametrize("x", ["epoch", "step", "time"])
@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("smooth", [0.0, 0.9])
def test_curves_in_every_guise(x: Any, scale: Any, smooth: float) -> None:
    """Trial S15: zero and gaps under a logarithm, one Infinity made null."""
    view = compared.curves(compared.comparison(), [0.2, None, 0.0, 0.5], best=[4])
    look = CurveOptions(x, scale, smooth, marks_best=True)
    figure = checked(compare_curves(view, LIGHT, look))
    lines = figure["data"][-7:]
    assert all(line["connectgaps"] is False for line in lines)
    last = {"epoch": 4, "step": 40, "time": 10}[x]
    assert all(line["x"][-1] == last for line in lines)
    assert lines[0]["y"][1] is None
    assert (lines[0]["y"][2] is None) is (scale == "log")
    if not smooth:
        assert lines[0]["y"][-1] == pytest.approx(50)


@pytest.mark.parametrize("means", [[], [0.5], [None, None]])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_curves_of_no_one_or_unknown_epochs(means: list[float | None], scale: Any) -> None:
    view = compared.curves(compared.comparison(), means)
    checked(compare_curves(view, DARK, CurveOptions(scale=scale)))
    checked(compare_curves(compared.curves(compared.comparison(()), means), DARK, CurveOptions(scale=scale)))


def test_smoothing_keeps_the_raw_curve_faint_and_the_best_epoch() -> None:
    means = [0.5 + 0.3 * math.sin(at) for at in range(2000)]
    means[777] = 0.99
    view = compared.curves(compared.comparison(compared.SWEEP[:1]), means, best=[1234])
    figure = checked(compare_curves(view, LIGHT, CurveOptions(smooth=0.8, marks_best=True)))
    raw, rings, line = figure["data"]
    assert len(line["x"]) < 400
    assert {1, 2000, 1234} <= set(line["x"])
    assert raw["line"]["color"].startswith(line["line"]["color"])
    assert rings["x"] == [1234]
    assert rings["y"] == [pytest.approx(100 * means[1233])]
