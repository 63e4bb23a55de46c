"""Differences, families and equivalence against scipy and statsmodels; single runs, zero spread, pairs."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.weightstats import ttost_ind

from app.comparing.parts import ALPHA, How, Pairing
from app.comparing.verdicts.judging import SHARES
from tests.app.comparing.boards import CE, FOCAL, SUPPORT, Board, claims, focal, gain, row, said
from trainer.metrics.table import METRICS

pytestmark = pytest.mark.slow

SIDES = {
    "CE": (CE, (90, 150, 60, 120, 100)),
    "Focal": (FOCAL, (170, 120, 190, 150, 180)),
    "CB-Focal 0.9": (focal(0.9), (195, 160, 185, 140, 199)),
}
"""By row, the images of the first class that each seed finds: spread well above the binomial."""


def fill(board: Board, sides: Sequence[str] = tuple(SIDES), seeds: int = 5) -> dict[str, list[float]]:
    """Accuracies by row."""
    found: dict[str, list[float]] = {}
    for label in sides:
        loss, hits = SIDES[label]
        for seed, right in enumerate(hits[:seeds]):
            board.add(loss, seed, (right, right // 2, right // 4))
            found.setdefault(label, []).append((right + right // 2 + right // 4) / (3 * SUPPORT))
    return found


def test_five_seeds_are_welchs_test(board: Board) -> None:
    sides = fill(board, ("CE", "Focal"))
    delta = gain(board.view(), "Focal")
    test = stats.ttest_ind(sides["Focal"], sides["CE"], equal_var=False)
    alone, together = (test.confidence_interval(1 - alpha) for alpha in (ALPHA, ALPHA * SHARES["headline"]))
    assert (delta.low, delta.high) == pytest.approx((alone.low, alone.high))
    assert delta.adjusted is not None
    assert (delta.adjusted.low, delta.adjusted.high) == pytest.approx((together.low, together.high))
    assert delta.adjusted.p == pytest.approx(min(1, test.pvalue / SHARES["headline"]))
    assert delta.sd == pytest.approx(np.hypot(np.std(sides["CE"], ddof=1), np.std(sides["Focal"], ddof=1)))


@pytest.mark.parametrize("seeds", [2, 3, 4])
def test_fewer_seeds_have_the_degrees_of_the_smaller_side(board: Board, seeds: int) -> None:
    sides = fill(board, ("CE", "Focal"), seeds)
    delta = gain(board.view(), "Focal")
    error = np.sqrt(sum(np.var(one, ddof=1) / seeds for one in sides.values()))
    half = stats.t.ppf(0.975, seeds - 1) * error
    assert delta.high is not None
    assert delta.mean is not None
    assert delta.high == pytest.approx(min(1.0, delta.mean + half))


def test_a_page_of_three_rows_is_one_family_by_holm_and_bonferroni(board: Board) -> None:
    sides = fill(board)
    view = board.view()
    pairs = [("CE", "Focal"), ("CE", "CB-Focal 0.9"), ("Focal", "CB-Focal 0.9")]
    raw = [stats.ttest_ind(sides[a], sides[b], equal_var=False) for a, b in pairs]
    holm = multipletests([one.pvalue for one in raw], method="holm")[1]
    for at, label in enumerate(("Focal", "CB-Focal 0.9")):
        delta = gain(view, label)
        assert delta.adjusted is not None
        assert delta.adjusted.p == pytest.approx(min(1, holm[at] / SHARES["headline"]))
        ends = raw[at].confidence_interval(1 - ALPHA * SHARES["headline"] / 3)
        assert (delta.adjusted.low, delta.adjusted.high) == pytest.approx((-ends.high, -ends.low))
        assert (delta.verdict == "better") == ((delta.adjusted.p or 0.0) <= ALPHA)


def test_parts_of_the_error_add_up_to_it() -> None:
    assert sum(SHARES.values()) <= 1 + 1e-12


def test_without_adjustment_each_errs_alone_and_the_page_says_so(board: Board) -> None:
    sides = fill(board)
    view = board.view(how=How(multiplicity="none"))
    delta = gain(view, "Focal")
    assert delta.adjusted is not None
    assert delta.adjusted.p == pytest.approx(
        stats.ttest_ind(sides["Focal"], sides["CE"], equal_var=False).pvalue
    )
    assert (delta.adjusted.low, delta.adjusted.high) == (delta.low, delta.high)
    assert "not adjusted" in said(view)


def close(board: Board, apart: int, n: int = 6) -> list[list[float]]:
    """Two rows, `apart` images of 600 from each other, with the spread of the binomial or more."""
    found: list[list[float]] = []
    for loss, more in ((CE, 0), (FOCAL, apart)):
        hits = [100 + more + step for step in (-24, 24, -18, 18, -9, 9)[:n]]
        for seed, right in enumerate(hits):
            board.add(loss, seed, (right, 100, 100))
        found.append([(right + 200) / (3 * SUPPORT) for right in hits])
    return found


@pytest.mark.parametrize("margin", [0.02, 0.06, 0.15])
def test_the_same_is_said_by_two_one_sided_tests(board: Board, margin: float) -> None:
    ce, other = close(board, 2)
    view = board.view(how=How(margin=margin))
    delta = gain(view, "Focal")
    p = ttost_ind(np.array(other), np.array(ce), -margin, margin, usevar="unequal")[0] / SHARES["headline"]
    assert delta.verdict == ("same" if p <= ALPHA else "unknown")
    assert view.margin == pytest.approx(100 * margin)
    assert not delta.within_margin
    assert {one.answer for one in view.verdicts if one.question in ("best", "baseline")} == {
        "same" if p <= ALPHA else "unknown"
    }


def test_a_difference_within_the_margin_is_still_better(board: Board) -> None:
    for seed in range(6):
        for loss, right in ((CE, 100), (FOCAL, 190)):
            board.add(loss, seed, (right + seed % 2, 100, 100))
    inside, outside = (gain(board.view(how=How(margin=m)), "Focal") for m in (0.4, 0.1))
    assert (inside.verdict, inside.within_margin) == ("better", True)
    assert (outside.verdict, outside.within_margin) == ("better", False)


def test_less_loss_is_better(board: Board) -> None:
    for seed in range(5):
        board.add(CE, seed, figures={1: {"test_loss": 2.0 + seed / 100}})
        board.add(FOCAL, seed, figures={1: {"test_loss": 1.0 + seed / 90}})
    view = board.view()
    assert gain(view, "Focal", "loss").verdict == "better"
    assert row(view, "Focal").tied_with_best["loss"]
    assert not row(view, "CE").tied_with_best["loss"]


def test_one_seed_compares_two_networks_by_mcnemar(board: Board) -> None:
    random = np.random.default_rng(1)
    a, b = random.random(600) < 0.5, random.random(600) < 0.6
    board.keep(a, CE)
    board.keep(b, FOCAL)
    view = board.view()
    delta = gain(view, "Focal")
    assert (delta.verdict, delta.adjusted, delta.low, delta.seeds_needed) == ("unknown", None, None, None)
    assert delta.why.startswith("one seed")
    table = [[int((a & b).sum()), int((a & ~b).sum())], [int((b & ~a).sum()), int((~a & ~b).sum())]]
    assert delta.images is not None
    assert delta.images.p == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert delta.images.low is not None
    assert delta.images.high is not None
    assert delta.images.low < float(b.mean() - a.mean()) < delta.images.high
    assert claims(view) == []
    assert "These two networks" in said(view)
    assert all(all(one.tied_with_best.values()) for one in view.rows)


def test_single_runs_on_an_unbalanced_test_set_are_two_networks_too(board: Board) -> None:
    labels = np.repeat(np.arange(3), (400, 100, 100))
    random = np.random.default_rng(2)
    for loss in (CE, FOCAL):
        right = random.random(600) < 0.5
        hits = [int(right[labels == at].sum()) for at in range(3)]
        run = board.add(loss, hits=hits, support=(400, 100, 100))
        predicted = np.where(right, labels, (labels + 1) % 3)
        from tests.app.predictions import write_predictions
        from trainer.prediction_file import Answers

        shown = Answers(np.eye(3, dtype=np.float32)[predicted], predicted, labels)
        write_predictions(board.settings.runs_dir, run, shown, epoch=1)
    view = board.view()
    assert view.headline == "balanced_accuracy"
    assert "These two networks" in said(view)


@pytest.mark.parametrize("pairing", ["welch", "paired"])
def test_equal_differences_have_an_interval_with_a_width(board: Board, pairing: Pairing) -> None:
    """Zero spread, seen as "+6.2 (+6.2 to +6.2, n = 2)" and called distinguishable."""
    for seed in range(2):
        board.add(CE, seed, (100 + 10 * seed, 60, 20))
        board.add(FOCAL, seed, (112 + 10 * seed, 72, 32))
    view = board.view(how=How(pairing=pairing))
    delta = gain(view, "Focal")
    assert delta.mean == pytest.approx(36 / 600)
    assert delta.low is not None
    assert delta.high is not None
    assert delta.high - delta.low > 0.02
    assert (delta.verdict, claims(view)) == ("unknown", [])


def test_runs_without_any_spread_are_not_sure_either(board: Board) -> None:
    for seed in range(2):
        board.add(CE, seed, (100, 60, 0))
        board.add(FOCAL, seed, (102, 62, 0))
    view = board.view()
    assert claims(view) == []
    assert all(
        one.low is not None and one.high is not None and one.high > one.low
        for one in row(view, "Focal").classes
    )


def test_pairs_are_the_paired_test_and_show_their_correlation(board: Board) -> None:
    sides = fill(board, ("CE", "Focal"))
    view = board.view(how=How(pairing="paired"))
    delta = gain(view, "Focal")
    test = stats.ttest_rel(sides["Focal"], sides["CE"])
    ends = test.confidence_interval(0.95)
    gaps = np.subtract(sides["Focal"], sides["CE"])
    assert (delta.n, delta.method) == (5, "paired")
    assert (delta.low, delta.high) == pytest.approx((ends.low, ends.high))
    assert delta.sd == pytest.approx(np.std(gaps, ddof=1))
    assert delta.correlation == pytest.approx(np.corrcoef(sides["Focal"], sides["CE"])[0, 1])
    effect, alpha = abs(gaps.mean()) / gaps.std(ddof=1), ALPHA * SHARES["headline"]
    needed = next(n for n in range(2, 1000) if TTestPower().power(effect, n, alpha) >= 0.8)
    assert delta.seeds_needed == needed


def test_seeds_needed_are_those_of_accuracy_too_where_the_verdict_is_of_balanced_accuracy(
    board: Board,
) -> None:
    """Three test images of four are cats: accuracy spreads otherwise than its balanced form."""
    sizes, found = np.array((600, 100, 100)), {}
    for name, loss, cats in (("CE", CE, 300), ("Focal", FOCAL, 360)):
        hits = [(cats + 50 * more, 50 + more, 40 - more) for more in (-1, 0, 1, -1, 1)]
        for seed, one in enumerate(hits):
            board.add(loss, seed, one, support=sizes.tolist())
        found[name] = np.array(hits)
    view = board.view()
    delta = gain(view, "Focal", "accuracy")
    assert view.headline == "balanced_accuracy"
    assert delta.verdict == "unknown"
    ours, theirs = (found[name].sum(axis=1) / sizes.sum() for name in ("Focal", "CE"))
    gap, sd = ours.mean() - theirs.mean(), np.std(ours, ddof=1)
    assert sd == pytest.approx(np.std(theirs, ddof=1))
    alpha = board.view().alpha * SHARES["others"]
    least = next(n for n in range(2, 1000) if TTestIndPower().power(gap / sd, n, alpha) >= 0.8)
    assert delta.seeds_needed is not None
    assert delta.seeds_needed >= least, "of one test; the part has more, each at a smaller alpha"
    assert delta.seeds_needed < 10 * least


def test_the_data_never_choose_the_pairing(board: Board) -> None:
    for seed in range(5):
        board.add(CE, seed, (100 + 15 * seed, 60, 20))
        board.add(FOCAL, seed, (104 + 15 * seed, 61, 20))
    delta = gain(board.view(), "Focal")
    assert delta.correlation == pytest.approx(1, abs=1e-3)
    assert (delta.method, delta.verdict) == ("welch", "unknown")


def test_pairs_need_seeds_in_common_and_the_reason_is_said(board: Board) -> None:
    for seed in range(3):
        board.add(CE, seed, (100 + seed, 60, 20))
        board.add(FOCAL, seed + 3, (150 + seed, 60, 20))
    view = board.view(how=How(pairing="paired"))
    assert row(view, "Focal").deltas == {} or gain(view, "Focal").why == "fewer than two seeds in common"
    assert "1,000 seeds" not in said(view)
    assert "Seeds are unequal" in said(view)


def test_best_row_and_its_ties_are_the_rows_not_told_to_be_worse(board: Board) -> None:
    for seed in range(5):
        board.add(CE, seed, (60 + 3 * seed, 20, 20))
        board.add(FOCAL, seed, (180 + 3 * seed, 160, 160))
        board.add(focal(0.9), seed, (182 + 3 * seed, 160, 160))
    view = board.view()
    assert view.best == "CB-Focal 0.9"
    assert [one.tied_with_best["accuracy"] for one in view.rows] == [False, True, True]
    [best] = [one for one in view.verdicts if one.question == "best"]
    assert best.answer == "unknown"
    assert best.text.startswith(
        "CB-Focal 0.9 leads: 84.7 % accuracy on test (n = 5); Focal is not told apart; "
    )
    delta = board.view(baseline="Focal").rows[2].deltas["accuracy"]
    assert delta.seeds_needed is not None
    assert f"about {delta.seeds_needed - 5} more seeds each (" in best.text
    assert not best.claim


def test_what_is_only_described_takes_no_part_of_alpha(board: Board) -> None:
    """Calibration and the like are shown with their spread; families are as large as without them."""
    fill(board)
    view = board.view()
    described = {name for name, metric in METRICS.items() if not metric.compared}
    assert described >= {"ece", "mcc", "auroc", "forward_50"}
    assert all(not described & one.deltas.keys() for one in view.rows)
    means = [one.metrics["forward_50"] for one in view.rows]
    assert all(one.mean is not None and one.sd for one in means)
