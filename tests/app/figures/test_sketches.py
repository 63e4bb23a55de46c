"""Small pictures in the page: geometry within its box, gaps, one class to many, one epoch to many."""

import pytest

from app.figures.sketches import counts_sketch, rates_sketch, sparklines
from app.views.preview.view import PreviewClass


def cls(n: int, weight: float | None = None) -> PreviewClass:
    return PreviewClass(
        name=f"class of {n}",
        available=n,
        train_count=n,
        validation_count=0,
        test_count=5,
        effective_number=None,
        weight=weight,
    )


def test_sparklines_share_a_scale_and_keep_gaps() -> None:
    drawn = sparklines({1: [0.0, 0.5, None, 1.0, 0.5], 2: [0.5], 3: [], 4: [None]})
    assert len(drawn[1].paths) == 2
    assert drawn[1].end is not None
    assert drawn[2].end is not None
    assert drawn[1].end[1] == drawn[2].end[1]
    assert (drawn[3].paths, drawn[3].end, drawn[4].end) == ((), None, None)


@pytest.mark.parametrize("n", [1, 2, 10, 13, 100, 1000])
@pytest.mark.parametrize("weight", [None, 1.0])
def test_counts_fit_their_box(n: int, weight: float | None) -> None:
    sketch = counts_sketch([cls(1000 - at * 900 // n, weight) for at in range(n)])
    assert len(sketch.bars) == n
    assert all(bar.x >= 0 and bar.x + bar.width <= sketch.width for bar in sketch.bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= sketch.floor + 0.01 for bar in sketch.bars)
    assert len(sketch.counts) == (n if n <= 12 else 0)
    assert bool(sketch.weights) is (weight is not None)


def test_weights_rise_where_counts_fall() -> None:
    sketch = counts_sketch([cls(100, 0.1), cls(10, 1.0), cls(1, 10.0)])
    heights = [y for _, y in sketch.dots]
    assert heights == sorted(heights, reverse=True)
    assert [label.text for label in sketch.weight_labels] == ["×0.100", "×10.0"]


def test_an_empty_class_has_no_bar() -> None:
    assert counts_sketch([cls(10), cls(0)]).bars[1].height == 0


def test_rates_are_steps_with_labels() -> None:
    sketch = rates_sketch([0.1] * 6 + [0.01] * 2 + [0.001] * 2)
    assert [label.text for label in sketch.labels] == ["0.1", "0.01", "0.001"]
    assert [label.text for label in sketch.epochs][-1] == "10"
    assert len(sketch.path.split()) == 6


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 10_000])
def test_any_number_of_epochs(n: int) -> None:
    sketch = rates_sketch([0.1 - 0.09 * at / n for at in range(n)])
    assert 1 <= len(sketch.epochs) <= 12
    assert sketch.labels
