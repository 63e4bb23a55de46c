"""The optimum of beta: a peak only where both neighbours are surely worse; its figures worked out again."""

import math
import re
from collections.abc import Mapping

import numpy as np
import pytest
from scipy import stats

from app.comparing.parts import ALPHA
from app.comparing.verdicts.judging import SHARES
from app.comparing.view import Comparison, Observation
from app.formats import change
from tests.app.comparing.boards import CE, SUPPORT, WOBBLE, Board, fill, focal, starting
from tests.conftest import TRAIN_COUNTS
from trainer.config import parse_config
from trainer.weighting import mean_weight

pytestmark = pytest.mark.slow


def family(board: Board, hits: Mapping[float, int]) -> tuple[Comparison, Observation]:
    fill(board, [(focal(beta), (h, h, h)) for beta, h in hits.items()])
    view = board.acting()
    [told] = starting(view, "Accuracy of CB-Focal")
    return view, told


def test_beta_peaks_where_both_neighbours_are_surely_worse(board: Board) -> None:
    view, told = family(board, {0.9: 90, 0.99: 140, 0.999: 80})
    sd = float(np.std(WOBBLE, ddof=1)) / SUPPORT
    excess = 3 / (2 * math.sqrt(math.pi)) * sd / math.sqrt(5)  # of three standard normals: exact
    rates = [
        mean_weight(TRAIN_COUNTS, parse_config({"loss": focal(beta)}).loss)
        * parse_config({}).optim.learning_rate
        for beta in (0.9, 0.99, 0.999)
    ]
    assert told.text.startswith("Accuracy of CB-Focal peaks at beta 0.99 (70.0 %, n = 5, chosen on test); ")
    assert re.search(
        r"beside it 0\.9 \(told apart: −25\.0 points, [^)]*\) and 0\.999 \(told apart: −30", told.text
    )
    assert f"Of 3 equal betas the highest would look {100 * excess:.1f} points too good." in told.text
    assert told.text.endswith(f"effective rate differs too, {min(rates):.3g} to {max(rates):.3g}.")
    assert (told.claim, told.figure) == (True, "compare-beta")
    assert told.action is not None
    beta = told.action.body["settings"][0]["loss"]["beta"]
    assert 0.9 < beta < 0.99, "between the best and its better neighbour"
    delta = 50 / SUPPORT
    error = sd * math.sqrt(2 / 5)
    reach = stats.t.ppf(1 - ALPHA * SHARES["headline"] / 3 / 2, 8) * error
    assert f"{change(-delta)} points, {change(-delta - reach)} to {change(-delta + reach)}" in told.text
    assert view.best == "CB-Focal 0.99"


def test_beta_is_only_highest_where_a_neighbour_is_not_told_apart(board: Board) -> None:
    _, told = family(board, {0.9: 90, 0.99: 140, 0.999: 139})
    assert "is highest at beta 0.99" in told.text
    assert re.search(r"0\.9 \(told apart: [^)]*\) and 0\.999 \(not told apart: [^)]*\)", told.text)
    assert told.claim


def test_betas_that_are_not_told_apart_are_no_claim(board: Board) -> None:
    _, told = family(board, {0.9: 138, 0.99: 140, 0.999: 139})
    assert told.text.count("(not told apart: ") == 2
    assert not told.claim


def test_beta_at_the_end_of_the_values_is_no_peak(board: Board) -> None:
    _, told = family(board, {0.9: 90, 0.99: 140})
    assert "is highest at beta 0.99" in told.text
    assert ", at the end of the values tried; beside it 0.9 (" in told.text
    excess = np.std(WOBBLE, ddof=1) / SUPPORT / math.sqrt(5 * math.pi)
    assert f"Of 2 equal betas the highest would look {100 * excess:.1f} points too good." in told.text


def test_nothing_is_said_of_one_beta_or_of_betas_that_differ_otherwise(board: Board) -> None:
    fill(board, [(CE, (90, 90, 90)), (focal(0.9), (99, 99, 99)), (focal(0.99, "mean_one"), (98, 98, 98))])
    assert starting(board.view(), "Accuracy of") == []
