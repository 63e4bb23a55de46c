"""Bands over the bars: each quantity on a scale of its own, lines told apart, all within the picture."""

import math

import pytest

from app.figures.bands import bands_over
from app.figures.colours_apart import settings_styles
from app.figures.sketches import counts_sketch
from app.views.preview.view import PreviewClass, SettingNumbers
from trainer.config import as_json, parse_config

COUNTS = (100, 10, 1)
STYLES = settings_styles(
    {name: as_json(parse_config({"optim": {"epochs": at + 9}})) for at, name in enumerate("abc")}
)
SKETCH = counts_sketch([
    PreviewClass(name=str(n), available=n, train_count=n, validation_count=0, test_count=1,
                 effective_number=None, weight=None)
    for n in COUNTS
])  # fmt: skip


def numbers(label: str, what: str, *values: float) -> SettingNumbers:
    return SettingNumbers(label=label, what=what, numbers=values)


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in path.split())]


def test_a_band_for_each_quantity_with_its_own_ends() -> None:
    rows = [
        numbers("a", "weights", 0.1, 1.0, 10.0),
        numbers("b", "margins", 0.1, 0.2, 0.5),
        numbers("c", "weights", 1.0, 1.0, 1.0),
    ]
    drawn = bands_over(SKETCH, rows, STYLES, (0, 1, 2))
    assert [(band.title.text, [line.label for line in band.lines]) for band in drawn.bands] == [
        ("Loss weight", ["a", "c"]),
        ("Margin, cosine", ["b"]),
    ]
    assert [[end.text for end in band.ends] for band in drawn.bands] == [
        ["×10.0", "×0.100"],
        ["0.500", "0.100"],
    ]
    tops = [y for band in drawn.bands for line in band.lines for _, y in points(line.path)]
    assert min(tops) > 0
    assert max(tops) < drawn.height


def test_weights_are_logarithmic_and_margins_linear() -> None:
    rows = [numbers("a", "weights", 0.1, 1.0, 10.0), numbers("a", "margins", 0.1, 0.2, 0.5)]
    weights, margins = (
        points(band.lines[0].path) for band in bands_over(SKETCH, rows, STYLES, (0, 1, 2)).bands
    )
    assert [x for x, _ in weights] == pytest.approx([bar.middle for bar in SKETCH.bars], abs=0.06)
    low, middle, high = (y for _, y in weights)
    assert (low - middle) / (low - high) == pytest.approx(0.5, abs=0.01)
    low, middle, high = (y for _, y in margins)
    assert (low - middle) / (low - high) == pytest.approx(0.25, abs=0.01)


def test_classes_stand_in_the_order_of_the_bars() -> None:
    rows = [numbers("a", "offsets", math.log(0.1), math.log(0.9), 0.0)]
    (band,) = bands_over(SKETCH, rows, STYLES, (2, 1, 0)).bands
    heights = [y for _, y in points(band.lines[0].path)]
    assert heights == sorted(heights), "the order turns what rises into what falls"


def test_lines_that_lie_on_each_other_take_turns() -> None:
    """Each of m lines is drawn for one part of m, from another place on: together they fill the line."""
    rows = [numbers(label, "weights", 0.5, 1.0, 2.0) for label in "abc"]
    (band,) = bands_over(SKETCH, rows, STYLES, (0, 1, 2)).bands
    dashes = [tuple(map(int, line.dash.split())) for line in band.lines]
    assert set(dashes) == {(7, 14)}
    assert [-line.offset for line in band.lines] == [0, 7, 14]
    (alone,) = bands_over(SKETCH, rows[:1], STYLES, (0, 1, 2)).bands
    assert alone.lines[0].dash == ""


def test_without_numbers_there_are_no_bands() -> None:
    assert (bands_over(SKETCH, [], STYLES, (0, 1, 2)).bands, bands_over(SKETCH, [], STYLES, ()).height) == (
        (),
        0,
    )
