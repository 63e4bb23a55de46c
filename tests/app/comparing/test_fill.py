"""Settings over their seeds against independent oracles: numpy for means, scipy for paired intervals."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, recall_score

from app.comparing.confusion import confusion_difference, leakage
from app.comparing.curves import CURVE_METRICS, curves
from app.comparing.parts import How, Pairing
from app.comparing.view import Comparison
from app.errors import InvalidError, NotFoundError
from app.store.engine import Database
from tests.app.comparing.boards import comparison
from trainer.metrics.groups import rank_groups

SeedRun = Callable[..., int]
Made = Callable[..., Comparison]
Matrix = list[list[int]]

FOCAL: dict[str, Any] = {"name": "focal"}
CE: dict[str, Any] = {"name": "cross_entropy"}


def draw(seed: int, right: float) -> Matrix:
    """A confusion matrix of 3 classes with 20 images each, of which about `right` are hit."""
    rng = np.random.default_rng(seed)
    shares = np.full((3, 3), (1 - right) / 2) + np.eye(3) * (right - (1 - right) / 2)
    return [rng.multinomial(20, row).tolist() for row in shares]


def expand(matrix: Matrix) -> tuple[list[int], list[int]]:
    """(truth, prediction) of each image."""
    pairs = [(t, p) for t, row in enumerate(matrix) for p, n in enumerate(row) for _ in range(n)]
    return [t for t, _ in pairs], [p for _, p in pairs]


@pytest.fixture
def made(db: Database) -> Made:
    def compared(ids: Sequence[int], **asked: Any) -> Comparison:
        with db.read() as session:
            return comparison(session, ids, **asked)

    return compared


@pytest.fixture
def two(seed_run: SeedRun) -> tuple[list[int], list[Matrix], list[Matrix]]:
    """Ids of CE and focal over four seeds, in a shuffled order, with their matrices by seed."""
    ce, focal = ([draw(10 * at + seed, right) for seed in range(4)] for at, right in enumerate((0.5, 0.6)))
    runs = [(CE, seed, matrix) for seed, matrix in enumerate(ce)]
    runs += [(FOCAL, seed, matrix) for seed, matrix in reversed(list(enumerate(focal)))]
    ids = [seed_run(config={"loss": loss, "seed": seed}, epochs=1, confusions=[m]) for loss, seed, m in runs]
    return ids, ce, focal


def accuracies(matrices: Sequence[Matrix]) -> list[float]:
    return [float(np.trace(m) / np.sum(m)) for m in matrices]


def test_means_and_spreads_are_sklearns_and_numpys(made: Made, two: Any) -> None:
    ids, ce, _ = two
    row = made(ids).rows[0]
    assert (row.label, row.n, row.run_ids) == ("CE", 4, tuple(ids[:4]))
    balanced = [balanced_accuracy_score(*expand(m)) for m in ce]
    assert row.metrics["balanced_accuracy"].mean == pytest.approx(np.mean(balanced))
    assert row.metrics["balanced_accuracy"].sd == pytest.approx(np.std(balanced, ddof=1))
    recall = np.array([recall_score(*expand(m), average=None) for m in ce])
    assert [one.mean for one in row.classes] == pytest.approx(recall.mean(axis=0).tolist())
    assert [one.sd for one in row.classes] == pytest.approx(recall.std(axis=0, ddof=1).tolist())


def test_differences_are_of_independent_seeds(made: Made, two: Any) -> None:
    ids, ce, focal = two
    view = made(ids)
    delta = view.rows[1].delta
    assert view.baseline == "CE"
    assert delta is not None
    ours, theirs = accuracies(focal), accuracies(ce)
    error = np.sqrt((np.var(ours, ddof=1) + np.var(theirs, ddof=1)) / 4)
    half = stats.t.ppf(0.975, 3) * error
    assert delta.n == 4
    assert delta.mean == pytest.approx(np.mean(np.subtract(ours, theirs)))
    assert delta.high is not None
    assert delta.high >= np.mean(ours) - np.mean(theirs) + half - 1e-12  # or the binomial of 60 images
    first = view.rows[1].class_deltas[0]
    assert first is not None
    sides = [[matrix[0][0] / 20 for matrix in one] for one in (focal, ce)]
    assert first.mean == pytest.approx(np.mean(sides[0]) - np.mean(sides[1]))
    assert first.sd == pytest.approx(np.hypot(*(np.std(side, ddof=1) for side in sides)))
    assert view.rows[0].delta is None
    assert view.rows[0].deltas == {}


def test_other_and_no_baseline(made: Made, two: Any) -> None:
    ids, *_ = two
    default, other = made(ids).rows[1].delta, made(ids, baseline="Focal").rows[0].delta
    assert default is not None
    assert other is not None
    assert other.mean == pytest.approx(-(default.mean or 0))
    assert made(ids, baseline="").baseline is None
    with pytest.raises(InvalidError):
        made(ids, baseline="CE 2")


def test_no_baseline_where_two_settings_are_unweighted_cross_entropy(made: Made, seed_run: SeedRun) -> None:
    ids = [
        seed_run(config={"optim": {"epochs": 3, "milestones": [], "learning_rate": r}}) for r in (0.1, 0.05)
    ]
    view = made(ids)
    assert [row.label for row in view.rows] == ["CE, rate 0.1", "CE, rate 0.05"]
    assert view.baseline is None
    assert any(
        "learning rate is 0.1 (CE, rate 0.1); 0.05 (CE, rate 0.05)" in warning for warning in view.warnings
    )
    assert not any(warning.startswith("Not comparable") for warning in view.warnings)
    assert [(field.label, field.values) for field in view.differences] == [("Learning rate", ("0.1", "0.05"))]


def test_the_baseline_of_second_stages_is_the_cross_entropy_of_one_stage(
    made: Made, seed_run: SeedRun
) -> None:
    optim = {"epochs": 3, "milestones": []}
    stages = ("crt", "none", "tau_norm")
    ids = [seed_run(config={"optim": optim, "second_stage": {"name": name}}) for name in stages]
    view = made(ids)
    assert {row.label for row in view.rows} == {"CE, cRT", "CE", "CE, tau-normalisation"}
    assert view.baseline == "CE"
    assert not any("Effective" in warning or "more than the loss" in warning for warning in view.warnings)


def weighted(loss: dict[str, Any], reduction: str = "batch_mean") -> dict[str, Any]:
    return {"weighting": "class_balanced", "beta": 0.99, "reduction": reduction, **loss}


SOFT: dict[str, Any] = {"name": "focal", "gamma": 1.0}


@pytest.mark.parametrize(
    ("losses", "baseline"),
    [
        ([weighted(SOFT), SOFT], "Focal"),
        ([weighted(SOFT), SOFT, {"name": "focal", "gamma": 2.0}], "Focal, gamma 1"),
        ([weighted(SOFT), weighted(SOFT, "mean_one"), SOFT, (SOFT, 0.05)], "Focal, rate 0.1"),
        ([weighted(SOFT), SOFT, CE], "CE"),
        ([SOFT, {"name": "focal", "gamma": 2.0}], None),
        ([weighted(SOFT), {"name": "focal", "gamma": 2.0}], None),
        ([weighted(SOFT), (SOFT, 0.05)], None),
        (
            [
                weighted(SOFT),
                weighted({"name": "focal", "gamma": 2.0}),
                SOFT,
                {"name": "focal", "gamma": 2.0},
            ],
            None,
        ),
    ],
)
def test_without_cross_entropy_the_weighted_loss_itself_is_the_baseline_less_its_weights(
    made: Made, seed_run: SeedRun, losses: list[Any], baseline: str | None
) -> None:
    """A pair is a loss and its learning rate. Two that serve equally well are a choice for the reader."""
    pairs = [one if isinstance(one, tuple) else (one, 0.1) for one in losses]
    ids = [
        seed_run(config={"loss": loss, "optim": {"epochs": 3, "milestones": [], "learning_rate": rate}})
        for loss, rate in pairs
    ]
    assert made(ids).baseline == baseline
    assert made(list(reversed(ids))).baseline == baseline


def test_pairs_need_the_same_seed_and_subset(made: Made, seed_run: SeedRun) -> None:
    def run(loss: dict[str, Any], seed: int, subset: int) -> int:
        return seed_run(config={"loss": loss, "seed": seed, "data": {"subset_seed": subset}})

    ids = [run(CE, 0, 0), run(CE, 1, 0), run(CE, 0, 1), run(FOCAL, 1, 0), run(FOCAL, 1, 1), run(FOCAL, 0, 1)]
    view = made(ids, how=How(pairing="paired"))
    delta = view.rows[1].delta
    assert delta is not None
    assert (view.rows[1].n, delta.n) == (3, 2)
    assert any(warning.startswith("Seeds are unequal") for warning in view.warnings)


@pytest.mark.parametrize("pairing", ["welch", "paired"])
def test_whoever_chose_pairs_is_told_what_choosing_costs(
    made: Made, seed_run: SeedRun, pairing: Pairing
) -> None:
    ids = [seed_run(config={"loss": loss, "seed": seed}) for loss in (CE, FOCAL) for seed in range(3)]
    said = " ".join(made(ids, how=How(pairing=pairing)).warnings)
    assert ("chosen before the first run" in said) == (pairing == "paired")


def test_a_repeated_experiment_is_no_second_seed(made: Made, seed_run: SeedRun) -> None:
    failed, first, second = seed_run("failed", confusions=[draw(0, 0.5)]), seed_run(), seed_run()
    view = made([failed, first, second])
    [row] = view.rows
    assert (row.n, row.run_ids, row.epochs) == (1, (failed, first, second), (None, 3, None))
    assert row.states == {"failed": 1, "completed": 2}
    assert any(f"only #{first} counts" in one for one in view.warnings)


def test_unfinished_runs_stay_out_of_the_means_of_completed_ones(made: Made, seed_run: SeedRun) -> None:
    done = seed_run(config={"seed": 0})
    running = seed_run("running", config={"seed": 1}, confusions=[draw(0, 0.5)])
    queued = seed_run("queued", config={"seed": 2})
    [row] = made([done, running, queued]).rows
    assert (row.n, row.epochs) == (1, (3, None, None))
    [alone] = made([running, queued]).rows
    assert (alone.n, alone.epochs, alone.delta) == (0, (None, None), None)


def test_figures_that_are_not_finite_are_left_out(made: Made, seed_run: SeedRun) -> None:
    """Trial S15."""
    good, bad = (
        seed_run(config={"seed": 0}),
        seed_run(config={"seed": 1}, figures={3: {"test_loss": float("nan"), "diverged": True}}),
    )
    [row] = made([good, bad]).rows
    assert (row.n, row.states, row.diverged) == (2, {"completed": 2}, 1)
    assert row.metrics["loss"].mean == pytest.approx(2.5 / 3)
    assert row.metrics["loss"].sd is None
    assert row.metrics["accuracy"].sd == 0


def test_best_epoch_of_each_run_by_its_rule(made: Made, seed_run: SeedRun) -> None:
    better, worse = [[18, 2], [2, 18]], [[18, 2], [18, 2]]
    ids = [
        seed_run(config={"seed": seed}, class_names="ab", train_counts=(9, 1), confusions=matrices)
        for seed, matrices in enumerate(([better, worse], [worse, better]))
    ]
    last, best = made(ids), made(ids, at="best")
    assert (last.rows[0].epochs, best.rows[0].epochs) == ((2, 2), (1, 2))
    assert best.rows[0].metrics["accuracy"].mean == pytest.approx(0.9)
    assert (last.chosen_on_test, best.chosen_on_test) == (False, True)


def test_hundred_classes_and_long_names(made: Made, seed_run: SeedRun) -> None:
    names = [f"{'n' * 190}{index:03}" for index in range(100)]
    matrices = [[[20 * (i == j) for j in range(100)] for i in range(100)]]
    ids = [
        seed_run(
            config={"loss": loss}, class_names=names, train_counts=range(200, 100, -1), confusions=matrices
        )
        for loss in (CE, FOCAL)
    ]
    view = made(ids)
    assert len(view.rows[0].classes) == len(view.rows[1].class_deltas) == 100
    assert all(len(seen.text) < 500 for seen in view.observations)


def test_nothing_chosen_and_nothing_known(made: Made) -> None:
    view = made([])
    assert (view.rows, view.classes, view.baseline, view.differences) == ((), (), None, ())
    with pytest.raises(NotFoundError):
        made([1])


class TestCurves:
    def test_mean_and_sd_by_epoch_step_and_time(self, db: Database, seed_run: SeedRun) -> None:
        ids = []
        for seed in (0, 1):
            figures = {1: {"train_loss": 2.0 + seed}, 2: {"train_loss": 1.0 - seed, "seconds": 4.0}}
            ids.append(seed_run(config={"seed": seed}, epochs=2, figures=figures))
        with db.read() as session:
            view = curves(session, ids, "train_loss")
        [curve] = view.curves
        assert [(p.epoch, p.step, p.seconds, p.n) for p in curve.points] == [(1, 3, 2, 2), (2, 6, 6, 2)]
        assert [p.mean for p in curve.points] == [2.5, 0.5]
        assert [p.sd for p in curve.points] == pytest.approx([np.std([2, 3], ddof=1), np.std([0, 1], ddof=1)])
        assert [p.best for p in curve.points] == [False, True]

    def test_runs_of_other_lengths_and_gaps(self, db: Database, seed_run: SeedRun) -> None:
        ids = [
            seed_run("failed", config={"seed": 0}, confusions=[draw(0, 0.5)]),
            seed_run(config={"seed": 1}, confusions=[draw(1, 0.5)] * 2, figures={2: {"test_accuracy": None}}),
        ]
        with db.read() as session:
            curves_of = curves(session, ids, "accuracy")
        assert curves_of.metric == "test_accuracy"
        points = [curve.points for curve in curves_of.curves]
        assert [[(p.epoch, p.n) for p in one] for one in points] == [[(1, 2), (2, 0)]]

    @pytest.mark.parametrize("metric", CURVE_METRICS)
    def test_every_figure_of_an_epoch(self, db: Database, seed_run: SeedRun, metric: str) -> None:
        run_id = seed_run()
        with db.read() as session:
            [curve] = curves(session, [run_id], metric).curves
        assert len(curve.points) == 3

    def test_an_unknown_figure_is_named(self, db: Database, seed_run: SeedRun) -> None:
        with db.read() as session, pytest.raises(InvalidError) as caught:
            curves(session, [seed_run()], "beauty")
        assert caught.value.fields[0].path == "metric"


class TestConfusion:
    def test_difference_of_row_normalised_means(self, db: Database, made: Made, two: Any) -> None:
        ids, ce, focal = two
        a, b = made(ids).rows
        with db.read() as session:
            view = confusion_difference(session, b, a)
        shares = [np.mean([np.array(m) / 20 for m in matrices], axis=0) for matrices in (focal, ce)]
        assert np.array(view.matrix, dtype=float) == pytest.approx(shares[0] - shares[1])
        assert view.leakage_a == pytest.approx(np.mean([m[2][0] / 20 for m in focal]))
        assert (view.a, view.b) == ("Focal", "CE")

    def test_other_classes_and_no_figures(self, db: Database, made: Made, seed_run: SeedRun) -> None:
        first = seed_run()
        other = seed_run(
            config={"loss": FOCAL},
            class_names=["fox", "owl"],
            train_counts=[5, 1],
            confusions=[[[15, 5], [0, 20]]],
        )
        queued = seed_run("queued", config={"loss": FOCAL, "seed": 1, "optim": {"epochs": 9}})
        a, b, c = made([first, other, queued]).rows
        with db.read() as session:
            view, empty = confusion_difference(session, a, b), confusion_difference(session, a, c)
        assert [[cell is None for cell in row] for row in view.matrix] == [
            [True] * 3,
            [True] * 3,
            [True, True, False],
        ]
        assert (empty.matrix, empty.names, empty.leakage_b) == ((), ("cat", "dog", "fox"), None)

    def test_leakage_counts_tail_images_taken_for_head_classes(self) -> None:
        counts, rng = [5, 400, 30, 2, 90, 7, 60, 1, 200, 10], np.random.default_rng(3)
        matrix = rng.integers(0, 9, (10, 10))
        head, _, tail = rank_groups(counts)
        truth, taken = expand(matrix.tolist())
        of_tail = [p for t, p in zip(truth, taken, strict=True) if t in tail]
        assert leakage(counts, matrix.tolist()) == pytest.approx(np.mean([p in head for p in of_tail]))
