"""Figures of a ReLU network hold what the network does: pieces, kinks, units, regions, each checked anew."""

import colorsys
import json
from fractions import Fraction
from math import hypot
from typing import Any

import pytest

from app.figures.drawn import Drawn
from app.figures.theme import DARK, LIGHT, Theme
from app.lab.relu_network.figures.function import MOST_LABELLED, colour, function_plot
from app.lab.relu_network.figures.regions import boundary, region_map
from app.lab.relu_network.figures.units import MOST_IN_ROW, units_plot
from app.lab.relu_network.formula.results import Unit
from app.lab.relu_network.text import as_float
from tests.app.lab.relu_network.asked import SAW_TOOTH, TWO_INPUTS, WRITE_UP, asked


def named(drawn: Drawn) -> dict[str, dict[str, Any]]:
    return {trace["name"]: trace for trace in drawn.figure["data"]}


def relu(x: float) -> float:
    return max(0.0, x)


def write_up(x: float) -> float:
    """The network of the write-up, in floats."""
    one, two = relu(1.5 * x), relu(0.5 * x + 1)
    return relu(one + 2 * two) + relu(2 * one + two + 1) - 1


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_piece_is_solid_and_has_its_equation(theme: Theme) -> None:
    drawn = function_plot(asked(**WRITE_UP, low="-4", high="4"), theme)
    lines = [trace for trace in drawn.figure["data"] if trace["mode"] == "lines"]
    assert [line["name"] for line in lines] == ["y = 0", "y = 3/2 x + 3", "y = 6 x + 3"]
    assert all(line["line"].get("dash", "solid") == "solid" for line in lines), "dashes mean a baseline"
    written = [note["text"] for note in drawn.figure["layout"]["annotations"]]
    assert written == [line["name"] for line in lines]
    for line in lines:
        assert line["y"] == pytest.approx([write_up(x) for x in line["x"]])
    json.dumps(drawn.figure, allow_nan=False)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_no_unit_is_red(theme: Theme) -> None:
    for index in range(6):
        rgb = [int(colour(theme, index)[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        hue = colorsys.rgb_to_hsv(rgb[0], rgb[1], rgb[2])[0]
        assert 25 / 360 < hue < 335 / 360, "red is for what needs a person"


def test_kinks_and_points_are_marked() -> None:
    traces = named(function_plot(asked(**WRITE_UP), LIGHT))
    assert (traces["kinks"]["x"], traces["kinks"]["y"]) == ([-2.0, 0.0], [0.0, 3.0])
    assert (traces["points"]["x"], traces["points"]["y"]) == ([2.0, -1.0, 1.0], [15.0, 1.5, 9.0])
    assert traces["points"]["text"] == ["h(2) = 15", "h(−1) = 3/2", "h(1) = 9"]


def test_many_pieces_are_one_line() -> None:
    view = asked(**SAW_TOOTH)
    assert view.pieces
    assert len(view.pieces) == 10 > MOST_LABELLED
    drawn = function_plot(view, LIGHT)
    assert drawn.figure["layout"]["annotations"] == []
    line = named(drawn)["h"]
    assert max(line["y"]) == 1
    assert [line["y"][at] for at in range(1, len(line["y"]) - 1, 2)] == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert len(drawn.table.rows) == 10


def test_units_are_drawn_before_and_after_the_activation() -> None:
    drawn = units_plot(asked(**WRITE_UP, low="-4", high="4"), LIGHT)
    rows: dict[str, dict[str, Any]] = {}
    for trace in drawn.figure["data"]:
        rows.setdefault(trace["yaxis"], {})[trace["name"]] = trace
    assert list(rows) == ["y", "y2"]
    first = rows["y"]
    for x, z in zip(first["unit 1, before"]["x"], first["unit 1, before"]["y"], strict=True):
        assert z == pytest.approx(1.5 * x)
    for x, a in zip(rows["y2"]["unit 2"]["x"], rows["y2"]["unit 2"]["y"], strict=True):
        assert a == pytest.approx(relu(2 * relu(1.5 * x) + relu(0.5 * x + 1) + 1))
    assert {first["unit 1"]["line"]["dash"], first["unit 1, before"]["line"]["dash"]} == {"solid", "dot"}
    assert len(drawn.figure["layout"]["shapes"]) == 2 * 2


def test_a_leaky_unit_goes_on_below_zero() -> None:
    view = asked(**WRITE_UP, activation="leaky_relu", negative_slope="1/4", low="-4", high="4")
    traces = [trace for trace in units_plot(view, LIGHT).figure["data"] if trace["yaxis"] == "y"]
    unit = next(trace for trace in traces if trace["name"] == "unit 1")
    assert unit["y"][unit["x"].index(-4.0)] == pytest.approx(0.25 * 1.5 * -4)


def test_the_unit_pointed_at_stands_out_and_chooses_the_row_of_many() -> None:
    wide = 10
    weights = "\n".join(["1"] * wide) + "\n\n" + "\n".join(["1 " * wide] * wide) + "\n\n" + "1 " * wide
    typed = {
        "weights": weights,
        "biases": f"{' '.join(map(str, range(wide)))}\n{'0 ' * wide}\n0",
        "points": "1",
    }
    drawn = units_plot(asked(**typed, unit="2.9"), LIGHT)
    widths = {
        trace["name"]: trace["line"]["width"]
        for trace in drawn.figure["data"]
        if trace["line"]["dash"] == "solid"
    }
    assert len(widths) == MOST_IN_ROW
    assert max(widths, key=lambda name: widths[name]) == "unit 9"
    assert drawn.figure["layout"]["yaxis"]["title"]["text"] == "layer 2"
    assert "12 more units" in drawn.note


def area(corners: list[tuple[float, float]]) -> float:
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def test_regions_tile_the_window_and_darken_with_units_on() -> None:
    view = asked(**TWO_INPUTS)
    assert view.regions
    drawn = region_map(view, LIGHT)
    polygons = [trace for trace in drawn.figure["data"] if trace.get("fill") == "toself"]
    assert len(polygons) == len(view.regions) == len(drawn.table.rows)
    corners = [list(zip(trace["x"][:-1], trace["y"][:-1], strict=True)) for trace in polygons]
    assert sum(map(area, corners)) == pytest.approx(36)
    shades = {
        sum(sum(layer) for layer in region.pattern): trace["fillcolor"]
        for region, trace in zip(view.regions, polygons, strict=True)
    }
    light = [int(shades[on][1:3], 16) for on in sorted(shades)]
    assert light == sorted(light, reverse=True)
    assert len(set(light)) == len(light) > 3
    assert "region 1: h = " in polygons[0]["text"]


def test_numbers_of_regions_keep_clear_of_points_and_stay_inside() -> None:
    view = asked(**TWO_INPUTS)
    assert view.regions
    alone = region_map(view, LIGHT).figure["layout"]["annotations"][0]
    onto = asked(**TWO_INPUTS | {"points": f"{alone['x']} {alone['y']}"})
    moved = region_map(onto, LIGHT).figure["layout"]["annotations"][0]
    assert moved["text"] == alone["text"] == "1"
    assert hypot(moved["x"] - alone["x"], moved["y"] - alone["y"]) > 0.05 * 6
    assert onto.regions
    corners = [(as_float(x), as_float(y)) for x, y in onto.regions[0].corners]
    place = moved["x"], moved["y"]
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        assert area([start, end, place]) > 0


def test_the_zero_line_of_a_unit_is_where_its_sign_changes() -> None:
    view = asked(**TWO_INPUTS, unit="1.2")
    assert view.regions
    edges = list(boundary(view.regions, Unit(layer=1, unit=2)))
    assert edges
    for start, end in edges:
        assert start[0] - start[1] + 0.5 == pytest.approx(0)
        assert end[0] - end[1] + 0.5 == pytest.approx(0)
    assert "z = 0 of unit 1.2" in named(region_map(view, LIGHT))


def test_numbers_beyond_floats_still_make_json() -> None:
    huge = f"{10**55}"
    view = asked(weights=f"{huge}\n\n{huge}\n\n{huge}", biases="1\n0\n0", points=huge)
    for drawn in (function_plot(view, LIGHT), units_plot(view, LIGHT)):
        json.dumps(drawn.figure, allow_nan=False)


def test_a_figure_of_another_kind_of_network_says_why_it_is_empty() -> None:
    one, two = asked(**WRITE_UP), asked(**TWO_INPUTS)
    assert "two inputs" in region_map(one, LIGHT).label
    assert "one input" in function_plot(two, LIGHT).label
    assert "one input" in units_plot(two, LIGHT).label
    affine = asked(weights="2", biases="1", points="1")
    assert "no hidden unit" in units_plot(affine, LIGHT).label
    assert Fraction(str(affine.points[0].h)) == 3
