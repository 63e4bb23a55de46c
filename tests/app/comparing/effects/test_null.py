"""What the page of fields claims of equal settings, and of a field that matters: some boards of each.

More of them: tests/benchmarks/effects_null_test.py.
"""

import pytest
from scipy.stats import binom

from app.comparing.parts import How
from tests.benchmarks.effects_null_test import Cell, effect_cell, null_cell

pytestmark = pytest.mark.slow

EQUAL = [Cell("2 x 2 x 2", 3, 40), Cell("4 x 3, a third missing", 3, 25), Cell("nested", 5, 25)]


def test_equal_settings_have_an_effect_as_rarely_as_promised() -> None:
    found = [null_cell(cell) for cell in EQUAL]
    boards = sum(cell.boards for cell in EQUAL)
    assert sum(bad for bad, _ in found) <= binom.ppf(0.999, boards, 0.05), found


def test_without_the_family_false_effects_are_claimed_and_seen() -> None:
    """So that the test above is known to see them."""
    bad, kinds = null_cell(Cell("4 x 3", 5, 30), How(multiplicity="none"))
    assert bad >= 3, kinds
    assert {"answer", "difference"} <= set(kinds)


def test_a_field_that_matters_is_found_and_no_other() -> None:
    found = effect_cell(Cell("2 x 2 x 2", 3, 10), 10.0)
    assert found["found"] >= 9, found
    assert found["other"] + found["pair"] <= 2, found
