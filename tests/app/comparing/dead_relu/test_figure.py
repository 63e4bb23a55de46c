"""The figure of dead units: two panels with a line a layer, gaps where a run diverged, words for old runs."""

import pytest

from app.comparing.dead_relu.figure import dead_relu
from app.comparing.dead_relu.view import LayerUnits, UnitPoint
from app.figures.drawn import as_csv
from app.figures.theme import LIGHT, THEMES, Theme
from tests.app.figures import boards
from tests.app.figures.test_figures import checked

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def layer(number: int, dead: list[float | None]) -> LayerUnits:
    points = tuple(
        UnitPoint(epoch=at, dead=share, zeros=None if share is None else 0.5, n=1)
        for at, share in enumerate(dead, start=1)
    )
    return LayerUnits(
        layer=f"relu{number}",
        place="somewhere",
        points=points,
        first=dead[0],
        largest=dead[0],
        largest_epoch=1,
        last=dead[-1],
        recovered=None,
        zeros=0.5,
    )


@BOTH
@pytest.mark.parametrize("count", [1, 5, 12])
def test_one_line_a_layer_in_each_panel(theme: Theme, count: int) -> None:
    layers = [layer(at + 1, [0.1 * at / 2, 0.25]) for at in range(count)]
    figure = checked(dead_relu(boards.run(epochs=2), layers, theme))
    assert [(line["name"], line["yaxis"]) for line in figure["data"]] == [
        (one.layer, axis) for axis in ("y", "y2") for one in layers
    ]
    assert figure["data"][-1]["y"] == [50, 50]
    assert [line.get("showlegend", True) for line in figure["data"]] == [True] * count + [False] * count
    assert len({line["line"]["color"] for line in figure["data"]}) == count


def test_shares_are_percent_on_axes_that_say_which_number_they_are() -> None:
    layout = checked(dead_relu(boards.run(), [layer(1, [0.25])], LIGHT))["layout"]
    assert layout["yaxis"]["title"]["text"] == "dead units, %"
    assert layout["yaxis2"]["title"]["text"] == "zero activations, %"
    assert layout["yaxis"]["domain"][0] > layout["yaxis2"]["domain"][1]


def test_a_gap_stays_a_gap_in_figure_and_table() -> None:
    drawn = dead_relu(boards.run(), [layer(1, [0.5, None, 0.25])], LIGHT)
    assert checked(drawn)["data"][0]["y"] == [50, None, 25]
    assert drawn.table.rows == ((1, 0.5, 0.5), (2, None, None), (3, 0.25, 0.5))
    assert as_csv(drawn.table).splitlines()[0] == 'epoch,"relu1 dead, %","relu1 zero, %"'


def test_layers_in_the_table_keep_their_columns() -> None:
    drawn = dead_relu(boards.run(), [layer(1, [0.0, 0.125]), layer(2, [0.75, 1.0])], LIGHT)
    assert drawn.table.rows == ((1, 0.0, 0.75, 0.5, 0.5), (2, 0.125, 1.0, 0.5, 0.5))
    assert "dead units relu1 12.5 %, relu2 100.0 %" in drawn.label


def test_a_run_from_before_says_that_it_measured_none() -> None:
    figure = checked(dead_relu(boards.run(), [], LIGHT))
    assert figure["data"] == []
    assert "No dead units were measured" in figure["layout"]["annotations"][0]["text"]


def test_a_run_that_diverged_at_once_says_why_it_has_no_figure() -> None:
    drawn = dead_relu(boards.run(), [layer(1, [None, None]), layer(2, [None, None])], LIGHT)
    figure = checked(drawn)
    assert figure["data"] == []
    said = figure["layout"]["annotations"][0]["text"].replace("<br>", " ")
    assert said == "Nothing was measured: the network diverged, and a unit that overflowed is not dead."
    assert said in drawn.label
    assert drawn.table.rows == ((1, None, None, None, None), (2, None, None, None, None))
