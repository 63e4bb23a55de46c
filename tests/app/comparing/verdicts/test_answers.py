"""Verdicts: the answer to each question, what it would take, what may be done; figures worked out again."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from app.comparing.baselines import PlannedLooks
from app.comparing.parts import ALPHA, How
from app.comparing.table.sheet import answers_in_full, told_once
from app.comparing.verdicts.judging import SHARES
from app.comparing.view import Comparison, Verdict
from app.formats import change, percent
from tests.app.comparing.boards import CE, FOCAL, SUPPORT, WOBBLE, Board, fill, focal, gain, row
from tests.conftest import TRAIN_COUNTS
from trainer.config import parse_config
from trainer.weighting import mean_weight

pytestmark = pytest.mark.slow

BEST, BASE, TAIL, RATE = "best", "baseline", "tail", "rate"
SMALL = (-1, 1, 0, 1, -1)
SURE = (-16, -8, 0, 8, 16)
"""Above the binomial in each class."""
WIDE = (-40, -20, 0, 20, 40)


def answer(view: Comparison, question: str) -> Verdict:
    (found,) = (one for one in view.verdicts if one.question == question)
    return found


def two(
    board: Board, ce: tuple[int, int, int], other: tuple[int, int, int], wobble: Sequence[int] = WOBBLE
) -> Comparison:
    fill(board, [(CE, ce), (FOCAL, other)], wobble)
    return board.acting(how=How(margin=0.05))


def ends(gap: float, wobble: Sequence[int], alpha: float) -> tuple[float, float]:
    """Of two rows that spread alike in every class: Welch's degrees of freedom are 2 n - 2 then."""
    error = float(np.std(wobble, ddof=1)) / SUPPORT * math.sqrt(2 / len(wobble))
    half = float(stats.t.ppf(1 - alpha / 2, 2 * len(wobble) - 2)) * error
    return gap - half, gap + half


def test_yes_all_around(board: Board) -> None:
    view = two(board, (100, 100, 20), (160, 130, 100), SURE)
    gap, gap_of_tail = 170 / 600, 80 / 200
    low, high = ends(gap, SURE, ALPHA * SHARES["headline"])
    best, base, tail = (answer(view, question) for question in (BEST, BASE, TAIL))
    assert (best.answer, base.answer, tail.answer) == ("yes", "yes", "yes")
    assert best.text == f"Focal: {percent(390 / 600)} % accuracy on test (n = 5), apart from all others."
    assert base.text == (
        f"Focal: accuracy {change(gap)} points against CE ({change(low)} to {change(high)}, n = 5)."
    )
    low, high = ends(gap_of_tail, SURE, ALPHA * SHARES["tail"])
    assert tail.text == (
        f"Focal: tail recall {change(gap_of_tail)} points against CE ({change(low)} to "
        f"{change(high)}, n = 5)."
    )
    assert all(one.claim and one.action is None for one in (best, base, tail))
    assert (best.figure, tail.figure) == ("compare-table", "compare-tradeoff")


def test_no_where_every_other_setting_is_worse(board: Board) -> None:
    view = two(board, (160, 130, 100), (100, 100, 20))
    best, base, tail = (answer(view, question) for question in (BEST, BASE, TAIL))
    assert (best.answer, base.answer, tail.answer) == ("yes", "no", "no")
    assert best.text.startswith("CE: ")
    assert base.text.startswith(f"Focal: accuracy {change(-170 / 600)} points against CE (")
    assert all(one.claim for one in (best, base, tail))


def test_of_equal_figures_none_leads_and_no_seeds_are_offered(board: Board) -> None:
    best = answer(two(board, (100, 120, 140), (100, 120, 140)), BEST)
    assert best.text == "None leads: CE and Focal alike reach 60.0 % accuracy on test (n = 5)."
    assert best.action is None
    assert not best.claim


def test_the_same_is_no_claim_that_something_differs(board: Board) -> None:
    view = two(board, (100, 100, 100), (101, 101, 101), SMALL * 4)
    best, base, tail = (answer(view, question) for question in (BEST, BASE, TAIL))
    assert (best.answer, base.answer, tail.answer) == ("same", "same", "same")
    assert best.text.startswith("Focal leads: 50.5 % accuracy on test (n = 20); CE the same within 5 points.")
    assert base.text.endswith("n = 20): the same within 5 points.")
    assert not any(one.claim for one in (best, base, tail))


def test_unknown_says_what_it_would_take_and_offers_it(board: Board) -> None:
    view = two(board, (100, 100, 100), (115, 115, 115), WIDE)
    best, base = answer(view, BEST), answer(view, BASE)
    assert (best.answer, base.answer, best.claim, base.claim) == ("unknown", "unknown", False, False)
    sd, gap = float(np.std(WIDE, ddof=1)), 15.0
    needed = next(n for n in range(5, 1000) if power(n, gap, sd, ALPHA * SHARES["headline"]) >= 0.8)
    assert view.rows[1].deltas["accuracy"].seeds_needed == needed
    for one in (best, base):
        assert f"; about {needed - 5} more seeds each (" in one.text
        assert one.detail.startswith("That is if the difference is as large as it looks")
        assert one.action is not None
        assert one.action.label == "Train 20 more seeds", "no more than twenty at once"
        assert one.action.body["axes"] == {"seed": list(range(5, 25))}
        assert len(one.action.body["settings"]) == 2
    assert "".join(answers_in_full(view)).count("That is if the difference is as large as it looks") == 1
    told = zip(view.verdicts, told_once(view.verdicts), strict=True)
    assert all(once.detail in ("", one.detail) and once.text == one.text for one, once in told)


def power(n: int, gap: float, sd: float, alpha: float) -> float:
    """Of Welch's test on two rows of equal spread, whose degrees of freedom are 2 n - 2 then."""
    df, shift = 2 * n - 2, gap / (sd * math.sqrt(2 / n))
    return float(stats.nct.sf(stats.t.ppf(1 - alpha / 2, df), df, shift))


def test_a_difference_that_few_more_seeds_would_find_offers_no_more_than_those(board: Board) -> None:
    view = two(board, (100, 100, 100), (122, 122, 122), tuple(WIDE[at] // 2 for at in (0, 1, 2, 3, 4)))
    best = answer(view, BEST)
    delta = view.rows[1].deltas["accuracy"]
    assert best.answer == "unknown"
    assert delta.seeds_needed is not None
    more = delta.seeds_needed - 5
    assert 1 < more < 10
    assert best.action is not None
    assert (best.action.label, f"about {more} more seeds each" in best.text) == (
        f"Train {more} more seeds",
        True,
    )


def test_a_difference_beyond_a_thousand_seeds_says_so(board: Board) -> None:
    best = answer(two(board, (100, 100, 100), (101, 100, 100), WIDE), BEST)
    assert "more seeds each would tell" not in best.text
    assert best.detail.startswith("So small a difference takes more than 1,000 seeds to find.")


def test_paired_what_is_lacking_is_counted_from_the_pairs(board: Board) -> None:
    """Seeds 0 to 4 and 3 to 7: two pairs, however many seeds each setting has."""
    for seed in range(5):
        board.add(CE, seed, (100 + seed, 90, 40))
        board.add(FOCAL, seed + 3, (120, 103 + seed, 60))
    view = board.acting(how=How(pairing="paired"))
    delta = gain(view, "Focal")
    assert (delta.n, delta.verdict) == (2, "unknown")
    assert delta.seeds_needed is not None
    lacking = delta.seeds_needed - 2
    assert lacking > 1
    for question in (BEST, BASE):
        assert f"; about {lacking} more seeds each (" in answer(view, question).text
        action = answer(view, question).action
        assert action is not None
        assert action.label == f"Train {lacking} more seeds"


def test_settings_that_reach_equally_much_lead_together(board: Board) -> None:
    """Of three, two; their seeds came in another order, by which the last bit of a mean may differ."""
    for seed, more in enumerate(WOBBLE):
        board.add(CE, seed, (100 + more, 100, 91))
        board.add(FOCAL, seed, (101 + more, 101, 91))
        board.add({"name": "balanced_softmax"}, seed, (101, 101, 91 - more))
    text = answer(board.view(), BEST).text
    assert text.startswith(
        "Focal and BalSoftmax alike lead: 48.8 % accuracy on test (n = 5); CE is not told apart"
    )


def test_none_leads_where_all_reach_equally_much(board: Board) -> None:
    for seed, (one, other) in enumerate(((107, 100), (101, 107), (100, 101))):
        board.add(CE, seed, (one, 100, 90))
        board.add(FOCAL, seed, (other, 100, 90))
    assert answer(board.view(), BEST).text.startswith("None leads: CE and Focal alike reach ")


def test_who_leads_on_validation_alone_is_not_said_to_lead_on_test(board: Board) -> None:
    """Validation prefers CE, and Focal reaches more on test, not told apart."""
    for seed, more in enumerate(WIDE):
        board.add(CE, seed, (100 + more, 100, 90), validation=0.6)
        board.add(FOCAL, seed, (104 + more, 100, 90), validation=0.5)
    text = answer(board.view(), BEST).text
    assert text.startswith("CE leads on validation: 48.3 % accuracy on test (n = 5); Focal is not told apart")


def test_a_large_difference_of_seeds_that_agree_is_not_called_small(board: Board) -> None:
    """Each seed finds as many: the test takes the binomial's spread, and so does the word on more seeds."""
    for loss, hits in ((CE, (6, 6, 0)), (FOCAL, (6, 6, 3))):
        for seed in (0, 1):
            board.add(loss, seed, hits, support=6)
    view = board.acting()
    tail = answer(view, TAIL)
    assert tail.answer == "unknown"
    assert "+50.0 points" in tail.text
    assert "So small a difference" not in tail.detail
    needed, most = gain(view, "Focal", "tail").seeds_needed, gain(view, "Focal", "tail").seeds_range
    assert needed is not None
    assert 2 < needed < 20
    assert f"about {needed - 2} more seed" in tail.text
    assert most is not None
    assert most[1] is None or most[1] > needed


def test_where_test_images_hide_a_difference_more_seeds_are_not_what_it_takes(board: Board) -> None:
    """Half of four test images a class: the networks of a setting agree, and the noise is of images alone."""
    for seed in (0, 1):
        board.keep(np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0], dtype=bool), CE, seed)
        board.keep(np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1], dtype=bool), FOCAL, seed)
    tail = answer(board.acting(), TAIL)
    assert "+50.0 points" in tail.text
    assert gain(board.view(), "Focal", "tail").seeds_share == 0
    assert tail.detail == (
        "Even 1,000 seeds would not tell: most of the noise would be that of the test images."
    )
    assert tail.action is None


def test_one_seed_is_two_networks(board: Board) -> None:
    view = two(board, (20, 20, 20), (180, 180, 180), (0,))
    best, base, tail = (answer(view, question) for question in (BEST, BASE, TAIL))
    for one in (best, base, tail):
        assert (one.answer, one.claim) == ("unknown", False)
        assert one.detail.startswith("One seed compares two networks, not two settings.")
        assert one.action is not None
        assert one.action.body["axes"] == {"seed": [1, 2, 3, 4]}
    assert "with one seed each: such a winner is flattered by an unknown amount" in best.detail


def test_others_stand_behind_the_largest(board: Board) -> None:
    fill(
        board,
        [
            (CE, (100, 100, 100)),
            (FOCAL, (150, 150, 150)),
            (focal(0.9), (130, 130, 130)),
            (focal(0.99), (60, 60, 60)),
            (focal(0.999), (100, 100, 100)),
        ],
    )
    view = board.view()
    base = answer(view, BASE)
    assert base.text.startswith("Focal: accuracy +25.0 points against CE (")
    assert base.text.endswith(" Of the others, 1 is better too, 1 is worse.")
    assert base.detail.startswith("Also better, in points: CB-Focal 0.9 +15.0 (")
    assert " Worse, in points: CB-Focal 0.99 −20.0 (" in base.detail
    told = f"{base.text} {base.detail}"
    assert all(told.count(figure) == 1 for figure in ("+25.0", "+15.0", "−20.0")), "each figure once"
    assert "0.999" not in base.text + base.detail, "it is not told from the baseline"
    assert answer(view, BEST).answer == "yes"


def test_a_worse_row_beside_an_open_one_is_named_and_claimed(board: Board) -> None:
    fill(board, [(CE, (100, 100, 100)), (FOCAL, (101, 101, 101)), (focal(0.9), (40, 40, 40))])
    base = answer(board.view(), BASE)
    assert (base.answer, base.claim) == ("unknown", True)
    assert base.text.startswith("Focal: accuracy +0.5 points against CE")
    assert base.text.endswith(" Of the others, 1 is worse.")
    assert "Worse, in points: CB-Focal 0.9 −30.0 (" in base.detail


def chosen_on_validation(board: Board, focal_hits: int) -> Comparison:
    """Validation prefers CE by far; Focal finds `focal_hits` of each class on test."""
    for seed, more in enumerate(WOBBLE):
        board.add(CE, seed, (100 + more,) * 3, validation=0.9)
        board.add(FOCAL, seed, (focal_hits + more,) * 3, validation=0.5)
    return board.view()


def test_worse_on_test_though_chosen_on_validation(board: Board) -> None:
    view = chosen_on_validation(board, 150)
    best = answer(view, BEST)
    assert (view.best, view.chosen_by) == ("CE", "validation")
    assert (best.answer, best.claim) == ("no", True)
    assert best.text == "CE leads on validation: 50.0 % accuracy on test (n = 5), but less than Focal."
    assert row(view, "Focal").tied_with_best["accuracy"], "what is surely better is not marked as worse"
    assert answer(view, BASE).answer == "yes"


def test_chosen_on_validation_and_best_on_test(board: Board) -> None:
    best = answer(chosen_on_validation(board, 60), BEST)
    assert (best.answer, best.claim) == ("yes", True)
    assert "Chosen on validation among 2 settings" in best.detail
    assert "chosen without the seed that it is reported on, its figure stays" in best.detail
    assert f"{best.text} {best.detail}".count("50.0 %") == 1


def at_rates(board: Board, loss: Mapping[str, Any], rates: tuple[float, float]) -> Comparison:
    for seed, more in enumerate(WOBBLE):
        board.add(CE, seed, (100 + more,) * 3, optim={"learning_rate": rates[0]})
        board.add(loss, seed, (150 + more,) * 3, optim={"learning_rate": rates[1]})
    return board.acting()


def test_class_weights_scale_the_rate_and_the_control_is_offered(board: Board) -> None:
    e = mean_weight(TRAIN_COUNTS, parse_config({"loss": focal(0.99)}).loss)
    rate = answer(at_rates(board, focal(0.99), (0.1, 0.1)), RATE)
    assert (rate.answer, rate.claim) == ("unknown", False)
    assert rate.text == (
        f"CB-Focal 0.99 trains at an effective rate (rate × mean class weight) of "
        f"{0.1 * e:.3g}, CE at 0.1: the difference may be the rate's."
    )
    assert rate.detail == "Class weights scale the gradient."
    assert rate.action is not None
    assert rate.action.label == "Add the control"


def test_unequal_rates_alone_have_no_control(board: Board) -> None:
    rate = answer(at_rates(board, FOCAL, (0.1, 0.05)), RATE)
    assert (rate.answer, rate.detail, rate.action) == ("unknown", "The learning rates are unequal.", None)


@pytest.mark.parametrize("loss", [FOCAL, focal(0.99, "mean_one")])
def test_equal_effective_rates_are_no_explanation(board: Board, loss: dict[str, Any]) -> None:
    rate = answer(at_rates(board, loss, (0.1, 0.1)), RATE)
    assert (rate.answer, rate.claim, rate.action) == ("no", False, None)
    assert rate.text.endswith(" trains at the effective rate of CE (0.1).")


def test_rates_that_meet_by_the_weights_are_equal(board: Board) -> None:
    e = mean_weight(TRAIN_COUNTS, parse_config({"loss": focal(0.99)}).loss)
    assert answer(at_rates(board, focal(0.99), (0.1 * e * 1.05, 0.1)), RATE).answer == "no"


def test_no_baseline_and_an_unfinished_one(board: Board) -> None:
    fill(board, [(FOCAL, (100, 100, 100)), (focal(0.9), (150, 150, 150))])
    base = answer(board.view(baseline=""), BASE)
    assert (base.answer, base.text) == (
        "unknown",
        "No baseline is chosen: differences need one, such as the loss without weights.",
    )
    board.add(CE, state="running")
    base = answer(board.view(baseline="CE"), BASE)
    assert (base.answer, base.text) == ("unknown", "The baseline, CE, has no completed run yet.")
    assert not base.claim


def test_one_row_raises_no_question(board: Board) -> None:
    fill(board, [(CE, (100, 100, 100))])
    assert board.view().verdicts == ()


def test_before_the_first_look_nothing_is_claimed_and_no_seeds_are_worked_out(board: Board) -> None:
    fill(board, [(CE, (20, 20, 20)), (FOCAL, (180, 180, 180))])
    view = board.view(looks=PlannedLooks((6, 12), (0.01, 0.04)))
    best = answer(view, BEST)
    assert not any(one.claim for one in view.verdicts)
    assert best.text.endswith("; nothing is claimed before the first look.")


def test_a_verdict_whose_interval_holds_zero_shows_its_p(board: Board) -> None:
    """Holm's p is sharper than Bonferroni's interval: of the pairs, the second is held to fewer tests."""
    fill(board, [(CE, (100, 100, 100)), (FOCAL, (109, 109, 109)), (focal(0.9), (180, 180, 180))])
    view = board.view()
    delta = view.rows[1].deltas["accuracy"]
    assert delta.adjusted is not None
    assert delta.adjusted.low is not None
    assert (delta.verdict, delta.adjusted.low < 0) == ("better", True)
    assert f"n = 5; p {delta.adjusted.p:.2g}: Holm's step-down p decides" in answer(view, BASE).detail
