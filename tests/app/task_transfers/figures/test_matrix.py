"""The heat map holds exactly the view's figures, in its orders, with the references below."""

import pytest

from app.figures.theme import LIGHT, THEMES, Theme
from app.task_transfers.figures.matrix import matrix
from app.task_transfers.readings import SHOWS, Show, singles, way_to_own
from tests.app.figures.test_figures import checked
from tests.app.task_transfers import made
from trainer.transfer.tasks import CONTROLS

VIEW = made.view()
BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


@BOTH
@pytest.mark.parametrize("show", SHOWS)
def test_plotly_takes_it(show: Show, theme: Theme) -> None:
    drawn = matrix(VIEW, show, 300, theme)
    checked(drawn)
    assert "300 images" in drawn.label


@pytest.mark.parametrize("show", SHOWS)
def test_plotly_takes_fine_tuned_ones_without_controls(show: Show) -> None:
    drawn = matrix(made.fine_tuned(VIEW), show, 1000, LIGHT, "finetune")
    checked(drawn)
    assert "fine-tuned on 1,000 images" in drawn.label
    assert "Controls" not in drawn.label
    assert not {row[0] for row in drawn.table.rows} & set(CONTROLS.values())


@pytest.mark.parametrize("show", ["gain", "quality", "wins"])
def test_cells_are_the_shares_in_percent(show: Show) -> None:
    drawn = matrix(VIEW, show, 300, LIGHT)
    cells, known = drawn.figure["data"][0]["z"], singles(VIEW, 300)
    for down, source in enumerate(VIEW.order_of_sources):
        for across, target in enumerate(VIEW.order_of_targets):
            wanted = getattr(known[source, target], show).mean
            assert cells[down][across] == pytest.approx(100 * wanted)
            assert drawn.table.rows[down][2 + across] == wanted


def test_affinities_of_a_target_sum_to_a_hundred() -> None:
    cells = matrix(VIEW, "affinity", 1000, LIGHT).figure["data"][0]["z"]
    for column in zip(*cells, strict=True):
        assert sum(column) == pytest.approx(100)


def test_a_measure_is_told_in_its_unit_and_coloured_by_its_way_from_chance_to_the_own_network() -> None:
    drawn = matrix(VIEW, "measure", 100, LIGHT)
    tasks = {task.name: task for task in VIEW.tasks}
    heat, known = drawn.figure["data"][0], singles(VIEW, 100)
    at = VIEW.order_of_targets.index("shape")
    wanted = known[VIEW.order_of_sources[0], "shape"].measure.mean
    assert heat["z"][0][at] == pytest.approx(100 * (way_to_own(tasks["shape"], wanted) or 0))
    assert heat["text"][0][at] == f"{100 * (wanted or 0):.1f}"
    assert [row[0] for row in drawn.table.rows[-3:]] == ["from scratch", "own network", "chance"]
    assert drawn.table.rows[-1][2 + at] == tasks["shape"].chance
    assert heat["z"][-1] == [0] * len(VIEW.order_of_targets)
    assert heat["z"][-2] == [100] * len(VIEW.order_of_targets)
    assert drawn.table.columns[2 + at].label == "shape, %"
    assert drawn.table.columns[2 + VIEW.order_of_targets.index("distance")].label == "distance, pixels"


def test_controls_and_scratch_stand_below() -> None:
    rows = [row[0] for row in matrix(VIEW, "gain", 100, LIGHT).table.rows]
    assert rows[-3:] == [*CONTROLS.values(), "from scratch"]
    assert set(matrix(VIEW, "gain", 100, LIGHT).table.rows[-1][2:]) == {0.5}
    assert [row[0] for row in matrix(VIEW, "wins", 100, LIGHT).table.rows][-1] == "raw pixels"


def test_shares_are_even_at_white() -> None:
    heat = matrix(VIEW, "gain", 100, LIGHT).figure["data"][0]
    assert heat["zmax"] - 50 == pytest.approx(50 - heat["zmin"])
    assert heat["colorscale"] == LIGHT.change


def test_a_frame_marks_each_target_that_is_a_source_and_new_ones_are_named() -> None:
    layout = matrix(VIEW, "gain", 100, LIGHT).figure["layout"]
    frames = [shape for shape in layout["shapes"] if shape["type"] == "rect"]
    assert len(frames) == VIEW.sources
    at = VIEW.order_of_targets.index("double")
    assert layout["xaxis"]["ticktext"][at].startswith("double (new)")
    for frame in frames:
        target = VIEW.order_of_targets[round((frame["x0"] + frame["x1"]) / 2)]
        assert VIEW.order_of_sources[round((frame["y0"] + frame["y1"]) / 2)] == target


def test_what_is_not_measured_is_a_gap_and_nothing_at_all_is_said() -> None:
    few = tuple(one for one in VIEW.transfers if one.target == "shape")
    drawn = matrix(VIEW.model_copy(update={"transfers": few}), "quality", 100, LIGHT)
    checked(drawn)
    assert drawn.figure["data"][0]["z"][0].count(None) == len(VIEW.order_of_targets) - 1
    assert "not measured yet" in str(drawn.figure["data"][0]["customdata"][0])
    nothing = matrix(VIEW.model_copy(update={"transfers": ()}), "quality", 100, LIGHT)
    checked(nothing)
    assert nothing.label == "Matrix of task transfers; no source is read out yet."
    assert nothing.table.rows == []
