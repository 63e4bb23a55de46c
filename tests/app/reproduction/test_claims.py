"""Answers to claims, against intervals worked out here: t by scipy, Welch's degrees of freedom, bounds."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.reproduction.claims import ClaimAnswer, PartAnswer, answered, tally
from app.reproduction.estimates import spread_of
from app.reproduction.plan import Claim, Part
from tests.app.reproduction.made import IMAGES, measured, rows

LABELS = {"a": "A", "b": "B"}
Figures = Sequence[float]

wide = st.lists(st.floats(0.2, 0.8), min_size=3, max_size=8).filter(lambda one: stdev(one) > 0.03)
"""Accuracies that vary by more than the binomial of 10,000 images, 0.005 at most."""


def answer(figures: dict[str, Figures], **part: Any) -> PartAnswer:
    """The answer to the only part of a claim."""
    claim = Claim(id="x", says="X.", parts=(Part(**part),))
    [found] = answered(claim, rows(figures), LABELS).parts
    return found


def interval_of_mean(a: Figures) -> tuple[float, float]:
    """The textbook's: mean and t quantile of n - 1 times s / root n."""
    low, high = stats.t.interval(0.95, len(a) - 1, loc=fmean(a), scale=stdev(a) / math.sqrt(len(a)))
    return float(low), float(high)


def interval_of_difference(a: Figures, b: Figures) -> tuple[float, float]:
    """Welch's from five seeds on; below, with the degrees of freedom of the setting with the fewest."""
    if min(len(a), len(b)) >= 5:
        found = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
        return float(found.low), float(found.high)
    error = math.sqrt(stdev(a) ** 2 / len(a) + stdev(b) ** 2 / len(b))
    half = float(stats.t.ppf(0.975, min(len(a), len(b)) - 1)) * error
    return fmean(a) - fmean(b) - half, fmean(a) - fmean(b) + half


def expected(interval: tuple[float, float], above: float, below: float) -> str:
    """In points: holds inside the bounds, does not outside of them."""
    low, high = (100 * end for end in interval)
    if low > above and high < below:
        return "holds"
    return "does not hold" if high < above or low > below else "cannot tell"


@given(wide, wide, st.floats(-30, 30), st.one_of(st.just(math.inf), st.floats(0.1, 40)))
def test_a_difference_has_welchs_interval(a: Figures, b: Figures, above: float, room: float) -> None:
    below = above + room
    found = answer({"a": a, "b": b}, of="a", minus="b", above=above, below=below)
    interval = interval_of_difference(a, b)
    assert (found.low, found.high) == pytest.approx(interval)
    assert found.mean == pytest.approx(fmean(a) - fmean(b))
    assert found.n == (len(a), len(b))
    assert found.answer == expected(interval, above, below)


@given(wide, st.floats(0, 100))
def test_a_mean_is_answered_by_its_t_interval(a: Figures, below: float) -> None:
    found = answer({"a": a}, of="a", below=below)
    assert (found.low, found.high) == pytest.approx(interval_of_mean(a))
    assert found.answer == expected(interval_of_mean(a), -math.inf, below)
    spread = spread_of("accuracy", rows({"a": a})["a"])
    assert (spread.low, spread.high) == pytest.approx(interval_of_mean(a))
    assert spread.sd == pytest.approx(stdev(a))


def test_seeds_that_agree_still_have_the_noise_of_the_test_images() -> None:
    """Three runs at one half: the binomial of 10,000 images, over three runs, with two degrees of freedom."""
    found = answer({"a": [0.5, 0.5, 0.5]}, of="a", above=40)
    half = stats.t.ppf(0.975, 2) * math.sqrt(0.25 / (10 * IMAGES) / 3)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), rel=1e-4)
    tail = answer({"a": [0.5, 0.5, 0.5]}, of="a", metric="tail", above=40)
    assert tail.high is not None
    images = stats.t.ppf(0.975, 2) ** 2 * 0.25 / 3 / (tail.high - 0.5) ** 2
    assert images == pytest.approx(3 * IMAGES, rel=0.01), "three classes of ten are the tail"


def test_the_order_of_the_seeds_does_not_matter() -> None:
    """Runs of one seed are no pair: sorted against each other they would differ by next to nothing."""
    a, b = [0.3, 0.4, 0.5, 0.6, 0.7], [0.29, 0.39, 0.49, 0.59, 0.69]
    pairs = answer({"a": a, "b": b}, of="a", minus="b", above=0)
    others = answer({"a": a, "b": b[::-1]}, of="a", minus="b", above=0)
    assert (pairs.low, pairs.high, pairs.answer) == (others.low, others.high, "cannot tell")


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_seeds_tell_nothing(n: int) -> None:
    found = answer({"a": [0.9] * n, "b": [0.1] * 9}, of="a", minus="b", above=0)
    assert (found.answer, found.mean, found.n) == ("cannot tell", None, (n, 9))
    assert found.said == f"{n} of the 3 seeds that it takes at least"


@pytest.mark.parametrize("lacking", [{0, 1, 2, 3}, {3}])
def test_a_figure_that_some_run_lacks_tells_nothing(lacking: set[int]) -> None:
    runs = [
        measured(0.5, seed, metrics={"accuracy": 0.5, "tail": None if seed in lacking else 0.5})
        for seed in range(4)
    ]
    claim = Claim(id="x", says="X.", parts=(Part(of="a", metric="tail", above=0),))
    [part] = answered(claim, {"a": runs}, LABELS).parts
    assert (part.answer, part.mean) == ("cannot tell", None)
    assert "not defined" in part.said


def test_what_would_tell_is_said() -> None:
    """2 points at a deviation of 2 are found in 8 of 10 cases by 17 seeds each (tables of the t test)."""
    a = [0.52, 0.50, 0.54, 0.50, 0.54]
    b = [one - 0.02 for one in a]
    found = answer({"a": a, "b": b}, of="a", minus="b", above=0)
    assert (found.answer, found.seeds_needed) == ("cannot tell", 17)
    assert found.said == "+2.0 (−0.9 to +4.9), n = 5 and 5; about 17 seeds each would tell"
    assert found.declared == "A minus B: accuracy above 0 points"
    both = answer({"a": a}, of="a", metric="head", above=40, below=60.5)
    assert both.declared == "A: head recall above 40 and below 60.5 %"
    assert both.said == "52.0 (49.5 to 54.5), n = 5"


def test_no_number_of_seeds_is_promised_for_a_figure_on_its_bound() -> None:
    found = answer({"a": [0.49, 0.5, 0.51], "b": [0.5] * 3}, of="a", minus="b", above=0)
    assert found.seeds_needed is None
    assert found.said.endswith("; more seeds may tell")


HOLDS, FAILS, OPEN = ({"of": "a", "above": one} for one in (10.0, 90.0, 50.0))
PLAIN = {"a": [0.48, 0.50, 0.52]}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([HOLDS], "holds"),
        ([HOLDS, HOLDS], "holds"),
        ([HOLDS, OPEN], "cannot tell"),
        ([OPEN, FAILS], "does not hold"),
        ([HOLDS, FAILS], "does not hold"),
    ],
)
def test_a_claim_holds_where_all_its_parts_do_and_fails_where_one_does(
    parts: list[dict[str, Any]], said: str
) -> None:
    claim = Claim(id="x", says="X.", parts=tuple(Part(**part) for part in parts))
    assert answered(claim, rows(PLAIN), LABELS).answer == said


def test_claims_are_counted_in_words() -> None:
    def claims(*answers: Any) -> list[ClaimAnswer]:
        return [ClaimAnswer(id="x", says="X.", source="", answer=one, parts=()) for one in answers]

    holds, fails, left = "holds", "does not hold", "cannot tell"
    assert tally(claims(holds, holds, fails, left)) == "2 of 4 claims hold, 1 does not, 1 is open"
    assert tally(claims(holds)) == "1 of 1 claim holds"
    assert tally(claims(fails, fails, left, left)) == "0 of 4 claims hold, 2 do not, 2 are open"
