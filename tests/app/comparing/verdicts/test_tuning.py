"""Settings that differ in their rate alone, folded: each seed at the rate that the others choose."""

import numpy as np
import pytest

from app.errors import InvalidError
from tests.app.comparing.boards import CE, FOCAL, Board, focal, row, said

pytestmark = pytest.mark.slow

RATE = "optim.learning_rate"
RATES = (0.02, 0.05, 0.1)


def grid(
    board: Board, loss: dict[str, object], scores: list[list[float]], rates: tuple[float, ...] = RATES
) -> None:
    """A run for each rate (rows of scores) and seed; its test figure tells which run it was."""
    for at, (rate, of_rate) in enumerate(zip(rates, scores, strict=True)):
        for seed, score in enumerate(of_rate):
            board.add(
                loss, seed, (100 + 10 * at + seed,) * 3, validation=score, optim={"learning_rate": rate}
            )


def test_each_seed_is_reported_at_the_rate_that_the_others_choose(board: Board) -> None:
    scores = [[0.9, 0.1, 0.2], [0.5, 0.45, 0.4], [0.1, 0.6, 0.3]]
    grid(board, CE, scores)
    grid(board, FOCAL, scores[::-1])
    view = board.view(tuned=RATE)
    assert [one.label for one in view.rows] == ["CE, tuned", "Focal, tuned"]
    for one, tried in zip(view.rows, (np.array(scores), np.array(scores[::-1])), strict=True):
        chosen = [int(np.argmax(np.delete(tried, seed, axis=1).mean(axis=1))) for seed in range(3)]
        assert one.tuning is not None
        assert one.tuning.seeds == tuple(RATES[at] for at in chosen)
        assert one.tuning.chosen == RATES[int(np.argmax(tried.mean(axis=1)))]
        assert one.tuning.held_out
        reported = [(100 + 10 * at + seed) / 200 for seed, at in enumerate(chosen)]
        assert one.metrics["accuracy"].mean == pytest.approx(np.mean(reported))
    assert view.chosen_by == "validation"
    assert "3 values each" in said(view)
    assert "one experiment" not in said(view)
    [rate] = [one for one in view.verdicts if one.question == "rate"]
    assert (rate.answer, rate.action) == ("no", None)


def test_where_something_else_is_tuned_the_rate_is_still_asked_about(board: Board) -> None:
    """The effective rate of the class-balanced row is a third of the other's, whatever decay each chose."""
    for at, loss in enumerate((CE, focal(0.9999))):
        for decay in (1e-4, 5e-4):
            for seed in range(3):
                hits, validation = (100 + 20 * at + seed,) * 3, 0.5 + 0.1 * at + 100 * decay
                board.add(loss, seed, hits, validation=validation, optim={"weight_decay": decay})
    view = board.view(tuned="optim.weight_decay")
    [rate] = [one for one in view.verdicts if one.question == "rate"]
    assert rate.answer == "unknown"
    assert "trains at an effective rate" in rate.text
    assert any(text.startswith("Effective learning rates") for text in view.warnings)
    assert "Each setting at the weight decay that validation chose" in said(view)
    assert "at one weight decay for both" in said(view)


def test_the_edge_of_what_was_tried_is_named(board: Board) -> None:
    for loss in (CE, FOCAL):
        grid(board, loss, [[0.9, 0.8], [0.5, 0.4], [0.3, 0.2]])
    view = board.view(tuned=RATE)
    assert all(one.tuning and one.tuning.at_edge for one in view.rows)
    assert "at the edge of what was tried" in said(view)


def test_a_rate_without_other_seeds_does_not_choose_itself(board: Board) -> None:
    """Rate .1 has seed 0 alone, with the best figure of all: it must not report the seed that chose it."""
    grid(board, CE, [[0.5, 0.4], [0.3, 0.6], [0.99]])
    [one] = board.view(tuned=RATE).rows
    assert one.tuning is not None
    assert one.tuning.seeds == (0.05, 0.02)
    assert one.tuning.held_out


def test_one_seed_chooses_itself_and_says_so(board: Board) -> None:
    for loss in (CE, FOCAL):
        grid(board, loss, [[0.5], [0.7], [0.6]])
    view = board.view(tuned=RATE)
    assert all(one.tuning and not one.tuning.held_out and one.tuning.chosen == 0.05 for one in view.rows)
    assert "chosen on the seed that it is reported on" in said(view)


def test_what_is_still_to_come_is_said_of_folded_rows_too(board: Board) -> None:
    grid(board, CE, [[0.5, 0.6], [0.7, 0.8]], RATES[:2])
    board.add(
        CE, 0, state="running", optim={"learning_rate": 0.1, "epochs": 1}, data={"validation_fraction": 0.1}
    )
    view = board.view(tuned=RATE)
    assert view.rows[0].progress == "4 of 5 runs done, 1 running"
    assert view.unfinished is not None
    assert view.unfinished.text == "So far, with 1 of 5 runs still to come (1 running)"


def test_unequal_budgets_are_named_by_what_has_figures(board: Board) -> None:
    grid(board, CE, [[0.5, 0.6], [0.7, 0.8], [0.6, 0.7]])
    grid(board, FOCAL, [[0.5, 0.6], [0.7, 0.8]], RATES[:2])
    board.add(FOCAL, 0, state="queued", optim={"learning_rate": 0.1}, data={"validation_fraction": 0.1})
    warning = "The budget of tuning is unequal, values tried: 2 (Focal, tuned); 3 (CE, tuned)."
    assert warning in board.view(tuned=RATE).warnings


@pytest.mark.parametrize("path", ["loss.beta", "optim.milestones", "seed", "nothing"])
def test_only_numbers_that_all_have_are_tuned(board: Board, path: str) -> None:
    board.add(CE, validation=0.5)
    with pytest.raises(InvalidError) as caught:
        board.view(tuned=path)
    assert caught.value.fields[0].path == "tuned"


def test_a_field_of_one_model_is_tuned_where_every_setting_is_of_it(board: Board) -> None:
    for width in (8, 16):
        board.add(CE, 0, validation=width / 100, model={"width": width})
    [one] = board.view(tuned="model.width").rows
    assert one.tuning is not None
    assert (one.tuning.chosen, [tried.value for tried in one.tuning.tried]) == (16, [8, 16])
    board.add(CE, 0, validation=0.5, model={"name": "mlp"})
    with pytest.raises(InvalidError) as caught:
        board.view(tuned="model.width")
    assert "'model.width' is not tuned here" in caught.value.fields[0].message


def test_without_validation_nothing_is_tuned(board: Board) -> None:
    run = board.add(CE)
    with pytest.raises(InvalidError) as caught:
        board.view(tuned=RATE)
    assert f"run {run} has no validation set" in caught.value.fields[0].message


def test_repeats_at_one_rate_are_still_repeats(board: Board) -> None:
    grid(board, CE, [[0.5, 0.6], [0.7, 0.8], [0.6, 0.7]])
    repeat = board.add(CE, 0, validation=0.1, optim={"learning_rate": 0.02})
    assert f"#{repeat} and #{board.ids[0]} are one experiment" in said(board.view(tuned=RATE))
    assert row(board.view(tuned=RATE), "CE, tuned").n == 2
