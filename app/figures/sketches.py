"""Small pictures drawn in the page itself (inline SVG), without Plotly: geometry only, templates draw it.

A sparkline for a line of a list; class counts and learning rates for a run to come. What methods have by
class, over the counts, is bands'.
Coordinates are pixels of a viewBox, y downwards.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from app.figures.layout import tick_step
from app.formats import brief, count, significant
from app.views.preview.view import PreviewClass

Point = tuple[float, float]

_MOST_NAMES, _MOST_COUNTS = 20, 12


@dataclass(frozen=True)
class Sparkline:
    """Values in order; one path per stretch without a gap, and the last value as a dot."""

    width: int
    height: int
    paths: tuple[str, ...]
    end: Point | None


@dataclass(frozen=True)
class Label:
    """A word at a point."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Bar:
    """A class: its bar, and what hovering says."""

    x: float
    y: float
    width: float
    height: float
    about: str

    @property
    def middle(self) -> float:
        """Along x."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class CountsSketch:
    """Bars of training images (logarithmic), in the order of the classes that are given."""

    width: int
    height: int
    floor: float
    bars: tuple[Bar, ...]
    counts: tuple[Label, ...]
    names: tuple[Label, ...]


@dataclass(frozen=True)
class RatesSketch:
    """The learning rate of each epoch, linear from 0; `others` are schedules of other settings beside it."""

    width: int
    height: int
    floor: float
    path: str
    others: tuple[str, ...]
    labels: tuple[Label, ...]
    epochs: tuple[Label, ...]


def sparklines(
    series: Mapping[int, Sequence[float | None]], width: int = 84, height: int = 24
) -> dict[int, Sparkline]:
    """A small curve for each series, all on one scale, so that the lines of a list compare by eye."""
    known = [value for values in series.values() for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    reach = (high - low) or 1.0
    return {key: _scaled(tuple(values), low, reach, width, height) for key, values in series.items()}


@lru_cache(maxsize=1024)
def _scaled(values: tuple[float | None, ...], low: float, reach: float, width: int, height: int) -> Sparkline:
    """One of them; most lines of a list that is looked at again have not changed."""
    heights = [None if value is None else 3 + (height - 6) * (1 - (value - low) / reach) for value in values]
    return _sparkline(heights, width, height)


def share_sparkline(shares: Sequence[float | None], width: int = 84, height: int = 24) -> Sparkline:
    """A small curve of shares, from 0 on the floor to 1 at the top."""
    return _sparkline([None if it is None else 3 + (height - 6) * (1 - it) for it in shares], width, height)


def _sparkline(heights: Sequence[float | None], width: int, height: int) -> Sparkline:
    step = (width - 6) / max(1, len(heights) - 1)
    points = [None if y is None else (3 + step * at, y) for at, y in enumerate(heights)]
    stretches = [list(run) for known, run in groupby(points, lambda point: point is not None) if known]
    paths = tuple(path_of([point for point in run if point]) for run in stretches if len(run) > 1)
    known = [point for point in points if point is not None]
    return Sparkline(width, height, paths, _rounded(known[-1]) if known else None)


def counts_sketch(classes: Sequence[PreviewClass], width: int = 440) -> CountsSketch:
    """Classes in the given order, largest first; names and counts where there is room for them."""
    few, named = len(classes) <= _MOST_COUNTS, len(classes) <= _MOST_NAMES
    slot, floor = (width - 8) / max(1, len(classes)), 128.0
    tall = _log_height(classes, 108)
    bars = tuple(_bar(cls, at, slot, floor, tall) for at, cls in enumerate(classes))
    pairs = [(round(bar.middle, 1), bar, cls) for bar, cls in zip(bars, classes, strict=True)]
    above = (Label(x, round(bar.y - 4, 1), count(cls.train_count)) for x, bar, cls in pairs)
    return CountsSketch(
        width=width,
        height=int(floor) + (54 if named else 6),
        floor=floor,
        bars=bars,
        counts=tuple(above) if few else (),
        names=tuple(Label(x, floor + 12, cls.name) for x, _, cls in pairs) if named else (),
    )


def rates_sketch(
    rates: Sequence[float], others: Sequence[Sequence[float]] = (), width: int = 440, height: int = 96
) -> RatesSketch:
    """Steps at the epochs; a label at each change, where these are few. All schedules share the axes."""
    left, top, floor = 4.0, 20.0, height - 20.0
    slot = (width - 2 * left) / max(map(len, (rates, *others)))
    most = max(max(each) for each in (rates, *others)) or 1.0
    scale = (floor - top) / most
    changes = _changes(rates)
    labels = [
        Label(round(left + slot * at + 4, 1), round(floor - scale * rates[at] - 5, 1), brief(rates[at], 4))
        for at in (changes if len(changes) <= 5 else ())
    ]
    labels = labels or [
        Label(left, top - 6, f"highest {brief(max(rates), 4)}, last {significant(rates[-1], 2)}")
    ]
    paths = [_steps(each, left, slot, floor, scale) for each in (rates, *others)]
    epochs = _epoch_labels(max(map(len, (rates, *others))), left, slot, floor + 15)
    return RatesSketch(width, height, floor, paths[0], tuple(paths[1:]), tuple(labels), epochs)


def _changes(rates: Sequence[float]) -> list[int]:
    return [at for at, rate in enumerate(rates) if at == 0 or rate != rates[at - 1]]


def _steps(rates: Sequence[float], left: float, slot: float, floor: float, scale: float) -> str:
    changes, points = _changes(rates), list[Point]()
    for at, end in zip(changes, [*changes[1:], len(rates)], strict=True):
        y = floor - scale * rates[at]
        points += [(left + slot * at, y), (left + slot * end, y)]
    return path_of(points)


def _epoch_labels(epochs: int, left: float, slot: float, y: float) -> tuple[Label, ...]:
    step = tick_step(epochs)
    shown = range(step, epochs + 1, step)
    return tuple(Label(round(left + slot * (epoch - 0.5), 1), y, str(epoch)) for epoch in shown)


def _log_height(classes: Sequence[PreviewClass], height: float) -> Callable[[int], float]:
    largest = max((cls.train_count for cls in classes), default=1)
    return lambda n: height * math.log10(1 + n) / math.log10(1 + max(1, largest))


def _bar(cls: PreviewClass, at: int, slot: float, floor: float, height: Callable[[int], float]) -> Bar:
    gap = 0.24 * slot if slot > 6 else 0.0
    tall = height(cls.train_count)
    weight = "" if cls.weight is None else f", loss weight {significant(cls.weight)}"
    return Bar(
        x=round(4 + slot * at + gap / 2, 2),
        y=round(floor - tall, 2),
        width=round(slot - gap, 2),
        height=round(tall, 2),
        about=f"{cls.name}: {count(cls.train_count)} training images{weight}",
    )


def path_of(points: Sequence[Point]) -> str:
    """As a polyline has it."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _rounded(point: Point) -> Point:
    return round(point[0], 1), round(point[1], 1)
