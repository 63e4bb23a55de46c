"""Small pictures drawn in the page itself (inline SVG), without Plotly: geometry only, templates draw it.

A sparkline for a line of a list; class counts with loss weights, and learning rates, for a run to come.
Coordinates are pixels of a viewBox, y downwards.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.formats import count, significant
from app.views.preview import PreviewClass

Point = tuple[float, float]

_MOST_NAMES, _MOST_COUNTS = 20, 12


@dataclass(frozen=True)
class Sparkline:
    """Accuracy over the epochs on the fixed scale 0..1; one path per stretch without a gap."""

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


@dataclass(frozen=True)
class CountsSketch:
    """Bars of training images (logarithmic) with the loss weights as a line over them (logarithmic)."""

    width: int
    height: int
    floor: float
    bars: tuple[Bar, ...]
    counts: tuple[Label, ...]
    names: tuple[Label, ...]
    weights: str
    dots: tuple[Point, ...]
    weight_labels: tuple[Label, ...]


@dataclass(frozen=True)
class RatesSketch:
    """The learning rate of each epoch, linear from 0."""

    width: int
    height: int
    floor: float
    path: str
    labels: tuple[Label, ...]
    epochs: tuple[Label, ...]


def sparkline(values: Sequence[float | None], width: int = 84, height: int = 24) -> Sparkline:
    """Values 0..1 in order; None is a gap."""
    step = (width - 6) / max(1, len(values) - 1)
    points = [None if v is None else (3 + step * i, _flip(v, height, 3)) for i, v in enumerate(values)]
    stretches = [list(run) for known, run in groupby(points, lambda point: point is not None) if known]
    paths = tuple(_path([point for point in run if point]) for run in stretches if len(run) > 1)
    known = [point for point in points if point is not None]
    return Sparkline(width, height, paths, _rounded(known[-1]) if known else None)


def counts_sketch(classes: Sequence[PreviewClass], width: int = 440) -> CountsSketch:
    """Classes as they are to stand on the axis, largest first."""
    named = len(classes) <= _MOST_NAMES
    top, floor = 34.0, 150.0
    slot = (width - 8) / max(1, len(classes))
    bars = tuple(
        _bar(cls, at, slot, floor, _log_height(classes, floor - top)) for at, cls in enumerate(classes)
    )
    weights = [cls.weight for cls in classes if cls.weight is not None]
    dots = _weight_points(weights, slot, top, floor) if len(weights) == len(classes) else []
    return CountsSketch(
        width=width,
        height=int(floor) + (58 if named else 6),
        floor=floor,
        bars=bars,
        counts=tuple(_above(bar, cls) for bar, cls in zip(bars, classes, strict=True))
        if len(classes) <= _MOST_COUNTS
        else (),
        names=tuple(Label(round(bar.x + bar.width / 2, 1), floor + 12, cls.name)
                    for bar, cls in zip(bars, classes, strict=True)) if named else (),
        weights=_path(dots),
        dots=tuple(map(_rounded, dots)) if len(classes) <= 40 else (),
        weight_labels=_weight_labels(weights, dots),
    )  # fmt: skip


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
    shown = sorted({1, *(max(1, round(epochs * part)) for part in (0.25, 0.5, 0.75, 1))})
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


def _above(bar: Bar, cls: PreviewClass) -> Label:
    return Label(round(bar.x + bar.width / 2, 1), round(bar.y - 4, 1), count(cls.train_count))


def _weight_points(weights: Sequence[float], slot: float, top: float, floor: float) -> list[Point]:
    """Logarithmic between half the smallest and twice the largest, within the picture."""
    logs = [math.log10(weight) for weight in weights]
    low, high = min(logs) - 0.3, max(logs) + 0.3
    return [
        (4 + slot * (at + 0.5), floor - (floor - top) * (log - low) / (high - low))
        for at, log in enumerate(logs)
    ]


def _weight_labels(weights: Sequence[float], dots: Sequence[Point]) -> tuple[Label, ...]:
    """The weights of the first and the last class."""
    ends = sorted({0, len(dots) - 1}) if dots else []
    return tuple(
        Label(*_rounded((dots[at][0], dots[at][1] - 8)), f"×{significant(weights[at])}") for at in ends
    )


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _rounded(point: Point) -> Point:
    return round(point[0], 1), round(point[1], 1)


def _flip(value: float, height: int, pad: int) -> float:
    return pad + (height - 2 * pad) * (1 - min(1.0, max(0.0, value)))
