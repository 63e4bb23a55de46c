"""What a comparison claims of settings that are equal, and of settings that are not: a few hundred boards.

The table of 2,000 boards a cell comes from tests/benchmarks/null_test.py.
"""

import numpy as np
import pytest
from scipy.stats import binom

from app.comparing.parts import How
from tests.benchmarks.null_test import Cell, better_cell, null_cell, same_cell
from tests.null_boards import CLASSES, COUNTS, IMAGES, latent, summaries
from trainer.metrics.outcome import Outcome, confusion_matrix
from trainer.metrics.table import METRICS

pytestmark = pytest.mark.slow

EQUAL = [Cell(3, 5, 60), Cell(7, 5, 40), Cell(3, 2, 20), Cell(3, 1, 5), Cell(3, 5, 40, 0, tuned=True)]
"""Most of those where something could be told: below five seeds next to nothing is."""


def test_equal_settings_are_told_apart_as_rarely_as_promised() -> None:
    found = [null_cell(cell) for cell in EQUAL]
    boards = sum(cell.boards for cell in EQUAL)
    assert sum(bad for bad, _ in found) <= binom.ppf(0.999, boards, 0.05), found


def test_without_the_family_false_claims_are_made_and_seen() -> None:
    """So that the test above is known to see them: in cells and marks, and in sentences."""
    bad, kinds = null_cell(Cell(7, 5, 6), How(multiplicity="none"))
    assert bad >= 5, kinds
    assert {"difference", "no tie mark"} <= set(kinds)
    assert any(kind.startswith("verdict") or kind == "observation" for kind in kinds)


@pytest.mark.parametrize("tuned", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_setting_that_is_better_is_found(tuned: bool) -> None:
    found = better_cell(Cell(3, 5, 10, tuned=tuned), 20.0)
    assert found["better"] >= 8, found
    assert found["page yes"] >= found["better"]
    assert not found["worse"] + found["same"]


@pytest.mark.parametrize("cell", [Cell(3, 5, 20), Cell(7, 5, 10), Cell(3, 5, 15, tuned=True)])
def test_a_difference_of_the_margin_is_not_called_none(cell: Cell) -> None:
    assert same_cell(cell, 0.05) <= binom.ppf(0.999, cell.boards, 0.05)


def test_no_difference_within_a_wide_margin_is_called_the_same() -> None:
    """So that the test above is of a verdict which exists."""
    found = better_cell(Cell(3, 5, 10), 0.0, margin=0.3)
    assert found["same"] >= 8, found


def test_figures_of_a_board_are_those_of_a_run() -> None:
    random = np.random.default_rng(0)
    predicted = random.integers(0, len(CLASSES), (3, len(CLASSES) * IMAGES["test"]))
    truth = np.repeat(np.arange(len(CLASSES)), IMAGES["test"])
    found = summaries(predicted, "test")
    for at, one in enumerate(predicted):
        seen = Outcome(confusion_matrix(truth, one, len(CLASSES)), COUNTS)
        assert found["correct"][at].tolist() == seen.correct.tolist()
        for name in [metric.name for metric in METRICS.values() if metric.compared and metric.name != "loss"]:
            assert found[name][at] == pytest.approx(METRICS[name].of(seen)), name


def test_points_of_accuracy_are_those_asked_for() -> None:
    assert latent(0.0) == pytest.approx(0.0, abs=1e-9)
    assert 0.2 < latent(5.0) < 0.5 < latent(20.0)
