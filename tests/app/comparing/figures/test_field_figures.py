"""Figures of what fields do: places on axes, what is drawn of which cells, and their data."""

import math
from typing import Any

import pytest

from app.comparing.effects.view import Effects
from app.comparing.figures.field import compare_field
from app.comparing.figures.field_heat import compare_fields
from app.comparing.figures.levels import level_axis, looks
from app.comparing.figures.main_effects import compare_effects
from app.comparing.figures.parallel import compare_parallel
from app.figures.drawn import Drawn
from app.figures.theme import DARK, LIGHT, THEMES, Theme
from app.store.engine import Database
from tests.app.comparing.effects.grids import Axes, Grid, of
from tests.app.comparing.figures.compared import checked

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
RATES = [0.1, 0.05, 0.02]
AXES: Axes = {
    "optim.learning_rate": RATES,
    "loss.name": ["cross_entropy", "focal"],
    "data.augment": [True, False],
}


def hits(rate: float, name: str, augment: bool) -> int:
    return 80 + 20 * (rate == 0.02) + 30 * (name == "focal") + 0 * augment


@pytest.fixture
def board(db: Database) -> Grid:
    return Grid(db)


def every(view: Effects, theme: Theme = LIGHT) -> list[Drawn]:
    crossed = [compare_field(view, "", is_crossed, theme) for is_crossed in (True, False)]
    return [
        compare_effects(view, theme),
        *crossed,
        compare_fields(view, theme),
        compare_parallel(view, theme),
    ]


@BOTH
def test_plotly_takes_them_whatever_differs(board: Grid, theme: Theme) -> None:
    for fields in ({}, {"loss.name": "focal"}, {"loss.name": "focal", "optim.learning_rate": 0.02}):
        board.add(fields, 100)
        for drawn in every(board.seen(), theme):
            checked(drawn)
    board.cross(AXES, hits)
    for metric in ("accuracy", "loss", "tail"):
        for drawn in every(board.seen(metric), theme):
            checked(drawn)


def test_main_effects_are_the_largest_difference_of_each_field_with_its_interval(board: Grid) -> None:
    board.cross(AXES, hits, noise=(-4, 1, 3))
    view = board.seen()
    figure = checked(compare_effects(view, LIGHT))
    assert [trace["name"] for trace in figure["data"]] == ["Loss", "Learning rate", "Augment"]
    first, ends = figure["data"][0], view.fields[0].differences[0].adjusted
    assert first["x"] == pytest.approx([15.0])
    assert ends is not None
    assert ends.high is not None
    assert first["x"][0] + first["error_x"]["array"][0] == pytest.approx(100 * ends.high)
    assert [trace["marker"]["symbol"] for trace in figure["data"]] == ["circle", "circle", "circle-open"]
    # Beside its dot, on the side away from zero, whose line would strike the number through.
    assert [trace["textposition"] for trace in figure["data"]] == [
        "top left" if trace["x"][0] < 0 else "top right" for trace in figure["data"]
    ]
    rows = compare_effects(view, LIGHT).table.rows
    assert len(rows) == 1 + 3 + 1
    assert rows[0][:4] == ("Loss", "focal", "cross-entropy", "told apart")


def test_rates_stand_by_their_logarithm_beta_by_its_volume_words_side_by_side(board: Grid) -> None:
    board.cross(AXES, hits, noise=(0,))
    for beta in (0.9, 0.99, 0.999):
        board.add({"loss.weighting": "class_balanced", "loss.beta": beta}, 100, noise=(0,))
    view = board.seen()
    rate = level_axis(of(view, "optim.learning_rate"), [], LIGHT)
    assert rate.places == {str(value): pytest.approx(math.log10(value)) for value in sorted(RATES)}
    assert "log scale" in rate.axis["title"]["text"]
    volumes = level_axis(of(view, "loss.beta"), [None], LIGHT)
    assert [volumes.places[text] for text in ("0.9", "0.99", "0.999")] == pytest.approx([1, 2, 3])
    assert volumes.places["not used"] < 1
    words = level_axis(of(view, "loss.name"), [], LIGHT)
    assert (words.places, words.is_scale) == ({"cross-entropy": 0, "focal": 1}, False)


def test_a_field_has_its_runs_as_dots_and_its_marginal_means(board: Grid) -> None:
    board.cross(AXES, hits, noise=(-4, 1, 3))
    runs, means = checked(compare_field(board.seen(), "optim.learning_rate", False, LIGHT))["data"]
    assert len(runs["x"]) == 36
    assert means["y"] == pytest.approx([57.5, 47.5, 47.5])
    assert means["x"] == pytest.approx([math.log10(value) for value in sorted(RATES)])
    assert means["mode"] == "lines+markers"


def test_where_levels_share_no_combination_runs_are_drawn_without_means(board: Grid) -> None:
    for name, rate in (("cross_entropy", 0.1), ("cross_entropy", 0.05), ("focal", 0.02), ("focal", 0.01)):
        board.add({"loss.name": name, "optim.learning_rate": rate}, 100)
    drawn = compare_field(board.seen(), "loss.name", False, LIGHT)
    assert drawn.figure["data"][1]["y"] == []
    assert drawn.note.startswith("runs alone")


def test_a_second_field_gives_a_line_a_level_in_looks_that_stay_apart(board: Grid) -> None:
    board.cross(AXES, hits, noise=(-4, 1, 3))
    view = board.seen(field="loss.name", by="optim.learning_rate")
    lines = checked(compare_field(view, "", True, LIGHT))["data"][1::2]
    assert [line["name"] for line in lines] == [f"learning rate {value}" for value in sorted(RATES)]
    assert lines[0]["y"] == pytest.approx([50, 65])
    for theme in (LIGHT, DARK):
        found = [*looks(of(view, "optim.learning_rate"), theme).values()]
        assert len({one.colour for one in found}) == len({one.symbol for one in found}) == len(found)


def test_the_heat_map_has_means_and_runs_and_dashes_where_nothing_was_tried(board: Grid) -> None:
    missing = [(0.02, "focal", augment) for augment in (True, False)]
    board.cross(AXES, hits, noise=(-4, 1, 3), but=missing)
    drawn = compare_fields(board.seen(field="optim.learning_rate", by="loss.name"), LIGHT)
    heat: dict[str, Any] = checked(drawn)["data"][0]
    assert heat["z"] == [pytest.approx([50, 40, 40]), [None, pytest.approx(55), pytest.approx(55)]]
    assert heat["text"] == [
        ["50.0<br>n 6", "40.0<br>n 6", "40.0<br>n 6"],
        ["–", "55.0<br>n 6", "55.0<br>n 6"],
    ]
    assert [row[0] for row in drawn.table.rows] == ["cross-entropy", "focal"]


def test_parallel_coordinates_have_a_line_a_setting_that_ends_at_its_mean(board: Grid) -> None:
    board.cross(AXES, hits, noise=(-4, 1, 3))
    view = board.seen()
    lines = checked(compare_parallel(view, LIGHT))["data"]
    assert len(lines) == len(view.cells) == 12
    best, worst = max(lines, key=lambda line: line["y"][-1]), min(lines, key=lambda line: line["y"][-1])
    assert (worst["y"][-1], best["y"][-1]) == (0, 1)
    assert best["line"]["width"] > worst["line"]["width"]
    assert best["y"][:2] == [1, 0]


def test_one_difference_holds_alone(board: Grid) -> None:
    board.cross({"loss.name": ["cross_entropy", "focal"]}, lambda name: 100 + 20 * (name == "focal"))
    assert "; 95 % interval;" in compare_effects(board.seen(), LIGHT).note
