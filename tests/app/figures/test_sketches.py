"""Small pictures in the page: geometry within its box, gaps, one class to many, one epoch to many."""

import pytest

from app.figures.sketches import counts_sketch, rates_sketch, sparklines
from app.views.preview.view import PreviewClass


def cls(n: int) -> PreviewClass:
    return PreviewClass(
        name=f"class of {n}",
        available=n,
        train_count=n,
        validation_count=0,
        test_count=5,
        effective_number=None,
        weight=None,
    )


def test_sparklines_share_a_scale_and_keep_gaps() -> None:
    drawn = sparklines({1: [0.0, 0.5, None, 1.0, 0.5], 2: [0.5], 3: [], 4: [None]})
    assert len(drawn[1].paths) == 2
    assert drawn[1].end is not None
    assert drawn[2].end is not None
    assert drawn[1].end[1] == drawn[2].end[1]
    assert (drawn[3].paths, drawn[3].end, drawn[4].end) == ((), None, None)


@pytest.mark.parametrize("n", [1, 2, 10, 13, 100, 1000])
def test_counts_fit_their_box(n: int) -> None:
    sketch = counts_sketch([cls(1000 - at * 900 // n) for at in range(n)])
    assert len(sketch.bars) == n
    assert all(bar.x >= 0 and bar.x + bar.width <= sketch.width for bar in sketch.bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= sketch.floor + 0.01 for bar in sketch.bars)
    assert len(sketch.counts) == (n if n <= 12 else 0)


def test_an_empty_class_has_no_bar() -> None:
    assert counts_sketch([cls(10), cls(0)]).bars[1].height == 0


def test_rates_are_steps_with_labels() -> None:
    sketch = rates_sketch([0.1] * 6 + [0.01] * 2 + [0.001] * 2)
    assert [label.text for label in sketch.labels] == ["0.1", "0.01", "0.001"]
    assert [label.text for label in sketch.epochs][-1] == "10"
    assert len(sketch.path.split()) == 6


def test_schedules_share_their_axes() -> None:
    sketch = rates_sketch([0.1] * 10, [[0.2] * 5 + [0.05] * 15])
    (other,) = sketch.others

    def points(path: str) -> list[tuple[float, ...]]:
        return [tuple(map(float, point.split(","))) for point in path.split()]

    own, beside = points(sketch.path), points(other)
    assert own[-1][0] == pytest.approx((beside[0][0] + beside[-1][0]) / 2), "half as many epochs"
    heights = [sketch.floor - y for _, y in (own[0], beside[0], beside[-1])]
    assert heights[1] / heights[0] == pytest.approx(2, rel=0.01)
    assert heights[0] / heights[2] == pytest.approx(2, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 10_000])
def test_any_number_of_epochs(n: int) -> None:
    sketch = rates_sketch([0.1 - 0.09 * at / n for at in range(n)])
    assert 1 <= len(sketch.epochs) <= 12
    assert sketch.labels
