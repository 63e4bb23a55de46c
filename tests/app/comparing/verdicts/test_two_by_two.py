"""The 2 x 2 of weights and rate: its rows are found exactly, its effects are sums of the four means."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats

from app.comparing.baselines import PlannedLooks
from app.comparing.parts import ALPHA, How
from app.comparing.verdicts.evidence import control_name
from tests.app.comparing.boards import CE, FOCAL, Board, focal, said
from tests.conftest import TRAIN_COUNTS
from trainer.config import parse_config
from trainer.weighting import mean_weight

pytestmark = pytest.mark.slow

WEIGHTED = focal(0.99)
SIDES = ("unweighted_full", "unweighted_scaled", "weighted_full", "weighted_scaled")
E = mean_weight(TRAIN_COUNTS, parse_config({"loss": WEIGHTED}).loss)


def square(board: Board, hits: Mapping[str, tuple[int, ...]], plain: dict[str, Any] = FOCAL) -> None:
    usual = parse_config({}).optim
    small = {"learning_rate": usual.learning_rate * E, "weight_decay": usual.weight_decay / E}
    settings = {
        "unweighted_full": (plain, {}),
        "unweighted_scaled": (plain, small),
        "weighted_full": (focal(0.99, "mean_one"), {}),
        "weighted_scaled": (WEIGHTED, {}),
    }
    for side, found in hits.items():
        loss, optim = settings[side]
        for seed, right in enumerate(found):
            board.add(loss, seed, (right,) * 3, optim=optim)


SURE = {
    "unweighted_full": (60, 70, 66, 75, 62),
    "unweighted_scaled": (120, 131, 127, 125, 136),
    "weighted_full": (90, 100, 96, 101, 88),
    "weighted_scaled": (160, 171, 165, 173, 178),
}


def test_effects_are_contrasts_of_the_four_means(board: Board) -> None:
    square(board, SURE)
    view = board.view(how=How(multiplicity="none"))
    [found] = [one for one in view.two_by_two if one.metric == view.headline]
    values = {side: np.array(SURE[side]) / 200 for side in SIDES}
    a, b, c, d = (values[side].mean() for side in SIDES)
    assert found.total.mean == pytest.approx(d - a)
    assert found.weights.mean == pytest.approx(((c - a) + (d - b)) / 2)
    assert found.rate.mean == pytest.approx(((b - a) + (d - c)) / 2)
    assert found.interaction.mean == pytest.approx((d - c) - (b - a))
    assert (found.weights.mean or 0) + (found.rate.mean or 0) == pytest.approx(found.total.mean)
    assert found.only_weights
    assert found.mean_weight == pytest.approx(E)
    ends = stats.ttest_ind(values[SIDES[3]], values[SIDES[0]], equal_var=False).confidence_interval(1 - ALPHA)
    assert (found.total.low, found.total.high) == pytest.approx((ends.low, ends.high))
    assert found.share == pytest.approx((found.rate.mean or 0) / (d - a))


def test_no_share_where_the_total_may_be_nothing(board: Board) -> None:
    square(board, dict.fromkeys(SIDES, (60, 120, 90)))
    view = board.view()
    assert [one.share for one in view.two_by_two] == [None, None]
    assert "No share is named" in said(view)
    [rate] = [one for one in view.verdicts if one.question == "rate"]
    assert (rate.answer, rate.claim) == ("unknown", False)


def test_a_rate_that_works_against_the_difference_is_no_explanation(board: Board) -> None:
    swapped = {**SURE, "unweighted_scaled": (20, 26, 30, 22, 28), "weighted_full": (190, 192, 196, 191, 188)}
    square(board, swapped)
    [rate] = [one for one in board.view().verdicts if one.question == "rate"]
    assert (rate.answer, rate.claim) == ("no", True)


@pytest.mark.parametrize("missing", SIDES)
def test_three_rows_are_no_square(board: Board, missing: str) -> None:
    square(board, {side: (60, 70) for side in SIDES if side != missing})
    assert board.view().two_by_two == ()


def test_another_loss_on_the_unweighted_side_is_not_weights_alone(board: Board) -> None:
    square(board, SURE, CE)
    view = board.view()
    assert not any(one.only_weights for one in view.two_by_two)
    assert "the weighted loss" in said(view)


def test_before_the_first_look_effects_have_no_ends(board: Board) -> None:
    square(board, SURE)
    view = board.view(looks=PlannedLooks((9, 10), (0.01, 0.04)))
    assert all(one.share is None for one in view.two_by_two)
    assert not any(one.claim for one in view.verdicts)


def test_single_runs_have_effects_without_intervals(board: Board) -> None:
    square(board, dict.fromkeys(SIDES, (60,)))
    [found, *_] = board.view().two_by_two
    assert (found.total.low, found.total.adjusted, found.share) == (None, None, None)


def objections(board: Board) -> list[str]:
    return [one for one in board.view().warnings if "more than the loss" in one or "Effective" in one]


def with_control(board: Board, **optim: float) -> None:
    """CE, the weighted loss, and CE at its effective rate; `optim` over the last."""
    usual = parse_config({}).optim
    board.add(CE)
    board.add(WEIGHTED)
    board.add(
        CE,
        optim={"learning_rate": usual.learning_rate * E, "weight_decay": usual.weight_decay / E} | optim,
    )


def test_a_control_is_not_objected_to_and_bears_its_name(board: Board) -> None:
    with_control(board)
    assert objections(board) == []
    plain, weighted, control = board.view().rows
    assert (plain.control_of, weighted.control_of, control.control_of) == ("", "", weighted.label)
    rate = parse_config({}).optim.learning_rate * E
    assert control_name(control, weighted) == f"CE at CB-Focal 0.99's effective rate ({rate:.3g})"


def test_the_whole_square_is_not_objected_to(board: Board) -> None:
    square(board, SURE)
    assert objections(board) == []
    assert [row.control_of for row in board.view().rows if row.control_of] == [board.view().rows[3].label]


@pytest.mark.parametrize(
    ("other", "title"),
    [
        ({"momentum": 0.5}, "momentum"),
        ({"batch_size": 32}, "batch size"),
        ({"weight_decay": 0.001}, "weight"),
        ({"learning_rate": 0.005}, "learning rate"),
    ],
)
def test_any_other_difference_is_still_objected_to(board: Board, other: dict[str, float], title: str) -> None:
    with_control(board, **other)
    assert any(title in one for one in objections(board) if "more than the loss" in one)
    assert not any(row.control_of for row in board.view().rows)


def test_beside_a_control_others_are_still_objected_to(board: Board) -> None:
    with_control(board)
    board.add(focal(0.9), optim={"momentum": 0.5})
    found = objections(board)
    assert len([one for one in found if "momentum is" in one]) == 1
    assert not any("learning rate is" in one or "weight decay is" in one for one in found)


def test_a_label_with_commas_stands_among_semicolons(board: Board) -> None:
    with_control(board)
    for loss in (CE, WEIGHTED):
        board.add(loss, optim={"momentum": 0.5})
    plain, weighted, _, *others = (row.label for row in board.view().rows)
    assert all("," in label for label in (plain, weighted, *others))
    [found] = [one for one in objections(board) if "momentum is" in one]
    assert found.endswith(f"momentum is 0.9 ({plain}; {weighted}); 0.5 ({others[0]}; {others[1]}).")
