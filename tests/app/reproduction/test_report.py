"""The report of a reproduction: figures and published ones, what is open, its blocks, figure and files."""

import math
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from app.cli.reproduce_files import write_report
from app.comparing.report.blocks import Plot
from app.comparing.report.markdown import markdown
from app.comparing.table.words import Cells
from app.errors import InvalidError, NotFoundError
from app.figures.theme import DARK
from app.reproduction import worked as shipped
from app.reproduction.compose import claims_table, compose, figures_table, summary
from app.reproduction.figure import accuracy_figure
from app.reproduction.plan import plan_named
from app.reproduction.report import Reproduction, report
from app.reproduction.results import Results, read_results, write_results
from app.reproduction.wanted import Wanted
from tests.app.reproduction.made import TINY, finished, measured, tiny, trial_of

ACCURACY = {"none": [0.30, 0.34, 0.38], "class_balanced": [0.60, 0.62, 0.64]}


def by_weighting(one: Wanted) -> float:
    return ACCURACY[one.config.loss.weighting][one.config.seed % 3]


def made(results: Results | None = None, **more: Any) -> Reproduction:
    """Of the tiny plan, whose first setting repeats a published row; whole without `results`."""
    first, *rest = TINY["settings"]
    plan = tiny(settings=[{**first, "published": "write-up-cb-focal-0.95", "note": "A note."}, *rest])
    trial = trial_of(plan, **more)
    return report(trial, finished(trial, by_weighting) if results is None else results)


def test_figures_are_means_over_seeds_beside_the_published_ones() -> None:
    view = made()
    ce, cb = view.rows
    accuracy = ce.metrics["accuracy"]
    figures = ACCURACY["none"]
    assert (accuracy.mean, accuracy.sd) == pytest.approx((fmean(figures), stdev(figures)))
    assert (ce.n, ce.seeds, ce.published, ce.inconsistent) == (3, 3, 0.3873, True)
    assert (cb.published, cb.inconsistent, cb.best_test_epoch) == (None, False, False)
    assert [one.mean for one in cb.classes] == pytest.approx([0.62] * 10)
    assert (view.done, view.asked, view.is_whole, view.seconds) == (6, 6, True, 60.0)
    assert (view.began, view.ended) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z")
    assert view.machine == {"torch": "2.0", "cpu": "one"}
    assert (view.tally, view.claims[0].answer) == ("1 of 1 claim holds", "holds")
    assert (view.dataset, view.warnings) == ("shapes10", ())
    assert summary(view) == "1 of 1 claim holds"


def test_what_is_not_trained_yet_stands_as_open() -> None:
    trial = trial_of(tiny())
    whole = finished(trial, by_weighting)
    two = whole.model_copy(update={"runs": whole.runs[:5]})
    view = made(two)
    assert (view.done, view.asked, view.is_whole) == (5, 6, False)
    assert view.claims[0].answer == "cannot tell"
    assert summary(view) == "0 of 1 claim hold, 1 is open; 5 of 6 runs"
    assert "It is not finished" in markdown(compose(view), ())
    nothing = made(Results(plan="tiny", dataset="", scale=1.0))
    assert (nothing.done, nothing.class_names, nothing.began) == (0, (), None)
    assert "0 of 6 runs, on shapes10" in markdown(compose(nothing), ())


def test_values_that_validation_chose_are_named() -> None:
    choosing = {**TINY["settings"][1], "choose": {"loss.beta": [0.9, 0.99]}}
    trial = trial_of(tiny(settings=[TINY["settings"][0], choosing]))

    def score(one: Wanted) -> float:
        return 0.5 if one.config.loss.beta == 0.9 else 0.6

    view = report(trial, finished(trial, score))
    assert [row.chosen for row in view.rows] == ["", "loss.beta 0.99, of 2"]
    empty = report(trial, Results(plan="tiny", dataset="", scale=1.0))
    assert [row.chosen for row in empty.rows] == ["", "not chosen yet, of 2"]
    assert (empty.asked, empty.is_whole) == (5, False)


@pytest.mark.parametrize(
    ("best", "said"), [(0.9, "0.9 (lowest tried)"), (0.99, "0.99"), (0.999, "0.999 (highest tried)")]
)
def test_a_choice_at_the_edge_of_what_was_tried_says_so(best: float, said: str) -> None:
    """Beyond it better values may lie; of two values either is an edge, and nothing is said."""
    choosing = {**TINY["settings"][1], "choose": {"loss.beta": [0.9, 0.99, 0.999]}}
    trial = trial_of(tiny(settings=[TINY["settings"][0], choosing]))
    view = report(trial, finished(trial, lambda one: 0.6 if one.config.loss.beta == best else 0.5))
    assert view.rows[1].chosen == f"loss.beta {said}, of 3"


def test_a_cut_recipe_and_other_images_are_warned_of() -> None:
    [cut] = made(scale=0.5).warnings
    assert cut.startswith("Cut down to 0.5 of the epochs")
    assert "cannot show what was published" in cut
    [other] = made(dataset="cifar10").warnings
    assert other.startswith("Trained on cifar10 in place of shapes10")
    trial = trial_of(tiny())
    whole = finished(trial, by_weighting)
    mixed = [run.model_copy(update={"provenance": {"device_name": str(run.seed)}}) for run in whole.runs]
    assert made(whole.model_copy(update={"runs": tuple(mixed)})).warnings == (
        "The runs were made on different machines.",
    )


def _texts(cells: Cells) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row) for row in cells.rows]


def test_tables_in_words() -> None:
    view = made()
    assert _texts(figures_table(view)) == [
        ("Cross-entropy", "A note", "3 of 3", "38.7 (contradicts itself)", *["34.0 ± 4.0"] * 4),
        ("Class-balanced", "–", "3 of 3", "–", *["62.0 ± 2.0"] * 4),
    ]
    [row] = _texts(claims_table(view))
    assert row[:3] == (
        "Class-balanced does better.",
        "holds",
        "Class-balanced minus Cross-entropy: accuracy above 0 points",
    )
    assert row[3].startswith("+28.0 (")


def test_a_claim_of_several_parts_has_a_row_a_part() -> None:
    parts = [{"of": "cb", "minus": "ce", "above": 0}, {"of": "ce", "metric": "tail", "below": 5}]
    trial = trial_of(tiny(claims=[{"id": "x", "says": "X.", "parts": parts}]))
    first, second = _texts(claims_table(report(trial, finished(trial, by_weighting))))
    assert (first[1], first[3][:6], second[:2]) == ("does not hold", "holds:", ("", ""))
    assert second[3].startswith("does not hold: 34.0 (")


def test_the_figure_draws_published_and_ours() -> None:
    view = made()
    drawn = accuracy_figure(view, DARK)
    published, ours = drawn.figure["data"]
    assert published["x"] == [pytest.approx(38.73), None]
    assert ours["x"] == pytest.approx([34.0, 62.0])
    half = 4.302653 * 4.0 / math.sqrt(3)  # t of 2 degrees of freedom, from a table
    assert ours["error_x"]["array"][0] == pytest.approx(half, rel=1e-4)
    assert ours["error_x"]["arrayminus"][0] == pytest.approx(half, rel=1e-4)
    assert "Cross-entropy 34.0 %, published 38.7 %" in drawn.label
    rows = [row[:3] for row in drawn.table.rows]
    assert rows == [("Cross-entropy", 3, 0.3873), ("Class-balanced", 3, None)]
    nothing = accuracy_figure(made(Results(plan="tiny", dataset="", scale=1.0)), DARK)
    assert nothing.figure["data"][0]["x"] == [pytest.approx(38.73)]
    assert "none has been run here yet" in nothing.label


def test_files_of_a_report(tmp_path: Path) -> None:
    view = made()
    written = write_report(tmp_path, view)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "report.md",
        "report.html",
        "data/accuracy.csv",
    ]
    text, page, data = (path.read_text() for path in written)
    assert "Data: [data/accuracy.csv](data/accuracy.csv)" in text
    assert "| Class-balanced does better. | **holds** |" in text
    assert "default-src 'none'" in page
    assert "Class-balanced minus Cross-entropy" in page
    assert data.splitlines()[1].startswith("Cross-entropy,3,38.73,34,")
    assert [block.name for block in compose(view) if isinstance(block, Plot)] == ["accuracy"]


def test_results_are_kept_whole_and_named_where_they_are_not(tmp_path: Path) -> None:
    trial = trial_of(tiny())
    results = finished(trial, by_weighting).model_copy(update={"mean_weights": {"abc": 0.25}})
    file = tmp_path / "results.json"
    write_results(file, results)
    assert read_results(file) == results
    assert len(file.read_text().splitlines()) == 1 + len(results.runs) + 1
    file.write_text(file.read_text()[:-20])
    with pytest.raises(InvalidError, match=r"results\.json holds no results"):
        read_results(file)


def test_of_a_run_that_is_there_already_the_first_stays() -> None:
    results = Results(plan="tiny", dataset="", scale=1.0).with_runs([measured(0.5, 1, "x")])
    again = results.with_runs([measured(0.9, 1, "x"), measured(0.1, 0, "y")])
    assert [(run.config_hash, run.metrics["accuracy"]) for run in again.runs] == [("y", 0.1), ("x", 0.5)]


def test_what_comes_with_betaboard_is_of_its_plan_and_needs_no_server() -> None:
    """Claims are answered when asked; a file that lacks a weight, or is of another plan, fails here."""
    for name in shipped.worked_names():
        view = shipped.worked(name)
        assert view.name == name
        assert view.done > 0
        known = {one.id for one in plan_named(name).claims}
        assert {claim.id for claim in view.claims} == known
    with pytest.raises(NotFoundError, match="no reproduction 'nobody'"):
        shipped.worked("nobody")


def test_a_file_holds_the_weights_of_slowed_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = trial_of(plan_named("write-up"), lambda config: 0.48)
    results = finished(trial, lambda one: 0.4 + 0.01 * one.config.seed % 0.1)
    write_results(tmp_path / "write-up.json", results)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    assert shipped.worked_names() == ("write-up",)
    view = shipped.worked("write-up")
    assert (view.is_whole, view.done) == (True, len(results.runs))
    slowed = next(row for row in view.rows if row.id == "ce-slowed")
    assert slowed.n == 5
