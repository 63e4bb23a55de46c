"""Gain by size: the best few sources and both controls, with the view's figures and intervals."""

import math

import pytest

from app.figures.theme import LIGHT, THEMES, Theme
from app.task_transfers.figures.sizes import BEST, by_size
from app.task_transfers.readings import best_first, singles
from tests.app.figures.test_figures import checked
from tests.app.task_transfers import made
from trainer.transfer.tasks import CONTROLS

VIEW = made.view()


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_lines_are_the_gains_of_the_best_sources_and_the_controls(theme: Theme) -> None:
    figure = checked(by_size(VIEW, "double", theme))
    lines = {trace["name"]: trace for trace in figure["data"] if "fill" not in trace}
    best = [one.sources[0] for one in best_first(VIEW, "double", 1000)[:BEST]]
    assert list(lines) == [*best, *CONTROLS.values()]
    for source in best:
        wanted = [100 * (singles(VIEW, images)[source, "double"].gain.mean or 0) for images in VIEW.sizes]
        assert lines[source]["y"] == pytest.approx(wanted)
        assert lines[source]["x"] == pytest.approx([math.log10(images) for images in VIEW.sizes])
    assert figure["layout"]["xaxis"]["ticktext"] == ["100", "300", "1,000"]


def test_lines_differ_by_more_than_colour() -> None:
    lines = [trace for trace in by_size(VIEW, "shape", LIGHT).figure["data"] if "fill" not in trace]
    assert len({(trace["marker"]["symbol"], trace["line"]["dash"]) for trace in lines}) == len(lines)


def test_bands_are_the_intervals() -> None:
    bands = [trace for trace in by_size(VIEW, "shape", LIGHT).figure["data"] if "fill" in trace]
    known = singles(VIEW, 1000)[bands[0]["name"], "shape"].gain
    assert bands[0]["y"][len(VIEW.sizes) - 1] == pytest.approx(100 * (known.high or 0))
    assert bands[0]["y"][len(VIEW.sizes)] == pytest.approx(100 * (known.low or 0))


def test_one_seed_has_no_bands_and_one_size_is_a_point() -> None:
    alone = made.view(seeds=(0,))
    assert not [trace for trace in by_size(alone, "shape", LIGHT).figure["data"] if "fill" in trace]
    one_size = VIEW.model_copy(update={"sizes": (300,)})
    assert all(len(trace["y"]) <= 2 for trace in checked(by_size(one_size, "shape", LIGHT))["data"])


def test_a_target_that_nothing_is_read_out_for_is_said() -> None:
    nothing = by_size(VIEW.model_copy(update={"transfers": ()}), "shape", LIGHT)
    checked(nothing)
    assert nothing.label == "Gain over scratch for shape; no source is read out yet."
