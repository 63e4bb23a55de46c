"""Simulated boards whose truth is known: how often claims are answered wrongly."""

from collections import Counter

import numpy as np
import pytest

from app.reproduction.claims import answered
from app.reproduction.plan import Claim, Part
from app.reproduction.results import Measured
from tests.app.reproduction.made import measured

pytestmark = pytest.mark.slow

BOARDS = 2000
SD = 0.03
"""Of an accuracy over seeds, as was measured of small networks; that of 10,000 images is a sixth of it."""
RUN = measured(0.5)
ABOVE = Claim(id="above", says="", parts=(Part(of="a", minus="b", above=0),))
SAME = Claim(id="same", says="", parts=(Part(of="a", minus="b", above=-2, below=2),))
BOTH = Claim(id="both", says="", parts=(*ABOVE.parts, Part(of="a", minus="c", above=0)))


def run(accuracy: float) -> Measured:
    """With this accuracy; all else stays."""
    return RUN.model_copy(update={"metrics": {"accuracy": accuracy}})


def answers(claim: Claim, gap: float, n: tuple[int, int], boards: int = BOARDS) -> Counter[str]:
    """Of boards on which a lies `gap` above b and c, over n seeds each."""
    random = np.random.default_rng(20_261_130)
    found: Counter[str] = Counter()
    for _ in range(boards):
        drawn = {"a": random.normal(0.5 + gap, SD, n[0])}
        drawn |= {name: random.normal(0.5, SD, n[1]) for name in "bc"}
        rows = {name: [*map(run, figures)] for name, figures in drawn.items()}
        found[answered(claim, rows, dict.fromkeys("abc", "")).answer] += 1
    return found


@pytest.mark.parametrize("n", [(3, 3), (3, 5), (5, 5)])
def test_equal_settings_are_rarely_told_apart(n: tuple[int, int]) -> None:
    found = answers(ABOVE, 0.0, n)
    assert found["holds"] <= 0.05 * BOARDS
    assert found["does not hold"] <= 0.05 * BOARDS
    assert found["holds"] + found["does not hold"] > 0, "but it does happen"


def test_a_difference_at_the_margin_is_rarely_taken_for_none() -> None:
    assert answers(SAME, 0.02, (5, 5))["holds"] <= 0.05 * BOARDS
    assert answers(SAME, 0.02, (20, 20))["holds"] <= 0.05 * BOARDS
    assert answers(SAME, 0.0, (40, 40), 200)["holds"] > 100, "none is found where there are seeds enough"


def test_a_claim_of_two_parts_holds_no_more_often_where_one_is_false() -> None:
    assert answers(BOTH, 0.0, (5, 5))["holds"] <= 0.05 * BOARDS


def test_each_part_adds_to_how_often_a_true_claim_is_denied() -> None:
    """2.5 % each, so of three 1 - 0.975^3 = 7.3 % where the figures are at their bounds."""
    pairs = (("a", "b"), ("c", "d"), ("e", "f"))
    claim = Claim(id="three", says="", parts=tuple(Part(of=of, minus=other, above=0) for of, other in pairs))
    random = np.random.default_rng(20_261_130)
    denied = 0
    for _ in range(BOARDS // 2):
        rows = {name: [*map(run, random.normal(0.5, SD, 20))] for name in "abcdef"}
        denied += answered(claim, rows, dict.fromkeys("abcdef", "")).answer == "does not hold"
    assert 0.05 * BOARDS / 2 < denied < 0.095 * BOARDS / 2


def test_a_clear_difference_is_told() -> None:
    assert answers(ABOVE, 0.1, (5, 5), 200)["holds"] > 180
    assert answers(ABOVE, -0.1, (5, 5), 200)["does not hold"] > 180
