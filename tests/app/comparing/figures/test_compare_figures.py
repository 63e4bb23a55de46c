"""Figures of /compare as Plotly takes them: one setting or many, one class or a hundred, gaps, names."""

import json
import math
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from app.comparing.figures.beta import beta_series, compare_beta
from app.comparing.figures.confusion import compare_confusion
from app.comparing.figures.heat import compare_heat, compare_heat_delta
from app.comparing.figures.recall import compare_recall, compare_recall_count
from app.comparing.figures.registry import figures_of
from app.comparing.figures.settings import compare_settings
from app.comparing.figures.tradeoff import Point, compare_tradeoff, pareto_front
from app.comparing.view import Comparison
from app.figures.drawn import Drawn
from app.figures.theme import DARK, LIGHT, THEMES, Theme
from tests.app.comparing.figures import compared
from tests.app.comparing.figures.compared import checked
from tests.app.figures.boards import NASTY

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
LONG = [f"cifar10lt_if100_resnet32_cbfocal_{'x' * 160}_{n:03}" for n in range(7)]


def every(view: Comparison, theme: Theme = LIGHT) -> list[Drawn]:
    """All figures that a comparison alone gives."""
    return [
        compare_beta(view, "accuracy", theme),
        compare_beta(view, "loss", theme),
        compare_settings(view, theme),
        compare_heat(view, theme, "count"),
        compare_heat_delta(view, theme, "dataset"),
        compare_recall_count(view, theme),
        compare_tradeoff(view, theme),
    ]


@BOTH
@pytest.mark.parametrize("classes", [1, 2, 10, 100])
@pytest.mark.parametrize("settings", [0, 1, 7])
def test_any_number_of_settings_and_classes(theme: Theme, classes: int, settings: int) -> None:
    view = compared.comparison(compared.SWEEP[:settings], classes, "CE" if settings else None)
    for drawn in every(view, theme):
        checked(drawn)


@BOTH
def test_before_the_first_epoch(theme: Theme) -> None:
    for drawn in every(compared.without_figures(compared.comparison()), theme):
        figure = checked(drawn)
        assert all(math.isfinite(end) for end in figure["layout"]["xaxis"].get("range", [0]))


def test_nothing_covers_the_figure_when_names_are_long() -> None:
    view = compared.comparison(labels=LONG, baseline=LONG[0])
    for drawn in every(view):
        layout = checked(drawn)["layout"]
        margin = layout["margin"]
        assert layout["height"] - margin["t"] - margin["b"] >= layout["height"] / 2
        assert margin["l"] + margin["r"] < 320
        assert len(drawn.note) < 120
        assert any(LONG[1] in str(cell) for cell in [*drawn.table.columns, *drawn.table.rows])


def test_untrusted_names_are_escaped() -> None:
    view = compared.comparison(compared.SWEEP[:2], labels=[NASTY, "b"], baseline="b")
    odd = view.model_copy(
        update={"classes": tuple(one.model_copy(update={"name": NASTY}) for one in view.classes)}
    )
    for drawn in every(odd):
        assert "<img" not in json.dumps(checked(drawn))
    matrix = compared.confusion_difference([[0.1, -0.1], [0.0, 0.0]], [9, 1])
    named = matrix.model_copy(update={"a": NASTY, "names": (NASTY, "x")})
    assert "<img" not in json.dumps(checked(compare_confusion(named, LIGHT, "count")))


def test_beta_stands_at_the_logarithm_of_its_volume_and_focal_is_beta_zero() -> None:
    figure = checked(compare_beta(compared.comparison(), "accuracy", LIGHT))
    line = next(trace for trace in figure["data"] if trace["name"] == "CB-Focal")
    assert line["x"] == [
        0,
        pytest.approx(1),
        pytest.approx(2),
        pytest.approx(-math.log10(0.003)),
        pytest.approx(4),
    ]
    ticks = figure["layout"]["xaxis"]
    assert ticks["ticktext"][0].startswith("0<br>")
    assert ticks["ticktext"][2] == "0.99<br>N 100"
    assert len(ticks["tickvals"]) == len(ticks["ticktext"])


def test_families_differ_in_more_than_beta() -> None:
    losses = (*compared.SWEEP, {"name": "focal", "weighting": "class_balanced", "beta": 0.99, "gamma": 2.0})
    found = {
        one.name: [beta for beta, _ in one.points] for one in beta_series(compared.comparison(losses).rows)
    }
    assert len(found) == 3
    assert [0.0, 0.9, 0.99, 0.997, 0.9999] in found.values()
    assert [0.99] in found.values()
    assert [0.0, 0.997] in found.values()


def test_the_baseline_is_a_dashed_band() -> None:
    figure = checked(compare_beta(compared.comparison(), "accuracy", LIGHT))
    base = next(trace for trace in figure["data"] if trace["name"] == "CE")
    assert base["line"]["dash"] == "dash"
    assert base["y"] == [pytest.approx(40)] * 2
    band = next(trace for trace in figure["data"] if trace.get("fill") == "toself")
    assert band["legendgroup"] == base["legendgroup"]
    assert (min(band["y"]), max(band["y"])) == (pytest.approx(38), pytest.approx(42))


def test_one_seed_has_no_band() -> None:
    view = compared.comparison()
    single = {"accuracy": compared.spread(0.5)}
    rows = tuple(row.model_copy(update={"metrics": single, "n": 1}) for row in view.rows)
    figure = checked(compare_beta(view.model_copy(update={"rows": rows}), "accuracy", LIGHT))
    assert not [trace for trace in figure["data"] if trace.get("fill")]
    assert not any(trace["error_y"]["visible"] for trace in figure["data"] if "error_y" in trace)


def test_each_setting_has_its_accuracy_head_and_tail_with_their_intervals() -> None:
    view = compared.comparison()
    drawn = compare_settings(view, LIGHT)
    figure = checked(drawn)
    assert [trace["x"][0] for trace in figure["data"]] == [
        pytest.approx(100 * (row.metrics[name].mean or 0))
        for row in view.rows
        for name in ("accuracy", "head", "tail")
    ]
    accuracy = figure["data"][0]
    bar, spread = accuracy["error_x"], view.rows[0].metrics["accuracy"]
    assert [spread.low, spread.high] == pytest.approx([0.38, 0.42])
    assert (accuracy["x"][0] - bar["arrayminus"][0], accuracy["x"][0] + bar["array"][0]) == (
        pytest.approx(38),
        pytest.approx(42),
    )
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [pytest.approx(40)]
    assert [round(trace["y"][0]) for trace in figure["data"]] == [at for at in range(7) for _ in range(3)]
    assert figure["layout"]["yaxis"]["ticktext"][:2] == ["CE", "Focal"]
    said = [note for note in figure["layout"]["annotations"] if note["x"] == 1]
    assert [(note["y"], note["text"]) for note in said] == [
        (at, f"{100 * (row.metrics['accuracy'].mean or 0):.1f}") for at, row in enumerate(view.rows)
    ]
    assert drawn.note == "mean and 95 % interval, n = 3; dotted: CE"


def test_a_setting_of_one_seed_has_no_bar_and_the_note_says_so() -> None:
    view = compared.comparison(compared.SWEEP[:2], baseline=None)
    single = {name: compared.spread(0.5) for name in ("accuracy", "tail")}
    rows = tuple(row.model_copy(update={"metrics": single, "n": 1}) for row in view.rows)
    drawn = compare_settings(view.model_copy(update={"rows": rows}), LIGHT)
    assert not any(trace["error_x"]["visible"] for trace in checked(drawn)["data"])
    assert drawn.note == "one seed each: no interval"
    assert checked(drawn)["layout"]["shapes"] == []


def test_two_betas_make_a_figure_against_beta_and_one_does_not() -> None:
    focal = {"name": "focal", "weighting": "class_balanced"}
    losses: tuple[dict[str, Any], ...] = ({}, focal | {"beta": 0.99}, focal | {"beta": 0.99, "gamma": 2.0})
    boards: list[tuple[tuple[dict[str, Any], ...], str]] = [
        (losses[:1], "compare-settings"),
        (losses, "compare-settings"),
        ((*losses, focal | {"beta": 0.9}), "compare-beta"),
    ]
    for some, first in boards:
        names = [figure.name for figure in figures_of(compared.comparison(some).rows)]
        assert names[0] == first
        assert ("compare-beta" in names, "compare-settings" in names) == (first == "compare-beta", True)


def test_heat_is_fixed_to_percent_and_change_is_symmetric() -> None:
    view = compared.comparison()
    heat = checked(compare_heat(view, LIGHT, "count"))["data"][0]
    assert (heat["zmin"], heat["zmax"], len(heat["z"])) == (0, 100, 7)
    assert heat["z"][0][0] == pytest.approx(90)
    assert heat["text"][0][0] == "90.0"
    assert heat["meta"]["settings"] == [row.setting_hash for row in view.rows]
    change = checked(compare_heat_delta(view, LIGHT, "count"))["data"][0]
    assert change["zmin"] == -change["zmax"]
    assert change["colorscale"][1] == [0.5, LIGHT.heat_low]
    assert len(change["z"]) == 6
    assert [line[0] for line in change["text"][-4:]] == ["+3.0", "+4.0*", "+5.0*", "+6.0*"]


def test_without_a_baseline_the_change_says_so() -> None:
    drawn = compare_heat_delta(compared.comparison(baseline=None), DARK, "count")
    assert checked(drawn)["data"] == []
    assert "no baseline is chosen" in drawn.label


def test_recall_against_count_puts_the_tail_right_and_joins_equal_counts() -> None:
    view = compared.comparison(classes=4)
    step = view.model_copy(
        update={
            "classes": tuple(
                one.model_copy(update={"train_count": n})
                for one, n in zip(view.classes, (500, 500, 50, 50), strict=True)
            )
        }
    )
    figure = checked(compare_recall_count(step, LIGHT))
    assert figure["data"][0]["x"] == [500, 50]
    first, last = figure["layout"]["xaxis"]["range"]
    assert first > math.log10(500) > math.log10(50) > last
    recall = [one.mean or 0 for one in view.rows[0].classes]
    assert figure["data"][0]["y"] == [
        pytest.approx(50 * sum(recall[:2])),
        pytest.approx(50 * sum(recall[2:])),
    ]


def test_pareto_front_is_what_no_other_dominates() -> None:
    row = compared.comparison(compared.SWEEP[:1]).rows[0]
    points = [Point(row, head, tail) for head, tail in ((90, 10), (80, 40), (70, 30), (60, 60), (60, 50))]
    assert [(one.head, one.tail) for one in pareto_front(points)] == [(90, 10), (80, 40), (60, 60)]
    assert pareto_front([points[0], points[0]]) == (points[0], points[0])


def test_tradeoff_names_the_front() -> None:
    drawn = compare_tradeoff(compared.comparison(), LIGHT)
    figure = checked(drawn)
    assert figure["data"][0]["name"] == "Pareto front"
    assert "On the Pareto front: CE (head 90.0 %, tail 10.0 %)" in drawn.label
    assert figure["layout"]["showlegend"], "a page has names beside the points in its place, where they fit"
    assert [trace["meta"]["point"]["whole"] for trace in figure["data"][1:]] == [
        row.label for row in compared.comparison().rows
    ]


def test_the_front_goes_by_what_rows_are_chosen_by_and_shows_test_figures() -> None:
    """Validation has the middle row below both others, test does not: off the front."""
    view = compared.comparison(compared.SWEEP[:3])
    chosen = ((0.9, 0.1), (0.5, 0.05), (0.6, 0.5))
    rows = tuple(
        row.model_copy(update={"choosing": {"head": head, "tail": tail}})
        for row, (head, tail) in zip(view.rows, chosen, strict=True)
    )
    drawn = compare_tradeoff(view.model_copy(update={"rows": rows, "chosen_by": "validation"}), LIGHT)
    assert [line[-1] for line in drawn.table.rows] == ["yes", "no", "yes"]
    assert checked(drawn)["data"][0]["x"] == [pytest.approx(90), pytest.approx(86)]
    assert drawn.note.endswith("Pareto front, by validation")
    without = tuple(row.model_copy(update={"choosing": {}}) for row in rows)
    none = compare_tradeoff(view.model_copy(update={"rows": without}), LIGHT)
    assert "Pareto" not in none.label + none.note
    best = rows[2].model_copy(update={"choosing": {"head": 1.0, "tail": 1.0}})
    alone = compare_tradeoff(view.model_copy(update={"rows": (*rows[:2], best)}), LIGHT)
    assert [line[-1] for line in alone.table.rows] == ["no", "no", "yes"]
    assert "the Pareto front is one point" in alone.note
    assert "dotted" not in alone.note


def test_recall_by_class_shows_intervals_of_few_settings_and_tells_those_of_many() -> None:
    few, many = compared.comparison(compared.SWEEP[:3]), compared.comparison()
    drawn = compare_recall(few, LIGHT, "count")
    for trace, row in zip(checked(drawn)["data"], few.rows, strict=False):
        bars = trace["error_y"]
        means = [100 * (one.mean or 0) for one in row.classes][::-1]
        assert bars["visible"]
        assert sorted(map(round, bars["array"])) == sorted(map(round, bars["arrayminus"])) == [2] * 10
        assert sorted(trace["y"]) == pytest.approx(sorted(means))
    assert drawn.table.columns[3].label.endswith(" low, %")
    largest = max(one.mean or 0 for one in few.rows[0].classes)
    assert drawn.table.rows[0][2:5] == pytest.approx((largest, largest - 0.02, largest + 0.02))
    assert not any("error_y" in trace for trace in checked(compare_recall(many, LIGHT, "count"))["data"])


def test_confusion_difference_is_symmetric_about_zero_and_states_leakage() -> None:
    """Rows are true classes; the smaller class comes first in the data set, so last on both axes."""
    view = compared.confusion_difference([[0.2, -0.2], [-0.1, 0.1]], [10, 90])
    drawn = compare_confusion(view, LIGHT, "count")
    heat = checked(drawn)["data"][0]
    assert heat["z"] == [[pytest.approx(10), pytest.approx(10)], [pytest.approx(20), pytest.approx(20)]]
    assert heat["text"] == [["+10.0", "−10.0"], ["−20.0", "+20.0"]]
    assert heat["zmin"] == -heat["zmax"] == pytest.approx(-20)
    assert heat["customdata"][1][0].startswith("true class 0, predicted class 1")
    assert "25.0 % in CB-Focal 0.99, 50.0 % in CE" in drawn.label
    assert drawn.table.rows[0] == ("class 1", 0.1, -0.1)


@pytest.mark.parametrize("n", [3, 41])
def test_a_mistake_more_is_coloured_as_a_loss_and_said_as_more(n: int) -> None:
    """One hit and one mistake more in the first class, in the cells of a small and of a large matrix."""
    change = [[0.1 if at < 2 else 0.0 for at in range(n)], *([0.0] * n for _ in range(n - 1))]
    heat = checked(compare_confusion(compared.confusion_difference(change, [9] * n), LIGHT, "dataset"))[
        "data"
    ][0]
    if n == 3:
        assert heat["z"][0][:2] == pytest.approx([10, -10])
        assert {words.split("<br>")[1] for words in heat["customdata"][0][:2]} == {"+10.0 percentage points"}
        return
    row = np.frombuffer(b64decode(heat["z"]["bdata"]), "<i2").reshape(n, n)[0]
    assert list(row[:2]) == [100, -100]
    cells = heat["meta"]["cells"]
    assert cells["turned"]
    assert cells["words"][100 - cells["low"]] == "+10.0 percentage points"


@pytest.mark.parametrize("n", [1, 15, 100])
def test_confusion_difference_of_any_size_and_before_an_epoch(n: int) -> None:
    untested: list[list[float | None]] = [[None] * n for _ in range(n)]
    checked(compare_confusion(compared.confusion_difference(untested, [1] * n), DARK, "count"))
    none = compared.confusion_difference([], [1] * n).model_copy(
        update={"leakage_a": None, "leakage_b": None}
    )
    assert checked(compare_confusion(none, DARK, "count"))["data"] == []


def test_published_results_are_grey_reference_lines() -> None:
    view = compared.comparison(compared.SWEEP[:3])
    paper = view.rows[0].model_copy(
        update={
            "label": "the paper",
            "kind": "published",
            "config": {},
            "n": 0,
            "run_ids": (),
            "classes": (),
            "metrics": {"accuracy": compared.spread(0.7)},
        }
    )
    both = view.model_copy(update={"rows": (*view.rows, paper)})
    for drawn in every(both):
        checked(drawn)
    line = next(
        one for one in compare_beta(both, "accuracy", LIGHT).figure["data"] if one["name"] == "the paper"
    )
    assert line["line"]["color"] == LIGHT.muted
    assert line["y"] == [pytest.approx(70)] * 2
