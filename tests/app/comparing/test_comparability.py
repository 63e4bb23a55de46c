"""Which rows are subtracted: never across data, images, epochs or choices of the best epoch."""

from typing import Any

import numpy as np
import pytest

from app.comparing.comparability import Conditions, why_apart
from tests.app.comparing.boards import CE, FOCAL, Board, claims, focal, gain, row, said

pytestmark = pytest.mark.slow

OTHER = "other images under the same name"
APART: list[tuple[dict[str, Any], str]] = [
    ({"data": {"dataset": "cifar10"}}, "other data set (cifar10, not shapes10)"),
    ({"data": {"imbalance_ratio": 10.0}}, "other imbalance ratio (10, not 100)"),
    ({"data": {"imbalance": "step"}}, "other imbalance (step, not exp)"),
    ({"data": {"validation_fraction": 0.1}}, "other validation fraction (0.1, not 0)"),
    ({"data": {"augment": False}}, "other augment (off, not on)"),
    ({"data": {"max_train_per_class": 50}}, "other most images per class"),
    ({"optim": {"epochs": 2}}, "other epochs (2, not 1)"),
    ({"fingerprint": "e" * 64}, OTHER),
    ({"source": "shapes10/other"}, OTHER),
]


@pytest.mark.parametrize(("over", "why"), APART, ids=[f"{why}, {next(iter(over))}" for over, why in APART])
def test_rows_of_other_data_or_epochs_stand_beside_and_are_not_subtracted(
    board: Board, over: dict[str, Any], why: str
) -> None:
    for seed in range(2):
        board.add(CE, seed, (80, 50, 20))
        board.add(FOCAL, seed, (180, 150, 120), **over)
    view = board.view()
    other = view.rows[1]
    assert other.label != "CE"
    assert (other.delta, other.deltas, set(other.class_deltas), other.tied_with_best) == (
        None,
        {},
        {None},
        {},
    )
    assert other.why.startswith(why)
    assert other.n == 2
    assert other.metrics["accuracy"].mean == pytest.approx(0.75)
    assert (view.verdicts, claims(view), view.best, view.two_by_two) == ((), [], None, ())
    assert not view.same_but_loss
    assert why in view.warnings[0]
    assert view.warnings[0].startswith("Not comparable")


def test_the_made_up_board_of_two_data_sets(board: Board) -> None:
    """shapes10 CE and cifar10 Focal, two seeds: nothing subtracted, tested or bold."""
    for seed in range(2):
        board.add(CE, seed, (100 + seed, 60, 20))
        board.add(FOCAL, seed, (120 + seed, 80, 40), data={"dataset": "cifar10"})
    view = board.view()
    assert all(
        (one.delta, one.deltas, one.tied_with_best, one.classes_tied) == (None, {}, {}, ())
        for one in view.rows
    )
    assert not any(
        "Focal" in text
        for text in (*(one.text for one in view.verdicts), *(one.text for one in view.observations))
    )
    assert "Distinguishable" not in said(view)


@pytest.mark.parametrize(("path", "value"), [("model", {"width": 8}), ("optim", {"learning_rate": 0.005})])
def test_other_fields_are_subtracted_and_named(board: Board, path: str, value: dict[str, Any]) -> None:
    optim = {"epochs": 1, "milestones": []}
    for seed in range(2):
        board.add(CE, seed)
        other = {"optim": {**optim, **value}} if path == "optim" else {"optim": optim, path: value}
        board.ids.append(board.seed_run(config={**other, "loss": FOCAL, "seed": seed}, epochs=1))
    view = board.view()
    assert view.rows[1].delta is not None
    assert any(one.startswith("The settings differ in more than the loss") for one in view.warnings)


def test_subset_seeds_are_no_other_data(board: Board) -> None:
    for subset in range(2):
        board.add(CE, 0, data={"subset_seed": subset}, fingerprint=f"{subset}" * 64)
        board.add(FOCAL, 0, data={"subset_seed": subset}, fingerprint=f"{subset}" * 64)
    view = board.view()
    assert [one.n for one in view.rows] == [2, 2]
    assert view.rows[1].delta is not None


def test_a_source_that_the_run_tells_is_as_good_as_one_of_its_row(board: Board) -> None:
    """Equal fingerprints, other sources, known from the journals alone."""
    for loss, source in ((CE, "shapes10/1"), (FOCAL, "shapes10/2"), (focal(0.9), "shapes10/1")):
        board.change(board.add(loss, source=None), started={"source": source})
    view = board.view()
    assert [one.why for one in view.rows] == ["the baseline", OTHER, ""]
    assert view.rows[1].deltas == {}
    assert view.rows[2].delta is not None


def test_one_source_drawn_otherwise_is_other_images(board: Board) -> None:
    """Equal source, other fingerprint: the subset was drawn in another way."""
    for loss, fingerprint in ((CE, "a" * 64), (FOCAL, "b" * 64)):
        board.add(loss, fingerprint=fingerprint, source="shapes10/1")
    view = board.view()
    assert view.rows[1].label.startswith("Focal")
    assert view.rows[1].why == OTHER


def test_a_run_from_before_sources_were_known_is_told_by_its_fingerprint(board: Board) -> None:
    board.add(CE, fingerprint="a" * 64, source=None)
    board.add(FOCAL, fingerprint="a" * 64, source="shapes10/1")
    board.add(focal(0.9), fingerprint="b" * 64, source="shapes10/1")
    view = board.view()
    assert view.rows[1].delta is not None
    assert view.rows[2].why == OTHER


def test_a_row_that_was_not_started_is_comparable(board: Board) -> None:
    board.add(CE)
    board.add(FOCAL, state="queued")
    assert board.view().rows[1].why == "queued"


def test_the_baselines_classes_are_the_columns_whatever_stands_first(board: Board) -> None:
    """Predictions of ten classes beside a first row of three."""
    board.add(FOCAL, data={"dataset": "cifar10"})
    random = np.random.default_rng(0)
    for seed in range(2):
        for loss in (CE, focal(0.9)):
            right = random.random(1000) < 0.5
            run = board.add(
                loss,
                seed,
                right.reshape(10, 100).sum(axis=1).tolist(),
                support=100,
                class_names=[f"c{at}" for at in range(10)],
                train_counts=range(100, 0, -10),
            )
            from tests.app.comparing.boards import answers
            from tests.app.predictions import write_predictions

            write_predictions(board.settings.runs_dir, run, answers(right, 10), epoch=1)
    view = board.view(baseline=board.view(baseline="").rows[1].label)
    assert [column.name for column in view.classes] == [f"c{at}" for at in range(10)]
    delta = view.rows[2].deltas["accuracy"]
    assert delta.adjusted is not None
    assert view.rows[2].class_deltas[9] is not None
    assert view.rows[0].deltas == {}


def test_choices_of_the_best_epoch(board: Board) -> None:
    """One row without validation: marked on the row that it is true of, and not subtracted."""
    for seed in range(2):
        board.add(CE, seed, validation=0.5)
        board.add(FOCAL, seed, validation=0.6)
    board.add(focal(0.9), 0)
    view = board.view(at="best")
    assert [one.chosen_on for one in view.rows] == ["validation", "validation", "test"]
    [warning] = [one for one in view.warnings if "looking at the test set" in one]
    assert view.rows[2].label in warning
    assert "CE" not in warning.replace(view.rows[2].label, "")
    assert view.chosen_on_test
    assert view.rows[1].delta is not None
    assert (view.rows[2].delta, view.rows[2].tied_with_best) == (None, {})
    assert board.view(at="last").rows[2].chosen_on == ""


def test_unequal_choices_on_equal_data(board: Board) -> None:
    """One run chose its best epoch on test, though it has a validation set."""
    for loss in (CE, FOCAL):
        board.add(loss, validation=0.5)
    board.change(
        board.ids[1],
        best={"epoch": 1, "chosen_on": "test", "test_accuracy": 0.5, "test_balanced_accuracy": 0.5},
    )
    assert board.view(at="best").rows[1].why == "best epoch chosen on test, not on validation"
    assert board.view(at="last").rows[1].why == ""


def test_the_largest_group_is_judged_without_a_baseline(board: Board) -> None:
    board.add(FOCAL, data={"imbalance_ratio": 10.0})
    for seed in range(5):
        board.add(focal(0.9), seed, (60 + 2 * seed, 20, 20))
        board.add(focal(0.99), seed, (180 + 2 * seed, 160, 160))
    view = board.view()
    whys = ["other imbalance ratio (10, not 100)", "no baseline", "no baseline"]
    assert (view.baseline, [one.why for one in view.rows]) == (None, whys)
    assert view.best == row(view, view.rows[2].label).label
    assert view.rows[0].tied_with_best == {}
    assert view.rows[0].label in view.warnings[0]


def test_a_standing_is_never_apart_from_itself() -> None:
    one = Conditions((("dataset", "a"),), "", 3, "test")
    assert why_apart(one, one) == ""
    assert why_apart(one, one._replace(chosen_on="validation")) != ""
    assert why_apart(one, one._replace(epochs=4)) != ""


def test_differences_within_a_group_beside_another(board: Board) -> None:
    for seed in range(3):
        board.add(CE, seed, (80 + seed, 50, 20))
        board.add(FOCAL, seed, (90 + seed, 60, 20))
        board.add(FOCAL, seed, (180, 180, 180), data={"imbalance_ratio": 10.0})
    view = board.view()
    assert view.baseline == view.rows[0].label
    assert gain(view, view.rows[1].label).n == 3
    assert view.best == view.rows[1].label
