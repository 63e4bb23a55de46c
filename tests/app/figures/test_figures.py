"""Figures as Plotly takes them: valid, honest about gaps, one class to a hundred, one epoch to many."""

import base64
import itertools
import json
import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.comparing.confusion import ConfusionDifference
from app.comparing.figures import curves as compare_curves
from app.comparing.figures.confusion import compare_confusion
from app.comparing.figures.curves import CurveOptions
from app.comparing.figures.recall import compare_recall
from app.figures import class_recall, confusion, curves
from app.figures.drawn import Drawn
from app.figures.theme import DARK, LIGHT, THEMES, Theme
from app.views.runs.confusion import mistakes
from tests.app.figures import boards

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def checked(drawn: Drawn) -> dict[str, Any]:
    """The figure, once Plotly accepts every key and value, JSON is strict, and the table fits its columns."""
    go.Figure(drawn.figure)
    json.dumps(drawn.figure, allow_nan=False)
    assert all(len(row) == len(drawn.table.columns) for row in drawn.table.rows)
    assert drawn.label.endswith(".")
    assert "nan" not in drawn.label.lower()
    return drawn.figure


def traces(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in figure["data"]}


@BOTH
@pytest.mark.parametrize("n", [0, 1, 2, 10, 200])
def test_curves_of_any_length(theme: Theme, n: int) -> None:
    run, rows = boards.run(epochs=max(1, n)), boards.epochs([0.5] * n)
    accuracy = checked(curves.accuracies(run, rows, theme))
    checked(curves.losses(run, rows, theme))
    assert len(traces(accuracy)["test"]["y"]) == n
    first, last = accuracy["layout"]["xaxis"]["range"]
    assert first < 1 <= max(1, n) < last


def test_accuracy_is_in_percent_on_a_fixed_axis() -> None:
    figure = checked(curves.accuracies(boards.run(), boards.epochs([0.25, 0.5]), LIGHT))
    assert traces(figure)["test"]["y"] == [25, 50]
    assert figure["layout"]["yaxis"]["tickvals"] == [0, 20, 40, 60, 80, 100]
    assert figure["layout"]["xaxis"]["title"]["text"] == "epoch"


def test_one_epoch_is_a_marker() -> None:
    trace = traces(checked(curves.accuracies(boards.run(epochs=1), boards.epochs([0.5]), LIGHT)))["test"]
    assert "markers" in trace["mode"]
    assert trace["marker"]["size"] > 5


def test_a_gap_stays_a_gap_and_divergence_is_marked() -> None:
    rows = boards.epochs([0.4, None, 0.6], train_loss=[1.0, None, None], diverged=[False, True, True])
    for figure in (curves.accuracies(boards.run(), rows, LIGHT), curves.losses(boards.run(), rows, LIGHT)):
        drawn = checked(figure)
        assert not any(trace["connectgaps"] for trace in drawn["data"])
        marks = [note for note in drawn["layout"]["annotations"] if note["text"] == "diverged"]
        assert [mark["x"] for mark in marks] == [2]
    assert traces(checked(curves.losses(boards.run(), rows, LIGHT)))["training"]["y"] == [1.0, None, None]


def test_a_resumed_run_shows_where() -> None:
    figure = checked(curves.losses(boards.run(resumed_after_epoch=4), boards.epochs([0.5] * 8), LIGHT))
    assert [note["x"] for note in figure["layout"]["annotations"] if note["text"] == "resumed"] == [4.5]


def test_plain_cross_entropy_shares_a_panel_and_another_criterion_does_not() -> None:
    rows = boards.epochs([0.5, 0.6])
    plain = traces(checked(curves.losses(boards.run(), rows, LIGHT)))
    assert plain["training"]["yaxis"] == plain["test"]["yaxis"] == "y"
    weighted = boards.run(boards.config(name="focal", weighting="class_balanced"))
    figure = checked(curves.losses(weighted, rows, LIGHT))
    assert traces(figure)["training"]["yaxis"] == "y2"
    assert figure["layout"]["yaxis2"]["title"]["text"] == "criterion"


def test_balanced_accuracy_is_drawn_only_where_it_differs() -> None:
    same = traces(checked(curves.accuracies(boards.run(), boards.epochs([0.5, 0.6]), LIGHT)))
    assert set(same) == {"test", "training"}
    rows = boards.epochs([0.5, 0.6], test_balanced_accuracy=[0.4, 0.5], validation_accuracy=[0.3, 0.2])
    other = traces(checked(curves.accuracies(boards.run(), rows, LIGHT)))
    assert set(other) == {"test", "test, balanced", "validation", "training"}


@BOTH
@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 30, 100, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("order", ["count", "dataset"])
def test_classes_of_any_number(theme: Theme, n: int, order: Any) -> None:
    recall = checked(class_recall.class_recall(boards.run(), boards.class_table(n), theme, order))
    checked(class_recall.class_curves(boards.run(), boards.history(n, 2), theme, order))
    silhouette = traces(recall)["training images"]["y"]
    assert sorted(silhouette) == sorted(boards.counts(n))
    if order == "count":
        assert silhouette == sorted(silhouette, reverse=True)
    else:
        assert silhouette == list(boards.counts(n))


def test_recall_stands_over_its_own_class() -> None:
    """The smallest class comes first in the data set, so last on the axis."""
    table = boards.class_table(3, [0.1, 0.2, None])
    figure = checked(class_recall.class_recall(boards.run(), table, LIGHT, "count"))
    assert figure["layout"]["xaxis"]["ticktext"] == ["class 2", "class 1", "class 0"]
    assert traces(figure)["recall"]["y"] == [None, 20, 10]
    assert traces(figure)["recall"]["text"] == ["–", "20.0", "10.0"]


def test_tail_is_emphasised() -> None:
    figure = checked(class_recall.class_curves(boards.run(), boards.history(10, 3), LIGHT, "count"))
    widths = {trace["name"]: trace["line"]["width"] for trace in figure["data"]}
    assert {name for name, width in widths.items() if width > 2} == {"class 0", "class 1", "class 2"}
    assert {note["text"] for note in figure["layout"]["annotations"]} == {f"class {at}" for at in range(10)}


@BOTH
@pytest.mark.parametrize("n", [3, 10, 16, 17, 26])
def test_no_two_lines_of_a_group_look_alike_and_every_group_is_named(theme: Theme, n: int) -> None:
    """Cross-entropy without weights is grey, as head and medium are."""
    drawn = checked(class_recall.class_curves(boards.run(), boards.history(n, 3), theme, "count"))
    looks = [
        (line["line"]["color"], line["line"]["width"], line["line"]["dash"], line["marker"]["symbol"])
        for line in drawn["data"]
    ]
    assert len(set(looks)) == len(looks)
    named = {note["text"] for note in drawn["layout"]["annotations"]}
    every = {f"class {at}" for at in range(n)}
    tail = {trace["name"] for trace in drawn["data"] if trace["line"]["width"] == 2.2}
    assert named == (every if n <= 16 else tail | {"head, mean", "medium, mean"})


@pytest.mark.parametrize("n", [1, 5, 30])
def test_equal_counts_are_drawn_without_groups(n: int) -> None:
    history = boards.history(n, 2).model_copy(update={"train_counts": (500,) * n})
    drawn = class_recall.class_curves(boards.run(), history, LIGHT, "count")
    said = json.dumps(checked(drawn)) + drawn.note + drawn.label
    assert not [word for word in ("head", "medium", "tail") if word in said.replace("hovertemplate", "")]
    assert ("all classes, mean" in said) == (n == 30)
    rows = [row.model_copy(update={"train_count": 500}) for row in boards.class_table(n).classes]
    table = boards.class_table(n).model_copy(update={"classes": tuple(rows)})
    bars = checked(class_recall.class_recall(boards.run(), table, LIGHT, "count"))
    assert not [
        note for note in bars["layout"].get("annotations", ()) if note["text"] in ("", "head", "tail")
    ]


def test_confusion_rows_are_true_classes() -> None:
    """Trial S18: a model that says cat always; precision of dog is a dash, recall 1 and 0."""
    view = boards.confusion([[90, 0], [10, 0]], ["cat", "dog"], [90, 10])
    drawn = confusion.confusion(view, LIGHT, "count")
    figure = checked(drawn)
    heat = figure["data"][0]
    assert heat["z"] == [[100, 0], [100, 0]]
    assert figure["layout"]["xaxis"]["title"]["text"] == "predicted class"
    assert figure["layout"]["yaxis"]["title"]["text"].startswith("true class")
    assert [column.label for column in drawn.table.columns] == [
        "true class",
        "predicted cat",
        "predicted dog",
    ]
    assert list(drawn.table.rows) == [("cat", 90, 0), ("dog", 10, 0)]
    assert "100.0 % of dog taken for cat" in drawn.label


def test_confusion_follows_the_order_of_classes_on_both_axes() -> None:
    view = boards.confusion([[1, 2], [3, 4]], ["small", "large"], [5, 50])
    heat = checked(confusion.confusion(view, LIGHT, "count"))["data"][0]
    assert heat["z"] == [
        [pytest.approx(400 / 7), pytest.approx(300 / 7)],
        [pytest.approx(200 / 3), pytest.approx(100 / 3)],
    ]
    assert heat["customdata"][0][1].startswith("true large, predicted small")


@pytest.mark.parametrize("n", [1, 15, 100])
def test_confusion_of_any_size_and_an_untested_class(n: int) -> None:
    matrix = [[0] * n for _ in range(n)]
    view = boards.confusion(matrix, boards.names(n), boards.counts(n))
    heat = checked(confusion.confusion(view, DARK, "count"))["data"][0]
    if n <= 40:
        assert heat["z"][0][0] is None
    else:
        assert set(unpacked(heat["z"]).flat) == {255}
        assert heat["colorscale"][-1] == [1, "rgba(0,0,0,0)"]
    checked(confusion.confusion(boards.confusion([], [], []), DARK, "count"))


def unpacked(spec: dict[str, str]) -> NDArray[Any]:
    """A packed matrix, read by numpy."""
    shape = [int(side) for side in spec["shape"].split(",")]
    return np.frombuffer(base64.b64decode(spec["bdata"]), f"<{spec['dtype']}").reshape(shape)


@pytest.mark.parametrize("images", [50, 2000])
def test_large_confusion_is_packed_row_by_row_in_the_order_of_the_axis(images: int) -> None:
    """Half percents next to numpy's own; counts beside them where they fit a byte."""
    rng = np.random.default_rng(3)
    counts = rng.multinomial(images, rng.dirichlet(np.full(60, 0.1), 60))
    view = boards.confusion(counts.tolist(), boards.names(60), boards.counts(60))
    heat = checked(confusion.confusion(view, LIGHT, "count"))["data"][0]
    order = np.argsort([-n for n in boards.counts(60)], kind="stable")
    turned = counts[np.ix_(order, order)]
    assert np.abs(unpacked(heat["z"]) - 200 * turned / images).max() <= 0.5
    said = heat["meta"]["cells"]
    assert (said["rows"][0], said["columns"][1]) == ("true class 59", "predicted class 58")
    if images == 50:
        assert (unpacked(heat["customdata"]) == turned).all()
        assert said["after"][0] == " of 50 test images"
    else:
        assert heat["customdata"] is None
        assert said["words"][25] == "about 12.5 %"


@pytest.mark.slow
def test_confusion_of_a_thousand_classes_is_three_megabytes_at_most() -> None:
    matrix = np.random.default_rng(0).integers(0, 9, (1000, 1000)).tolist()
    drawn = confusion.confusion(
        boards.confusion(matrix, boards.names(1000), boards.counts(1000)), LIGHT, "count"
    )
    assert len(json.dumps(drawn.figure)) <= 3_000_000
    assert drawn.table.cells == 1000 * 1001
    first = drawn.table.rows[0]
    assert (first[0], sorted(map(int, map(str, first[1:])))) == ("class 999", sorted(matrix[999]))


def test_large_difference_of_confusions_is_packed_in_tenths_of_a_point() -> None:
    values = np.random.default_rng(1).normal(0, 0.1, (60, 60)).round(3)
    cells = [[None if cell == 0.1 else cell for cell in row] for row in values.tolist()]
    view = ConfusionDifference(
        a="a",
        b="b",
        names=boards.names(60),
        train_counts=boards.counts(60),
        matrix=cells,
        leakage_a=None,
        leakage_b=None,
    )
    heat = checked(compare_confusion(view, LIGHT, "dataset"))["data"][0]
    signs = 2 * np.eye(60) - 1
    wanted = signs * np.where(values == 0.1, 0, np.rint(1000 * values))
    assert (unpacked(heat["z"]) == wanted).all()
    words = heat["meta"]["cells"]
    assert words["words"][58 - words["low"]] == "+5.8 percentage points"


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=4, max_size=4), st.integers(1, 9)
)
def test_mistakes_are_the_largest_shares_off_the_diagonal(matrix: list[list[int]], most: int) -> None:
    every = [
        (row[j] / sum(row), -i, -j) for i, row in enumerate(matrix) for j in range(4) if i != j and row[j]
    ]
    wanted = [(-i, -j) for _, i, j in sorted(every, reverse=True)[:most]]
    assert [(one.true, one.predicted) for one in mistakes(matrix, most)] == wanted


@BOTH
@pytest.mark.parametrize("n", [0, 1, 8, 9, 20])
def test_comparison_of_any_number_of_runs(theme: Theme, n: int) -> None:
    view = boards.comparison(n)
    accuracy = checked(compare_curves.compare_curves(boards.curves(view), theme, CurveOptions()))
    recall = checked(compare_recall(view, theme, "count"))
    labelled = [note for note in accuracy["layout"]["annotations"] if note.get("name") == "end-label"]
    assert len(labelled) == (n if n <= 8 else 0)
    assert accuracy["layout"]["showlegend"] is (n > 8)
    for figure in (accuracy, recall):
        margin = figure["layout"]["margin"]
        assert figure["layout"]["height"] - margin["t"] - margin["b"] >= figure["layout"]["height"] / 2


def test_the_baseline_is_dashed() -> None:
    view = boards.comparison(3).model_copy(update={"baseline": "run 1"})
    dashes = {
        trace["name"]: trace["line"]["dash"]
        for trace in checked(compare_curves.compare_curves(boards.curves(view), LIGHT, CurveOptions()))[
            "data"
        ]
    }
    assert dashes["run 1"] == "dash"
    assert "dash" not in {dashes["run 0"], dashes["run 2"]}


def test_labels_at_line_ends_do_not_overlap() -> None:
    view = boards.comparison(8)
    figure = checked(compare_curves.compare_curves(boards.curves(view, {1: 0.5}), LIGHT, CurveOptions()))
    places = sorted(note["y"] for note in figure["layout"]["annotations"])
    pixels = (compare_curves.HEIGHT - 60) / 100
    assert all(pixels * (high - low) >= 14.9 for low, high in itertools.pairwise(places))
    assert all(0 <= place <= 100 for place in places)


def test_long_names_are_cut_in_the_middle_and_whole_when_hovering() -> None:
    """Trial S17: the telling end stays."""
    names = [f"cifar10lt_if100_resnet32_cbfocal_gamma1.0_beta0.9999_drw160_seed_{n:03}" for n in range(1, 13)]
    view = boards.comparison(12, labels=names)
    figure = checked(compare_curves.compare_curves(boards.curves(view), LIGHT, CurveOptions()))
    shown = [trace["name"] for trace in figure["data"]]
    assert len(set(shown)) == 12
    assert all(len(name) <= 30 and name.endswith(f"seed_{n:03}") for n, name in enumerate(shown, start=1))
    assert [trace["meta"]["about"] for trace in figure["data"]] == names


def test_untrusted_text_is_escaped_everywhere() -> None:
    view = boards.comparison(2, classes=2, labels=[boards.NASTY, "b"])
    odd = view.model_copy(
        update={"classes": tuple(column.model_copy(update={"name": boards.NASTY}) for column in view.classes)}
    )
    table = boards.class_table(2)
    named = table.model_copy(
        update={"classes": tuple(row.model_copy(update={"name": boards.NASTY}) for row in table.classes)}
    )
    drawn = (
        compare_curves.compare_curves(boards.curves(odd), LIGHT, CurveOptions()),
        compare_recall(odd, LIGHT, "count"),
        class_recall.class_recall(boards.run(), named, LIGHT, "count"),
        confusion.confusion(boards.confusion([[1, 0], [0, 1]], [boards.NASTY, "b"], [2, 1]), LIGHT, "count"),
    )
    for one in drawn:
        assert "<img" not in json.dumps(checked(one))
        assert any(boards.NASTY in str(cell) for cell in [*one.table.columns, *one.table.rows])


def test_zoom_is_kept_and_nothing_is_infinite() -> None:
    figure = checked(curves.losses(boards.run(), boards.epochs([None, None]), LIGHT))
    assert figure["layout"]["uirevision"]
    assert all(math.isfinite(end) for end in figure["layout"]["yaxis"]["range"])
