"""The 95 % interval of a difference holds the truth about as often as it says, seeds and images both random.

A few cells of the table in tests/benchmarks/coverage.py, with fewer draws.
"""

import numpy as np
import pytest

from tests.benchmarks.coverage import BETTER, COLUMN_NAMES, Cell, columns_of, covered, drawn, world

pytestmark = pytest.mark.slow

DRAWS = 250
SLACK = 3.3 * float(np.sqrt(0.05 * 0.95 / DRAWS))
"""Of one share in a thousand by chance, either way."""


@pytest.mark.parametrize("cell", [Cell(0.0, 5, 2000), Cell(2.0, 5, 2000), Cell(1.0, 10, 2000)])
def test_intervals_hold_the_truth_as_often_as_they_say(cell: Cell) -> None:
    held, _ = covered(cell, DRAWS)
    assert (held >= 0.93 - SLACK).all(), held
    assert (held <= 0.97 + SLACK).all(), held


@pytest.mark.parametrize("cell", [Cell(0.0, 2, 2000), Cell(3.5, 3, 2000)])
def test_intervals_of_few_seeds_are_wide_enough(cell: Cell) -> None:
    held, _ = covered(cell, DRAWS)
    assert (held >= 0.93 - SLACK).all(), held


@pytest.mark.parametrize("seed_sd", [0.0, 2.0, 3.5])
def test_the_population_is_as_said(seed_sd: float) -> None:
    """Its accuracy varies by so many points over seeds, about the truth that intervals must hold."""
    random, of, columns = np.random.default_rng(1), world(seed_sd), columns_of(4000)
    runs = [row.values for _ in range(25) for row in drawn(random, of, 16, columns, [0.0, BETTER])]
    plain, better = np.array(runs[::2]), np.array(runs[1::2])
    binomial = 0.5**2 / 4000
    seen = plain[:, :, 0].var(axis=1, ddof=1).mean()
    assert np.sqrt(max(seen - binomial, 0.0)) * 100 == pytest.approx(seed_sd, rel=0.12, abs=0.55)
    gap = (better - plain).mean(axis=(0, 1))
    assert gap == pytest.approx(of.truth(BETTER) - of.truth(0.0), abs=0.012)
    assert len(gap) == len(COLUMN_NAMES)
