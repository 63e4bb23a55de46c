"""Small pictures drawn in the page itself (inline SVG), without Plotly: geometry only, templates draw it.

A sparkline for a line of a list; class counts with loss weights, and learning rates, for a run to come.
Coordinates are pixels of a viewBox, y downwards.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from app.figures.colours import SettingStyle
from app.figures.layout import tick_step
from app.formats import count, significant
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
class WeightLine:
    """The loss weights of one setting of several, in its colour."""

    label: str
    path: str
    light: str
    dark: str


@dataclass(frozen=True)
class CountsSketch:
    """Bars of training images (logarithmic), and above them the loss weights as a line (logarithmic).

    lines: of several settings on one scale, in place of the one line; its ends are labelled.
    """

    width: int
    height: int
    floor: float
    bars: tuple[Bar, ...]
    counts: tuple[Label, ...]
    names: tuple[Label, ...]
    weights: str
    dots: tuple[Point, ...]
    weight_labels: tuple[Label, ...]
    lines: tuple[WeightLine, ...] = ()


@dataclass(frozen=True)
class RatesSketch:
    """The learning rate of each epoch, linear from 0."""

    width: int
    height: int
    floor: float
    path: str
    labels: tuple[Label, ...]
    epochs: tuple[Label, ...]


def sparklines(
    series: Mapping[int, Sequence[float | None]], width: int = 84, height: int = 24
) -> dict[int, Sparkline]:
    """A small curve for each series, all on one scale, so that the lines of a list compare by eye."""
    known = [value for values in series.values() for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    reach = (high - low) or 1.0
    heights = {
        key: [None if value is None else 3 + (height - 6) * (1 - (value - low) / reach) for value in values]
        for key, values in series.items()
    }
    return {key: _sparkline(ys, width, height) for key, ys in heights.items()}


def _sparkline(heights: Sequence[float | None], width: int, height: int) -> Sparkline:
    step = (width - 6) / max(1, len(heights) - 1)
    points = [None if y is None else (3 + step * at, y) for at, y in enumerate(heights)]
    stretches = [list(run) for known, run in groupby(points, lambda point: point is not None) if known]
    paths = tuple(_path([point for point in run if point]) for run in stretches if len(run) > 1)
    known = [point for point in points if point is not None]
    return Sparkline(width, height, paths, _rounded(known[-1]) if known else None)


def counts_sketch(classes: Sequence[PreviewClass], width: int = 440) -> CountsSketch:
    """Classes in the given order, largest first; weights, where there are any, in a band above the bars."""
    few, named = len(classes) <= _MOST_COUNTS, len(classes) <= _MOST_NAMES
    slot = (width - 8) / max(1, len(classes))
    weights = [cls.weight for cls in classes if cls.weight is not None]
    band = 74.0 if weights else 0.0
    floor = band + 128
    tall = _log_height(classes, 108)
    bars = tuple(_bar(cls, at, slot, floor, tall) for at, cls in enumerate(classes))
    dots = _weight_points(weights, slot, 22, band - 8)
    pairs = [(round(bar.middle, 1), bar, cls) for bar, cls in zip(bars, classes, strict=True)]
    above = (Label(x, round(bar.y - 4, 1), count(cls.train_count)) for x, bar, cls in pairs)
    return CountsSketch(
        width=width,
        height=int(floor) + (54 if named else 6),
        floor=floor,
        bars=bars,
        counts=tuple(above) if few else (),
        names=tuple(Label(x, floor + 12, cls.name) for x, _, cls in pairs) if named else (),
        weights=_path(dots),
        dots=tuple(map(_rounded, dots)) if len(classes) <= 40 else (),
        weight_labels=_weight_labels(weights, dots),
    )


def with_lines(
    sketch: CountsSketch, settings: Sequence[tuple[str, SettingStyle, Sequence[float]]]
) -> CountsSketch:
    """The sketch with the weights of several settings (label, style, weights by bar) over its bars."""
    logs = [math.log10(weight) for _, _, weights in settings for weight in weights]
    low, high = min(logs), max(logs)
    top, floor = 22.0, 66.0
    scale = (floor - top) / (high - low) if high - low > 0.01 else 0.0
    lines = []
    for label, style, weights in settings:
        pairs = zip(sketch.bars, weights, strict=True)
        points = [(bar.middle, floor - scale * (math.log10(weight) - low)) for bar, weight in pairs]
        lines.append(WeightLine(label, _path(points), style.light, style.dark))
    ends = tuple(Label(4.0, y, f"×{significant(10**log)}") for y, log in ((top - 8, high), (floor + 13, low)))
    return replace(sketch, weights="", dots=(), weight_labels=ends, lines=tuple(lines))


def rates_sketch(rates: Sequence[float], width: int = 440, height: int = 96) -> RatesSketch:
    """Steps at the epochs; a label at each change, where these are few."""
    left, right, top, floor = 4.0, width - 4.0, 20.0, height - 20.0
    slot = (right - left) / len(rates)
    most = max(rates) or 1.0
    points: list[Point] = []
    labels: list[Label] = []
    changes = [at for at, rate in enumerate(rates) if at == 0 or rate != rates[at - 1]]
    for at in changes:
        end = next((later for later in changes if later > at), len(rates))
        y = floor - (floor - top) * rates[at] / most
        points += [(left + slot * at, y), (left + slot * end, y)]
        if len(changes) <= 5:
            labels.append(Label(round(left + slot * at + 4, 1), round(y - 5, 1), f"{rates[at]:.4g}"))
    labels = labels or [Label(left, top - 6, f"highest {most:.4g}, last {significant(rates[-1], 2)}")]
    epochs = _epoch_labels(len(rates), left, slot, floor + 15)
    return RatesSketch(width, height, floor, _path(points), tuple(labels), epochs)


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


def _weight_points(weights: Sequence[float], slot: float, top: float, floor: float) -> list[Point]:
    """Logarithmic, the smallest weight on the floor of its band, the largest at its top."""
    logs = [math.log10(weight) for weight in weights]
    low, reach = min(logs, default=0.0), max(logs, default=0.0) - min(logs, default=0.0)
    is_even = reach < 0.01
    scale, base = (0.0, (floor + top) / 2) if is_even else ((floor - top) / reach, floor)
    return [(4 + slot * (at + 0.5), base - scale * (log - low)) for at, log in enumerate(logs)]


def _weight_labels(weights: Sequence[float], dots: Sequence[Point]) -> tuple[Label, ...]:
    """The weights of the first and the last class."""
    ends = [(*dots[at], weights[at]) for at in (sorted({0, len(dots) - 1}) if dots else [])]
    return tuple(Label(*_rounded((x, y - 8)), f"×{significant(weight)}") for x, y, weight in ends)


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _rounded(point: Point) -> Point:
    return round(point[0], 1), round(point[1], 1)
