"""Scores against sklearn on the same predictions; how rows are chosen; uneven test sets, equal counts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, recall_score

from app.comparing.verdicts.scores import Scored, column_names
from app.formats import percent
from tests.app.comparing.boards import CE, FOCAL, SUPPORT, Board, claims, focal, said
from tests.app.predictions import write_predictions
from trainer.metrics import table
from trainer.prediction_file import Answers
from trainer.run_dir import RunDir, SplitName

pytestmark = pytest.mark.slow

Labels = NDArray[np.int64]
COUNTS = (500, 300, 180, 101, 100, 60, 20, 19, 12, 5)
NAMES = tuple(f"class {at}" for at in range(10))
EVEN, UNEVEN = (40,) * 10, (90, 70, 50, 40, 40, 30, 20, 20, 20, 20)
GROUPS = {
    "head": (0, 1, 2),
    "medium": (3, 4, 5, 6),
    "tail": (7, 8, 9),
    "many_shot": (0, 1, 2, 3),
    "medium_shot": (4, 5, 6),
    "few_shot": (7, 8, 9),
}
"""30, 40 and 30 % of the classes; more than 100, 20 to 100 and fewer than 20 training images."""


def truth(support: tuple[int, ...]) -> Labels:
    return np.repeat(np.arange(10), support)


def guesses(labels: Labels, share: float, seed: int) -> Labels:
    """Right with this chance, else any class."""
    random = np.random.default_rng(seed)
    return np.where(random.random(len(labels)) < share, labels, random.integers(0, 10, len(labels)))


def write(
    board: Board, run: int, labels: Labels, seen: Labels, split: SplitName = "test", epoch: int = 1
) -> None:
    shown = Answers(np.eye(10, dtype=np.float32)[seen], seen, labels)
    write_predictions(board.settings.runs_dir, run, shown, split, "last", epoch)


def keep(board: Board, loss: dict[str, Any], seed: int, labels: Labels, seen: Labels, **more: Any) -> int:
    """A run of ten classes with its test predictions in its folder."""
    table = np.zeros((10, 10), dtype=int)
    np.add.at(table, (labels, seen), 1)
    config: dict[str, Any] = {"loss": loss, "seed": seed, "optim": {"epochs": 1, "milestones": []}}
    config["data"] = more.pop("data", {})
    run = board.seed_run(
        config=config, confusions=[table.tolist()], epochs=1, class_names=NAMES, train_counts=COUNTS, **more
    )
    board.ids.append(run)
    write(board, run, labels, seen)
    return run


@contextmanager
def scored_of(board: Board) -> Iterator[Scored]:
    with board.db.read() as session:
        yield board.comparing(session).judged.scored


def column(scores: Scored, name: str) -> int:
    return scores.columns.names.index(name)


def expected(labels: Labels, seen: Labels) -> dict[str, float]:
    """By column, sklearn's figure of one run; groups as means of its recalls."""
    recall = recall_score(labels, seen, average=None, labels=range(10), zero_division=0)
    return {
        "accuracy": accuracy_score(labels, seen),
        "balanced_accuracy": balanced_accuracy_score(labels, seen),
        **{name: float(np.mean(recall[list(members)])) for name, members in GROUPS.items()},
        **{f"class:{at}": value for at, value in enumerate(recall)},
    }


@pytest.mark.parametrize("support", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_weights_over_images_give_sklearns_figures(board: Board, support: tuple[int, ...]) -> None:
    labels = truth(support)
    made = [guesses(labels, 0.3 + 0.1 * seed, seed) for seed in range(4)]
    for at, seen in enumerate(made):
        keep(board, (CE, FOCAL)[at % 2], at // 2, labels, seen)
    with scored_of(board) as scores:
        assert scores.columns.names == column_names(board.view().classes)
        assert scores.columns.weights is not None
        assert scores.columns.strata is not None
        assert (scores.columns.strata == labels).all()
        for side, row in enumerate(scores.rows):
            assert row.hits is not None
            assert row.hits.shape == (2, len(labels))
            for seed in range(2):
                wanted = expected(labels, made[2 * seed + side])
                for name, value in wanted.items():
                    at = column(scores, name)
                    assert row.values[seed, at] == pytest.approx(value), name
                    assert scores.columns.weights[at] @ row.hits[seed] == pytest.approx(value), name
        priors = {name for name in scores.columns.names if name.startswith(("forward_", "backward_"))}
        for at in (column(scores, name) for name in priors):
            row = scores.rows[0]
            assert scores.columns.weights[at] @ row.hits[0] == pytest.approx(row.values[0, at])  # type: ignore[index]
        for name in set(scores.columns.names) - set(expected(labels, made[0])) - priors:
            assert not scores.columns.weights[column(scores, name)].any(), f"{name} is no mean over images"


def test_figures_that_are_no_means_are_sklearns_too(board: Board) -> None:
    labels = truth(UNEVEN)
    seen = guesses(labels, 0.5, 1)
    keep(board, CE, 0, labels, seen)
    keep(board, FOCAL, 0, labels, seen)
    recall = recall_score(labels, seen, average=None)
    with scored_of(board) as scores:
        values = scores.rows[0].values[0]
        assert values[column(scores, "macro_f1")] == pytest.approx(f1_score(labels, seen, average="macro"))
        assert values[column(scores, "worst_class")] == pytest.approx(recall.min())
        assert values[column(scores, "geometric_mean")] == pytest.approx(np.prod(recall) ** 0.1)


def test_images_behind_a_figure_are_those_of_a_share_that_is_as_noisy(board: Board) -> None:
    """The variance of a mean of recalls at one level p is p (1 - p) over this number."""
    labels = truth(UNEVEN)
    for loss in (CE, FOCAL):
        keep(board, loss, 0, labels, guesses(labels, 0.5, 1))
    draws = np.random.default_rng(0).binomial(UNEVEN, 0.3, (60_000, 10)) / UNEVEN
    with scored_of(board) as scores:
        images = scores.columns.images
    for name, members in {**GROUPS, "balanced_accuracy": range(10)}.items():
        noise = draws[:, list(members)].mean(axis=1).var()
        assert images[table.NAMES.index(name)] == pytest.approx(0.3 * 0.7 / noise, rel=0.04), name
    assert images[table.NAMES.index("accuracy")] == pytest.approx(sum(UNEVEN))
    assert images[len(table.NAMES) :].tolist() == pytest.approx(list(UNEVEN))
    assert images[table.NAMES.index("loss")] == 0


SPOILED: dict[str, Callable[[Board, int, Labels], None]] = {
    "no predictions": lambda board, run, _: file_of(board, run).unlink(),
    "of another epoch": lambda board, run, labels: write(board, run, labels, labels, epoch=2),
    "of another test set": lambda board, run, labels: write(board, run, labels[:-1], labels[:-1]),
}


def file_of(board: Board, run: int) -> Path:
    return RunDir(board.settings.runs_dir / str(run)).predictions_file("test", "last")


@pytest.mark.parametrize("how", SPOILED)
def test_a_row_lacks_predictions_as_soon_as_one_of_its_runs_does(board: Board, how: str) -> None:
    labels = truth(EVEN)
    runs = [
        keep(board, loss, seed, labels, guesses(labels, 0.4, seed))
        for seed in range(2)
        for loss in (CE, FOCAL)
    ]
    SPOILED[how](board, runs[3], labels)
    with scored_of(board) as scores:
        assert [row.hits is None for row in scores.rows] == [False, True]
        assert scores.unkept == ("Focal",)
    assert "Predictions were not kept of Focal" in said(board.view())


def test_validation_predictions_tell_groups_and_classes(board: Board) -> None:
    labels, other = truth(EVEN), truth((7,) * 10)
    held_out = {}
    for at, loss in enumerate((CE, FOCAL)):
        on_validation = guesses(other, 0.5 + at / 5, at)
        held_out[at] = expected(other, on_validation)
        figures = {
            1: {
                "validation_balanced_accuracy": held_out[at]["balanced_accuracy"],
                "validation_accuracy": held_out[at]["accuracy"],
                "validation_loss": 1.5,
            }
        }
        run = keep(
            board,
            loss,
            0,
            labels,
            guesses(labels, 0.4, at),
            data={"validation_fraction": 0.1},
            figures=figures,
        )
        write(board, run, other, on_validation, "validation")
    with scored_of(board) as scores:
        assert scores.chosen_by == "validation"
        for at, told in held_out.items():
            for name, value in told.items():
                assert scores.choices[at][0, column(scores, name)] == pytest.approx(value), name
            assert scores.choices[at][0, column(scores, "loss")] == 1.5


def test_without_validation_predictions_its_balanced_accuracy_stands_for_the_groups(board: Board) -> None:
    board.add(CE, validation=0.7)
    board.add(FOCAL, validation=0.6)
    with scored_of(board) as scores:
        assert [scores.choices[at][0, column(scores, "tail")] for at in (0, 1)] == [0.7, 0.6]
        assert scores.choosing[:, column(scores, "class:0")].tolist() == [0.7, 0.6]


def test_validation_is_not_used_where_a_run_lacks_it(board: Board) -> None:
    """Its column in the journal is empty, though its configuration asks for validation images."""
    board.add(CE, validation=0.2)
    board.add(FOCAL, data={"validation_fraction": 0.1}, hits=(10, 10, 10))
    view = board.view()
    assert (view.chosen_by, view.best) == ("test", "CE")


def test_validation_chooses_and_the_test_figure_is_reported(board: Board) -> None:
    """Validation prefers beta .999, test .997: the page must not say that it peaks at .997."""
    for beta, on_validation, right in ((0.99, 0.52, 100), (0.997, 0.60, 150), (0.999, 0.72, 120)):
        for seed in range(5):
            board.add(focal(beta), seed, (right + seed,) * 3, validation=on_validation + seed / 1000)
    view = board.view()
    assert (view.chosen_by, view.best) == ("validation", "CB-Focal 0.999")
    [best] = [one for one in view.verdicts if one.question == "best"]
    assert best.text.startswith("CB-Focal 0.999 leads on validation: 61.0 % accuracy on test (n = 5)")
    assert "less than CB-Focal 0.997" in best.text
    [told] = [one.text for one in view.observations if one.text.startswith("Accuracy of CB-Focal")]
    assert "is highest on validation at beta 0.999 (61.0 %, n = 5, chosen on validation)" in told
    assert "peaks" not in said(view)
    assert view.rows[2].choosing["accuracy"] == pytest.approx(0.722)


def test_an_uneven_test_set_is_judged_by_balanced_accuracy(board: Board) -> None:
    """A constant guess of cat finds 2 of 3 images; the other setting finds more classes and fewer images."""
    for seed, more in enumerate((-4, -2, 0, 2, 4)):
        board.add(CE, seed, (400, 2 + more // 2, 2), support=(400, 100, 100))
        board.add(FOCAL, seed, (240 + more, 60 + more, 60 + more), support=(400, 100, 100))
    view = board.view()
    assert view.headline == "balanced_accuracy"
    assert view.best == "Focal"
    [warning] = [one for one in view.warnings if one.startswith("The test set is not balanced")]
    assert warning.endswith(f"always guessing cat would get an accuracy of {percent(400 / 600)} %.")
    [best] = [one for one in view.verdicts if one.question == "best"]
    assert (best.answer, "% balanced accuracy on test" in best.text) == ("yes", True)
    [base] = [one for one in view.verdicts if one.question == "baseline"]
    assert base.text.startswith("Focal: balanced accuracy +")
    assert view.rows[1].deltas["accuracy"].verdict == "worse"


def test_a_class_without_test_images_makes_no_test_set_uneven(board: Board) -> None:
    board.add(CE, hits=(100, 0, 50), support=(200, 0, 200))
    board.add(FOCAL, hits=(100, 0, 50), support=(200, 0, 200))
    view = board.view()
    assert view.headline == "accuracy"
    assert view.rows[0].classes[1].mean is None
    assert not any("not balanced" in one for one in view.warnings)


def test_equal_training_counts_have_no_head_and_no_tail(board: Board) -> None:
    for seed, more in enumerate((-8, -4, 0, 4, 8)):
        for loss, hits in ((CE, (180, 100, 20)), (FOCAL, (100, 100, 120))):
            board.add(loss, seed, [one + more for one in hits], train_counts=(50, 50, 50))
    view = board.view()
    for one in view.rows:
        assert [one.metrics[name].mean for name in ("head", "medium", "tail")] == [None] * 3
        assert not {"head", "medium", "tail"} & set(one.deltas)
    assert {one.question for one in view.verdicts} == {"best", "baseline", "rate"}
    assert "Seesaw" not in said(view)
    assert any("there is no head, medium or tail" in one for one in view.warnings)
    assert any("surely gained" in one for one in claims(view)), "its classes still move"
    assert view.rows[1].deltas["accuracy"].mean == pytest.approx(20 / (3 * SUPPORT))
