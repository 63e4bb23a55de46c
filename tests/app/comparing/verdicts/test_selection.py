"""What the best of several rows is worth: by a loop over seeds left out, and by simulation."""

import numpy as np
import pytest

from app.comparing.verdicts.selection import HeldOut, flattery_among, held_out
from app.formats import percent
from tests.app.comparing.boards import CE, FOCAL, SUPPORT, Board, fill, focal

pytestmark = pytest.mark.slow

LOSSES = {"CE": CE, "Focal": FOCAL, "CB-Focal 0.9": focal(0.9), "CB-Focal 0.99": focal(0.99)}
Figures = dict[str, dict[int, float]]
"""By row and seed."""


def found_by(board: Board) -> HeldOut:
    with board.db.read() as session:
        return held_out(board.comparing(session).judged)


def winners(choosing: Figures, seeds: list[int]) -> list[str]:
    """Seed by seed, the row that all other seeds prefer."""
    found = []
    for seed in seeds:
        means = {label: np.mean([of[one] for one in seeds if one != seed]) for label, of in choosing.items()}
        found.append(max(means, key=lambda label: means[label]))
    return found


@pytest.mark.parametrize("on_validation", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_each_seed_is_reported_of_the_row_that_the_others_choose(
    board: Board, seed: int, on_validation: bool
) -> None:
    """Rows differ in which seeds they have; only those that all have take part."""
    random = np.random.default_rng(seed)
    test: Figures = {}
    validation: Figures = {}
    for label, loss in LOSSES.items():
        for at in [0, 1, 2, 3, *random.choice(range(4, 9), 2, replace=False).tolist()]:
            right, score = int(random.integers(20, 180)), float(random.uniform(0.2, 0.9))
            board.add(loss, at, (right, right, right), validation=score if on_validation else None)
            test.setdefault(label, {})[at] = right / SUPPORT
            validation.setdefault(label, {})[at] = score
    common = sorted(set.intersection(*(set(one) for one in test.values())))
    found = found_by(board)
    chosen = winners(validation if on_validation else test, common)
    expected = float(np.mean([test[label][seed] for label, seed in zip(chosen, common, strict=True)]))
    assert found.mean == pytest.approx(expected)
    assert found.n == len(common)
    view = board.view()
    assert view.chosen_by == ("validation" if on_validation else "test")
    told = "its figure stays" if found.stays else f"the winner reaches {percent(expected)} %"
    assert f"{told} (leave one seed out, n = {len(common)})" in view.verdicts[0].detail
    assert found.stays == ({*chosen} == {view.best})


def test_a_lucky_seed_does_not_report_itself(board: Board) -> None:
    """CE wins by seed 0 alone: without it Focal is chosen, and seed 0 is reported of Focal."""
    for loss, hits in ((CE, (200, 90, 80)), (FOCAL, (100, 100, 100))):
        for seed, right in enumerate(hits):
            board.add(loss, seed, (right,) * 3)
    assert board.view().best == "CE"
    assert found_by(board).mean == pytest.approx((100 + 90 + 80) / 3 / SUPPORT)


def test_too_few_seeds_in_common(board: Board) -> None:
    for seed in (0, 1):
        board.add(CE, seed, (100 + 10 * seed,) * 3)
        board.add(FOCAL, seed + 1, (120 - 10 * seed,) * 3)
    found = found_by(board)
    assert (found.mean, found.n) == (None, 1)
    assert found.flattery is not None
    told = board.view().verdicts[0].detail
    assert f"would look {percent(found.flattery)} points too good at this spread" in told


def test_single_runs_leave_no_spread_to_judge_by(board: Board) -> None:
    fill(board, [(CE, (100, 100, 100)), (FOCAL, (120, 120, 120))], (0,))
    assert found_by(board) == HeldOut(None, 1, None)


@pytest.mark.parametrize("many", [2, 7, 19])
def test_flattery_is_what_the_winner_of_equal_settings_gains(board: Board, many: int) -> None:
    """Pooled over rows; one of a single seed tells nothing of the spread, and its mean varies as one run."""
    sides = {"CE": (60, 100, 140, 90), "Focal": (100, 150, 120, 130)}
    for label, hits in sides.items():
        for seed, right in enumerate(hits):
            board.add(LOSSES[label], seed, (right,) * 3)
    board.add(focal(0.9), 0, (199,) * 3)
    pooled = np.sqrt(np.mean([np.var(hits, ddof=1) for hits in sides.values()])) / SUPPORT
    of_a_mean = pooled * np.sqrt(np.mean([1 / 4, 1 / 4, 1]))
    draws = np.random.default_rng(0).normal(0, of_a_mean, (40_000, many)).max(axis=1)
    with board.db.read() as session:
        found = flattery_among(board.comparing(session).judged, many)
    assert found == pytest.approx(draws.mean(), abs=4 * draws.std() / np.sqrt(len(draws)))


def test_the_winner_of_noise_is_worth_less_than_it_looks(board: Board) -> None:
    """Seven equal settings: chosen and reported by the same seeds, the best stands above the rest."""
    random = np.random.default_rng(3)
    losses = [focal(1 - 10**-power) for power in np.linspace(0.5, 3, 7)]
    for loss in losses:
        for seed in range(5):
            board.add(loss, seed, (int(random.normal(100, 15)),) * 3)
    view, found = board.view(), found_by(board)
    lead = next(one for one in view.rows if one.label == view.best)
    means = [one.metrics["accuracy"].mean or 0.0 for one in view.rows]
    assert lead.metrics["accuracy"].mean == max(means)
    assert found.mean is not None
    assert found.mean < max(means)
