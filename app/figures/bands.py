"""What methods have by class (weights, margins, offsets, draws) as bands of lines over the bars of counts.

Each quantity has a band with a scale of its own, on the class axis of the bars below, so that weights and
margins stand in one figure without sharing an axis that would mean nothing.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.figures.colours import SettingStyle
from app.figures.sketches import CountsSketch, Label, path_of
from app.formats import significant
from app.views.preview.view import SettingNumbers

_TITLE, _HEIGHT, _GAP = 16.0, 46.0, 14.0
_DASH = 7
WORDS = {
    "weights": "Loss weight",
    "views": "Views of an image an epoch",
    "margins": "Margin, cosine",
    "offsets": "Added to the logit",
    "factors": "Times the logit",
    "smoothings": "Label smoothing",
}
"""What a quantity is called; one of a plugin by its own name."""
_LOG = ("weights", "views", "factors")


@dataclass(frozen=True)
class Line:
    """A setting in a band. dash: SVG's, where lines of other settings lie on it; "" for none."""

    label: str
    path: str
    style: SettingStyle
    dash: str = ""
    offset: int = 0


@dataclass(frozen=True)
class Band:
    """A quantity: its title, its lines, and its highest and lowest value at their heights."""

    title: Label
    ends: tuple[Label, Label]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Bands:
    """Bands from the top, and how high they are together: by so much the bars stand lower."""

    bands: tuple[Band, ...]
    height: int


def bands_over(
    sketch: CountsSketch,
    numbers: Sequence[SettingNumbers],
    styles: Mapping[str, SettingStyle],
    order: Sequence[int],
) -> Bands:
    """A band for each quantity that any setting has; `order` are classes in the order of the bars."""
    kinds = dict.fromkeys(one.what for one in numbers)
    bands = []
    for at, kind in enumerate(kinds):
        rows = [(one.label, [one.numbers[index] for index in order]) for one in numbers if one.what == kind]
        bands.append(_band(sketch, kind, rows, styles, at * (_TITLE + _HEIGHT + _GAP)))
    return Bands(tuple(bands), int(len(bands) * (_TITLE + _HEIGHT + _GAP)))


def _band(
    sketch: CountsSketch,
    kind: str,
    rows: Sequence[tuple[str, Sequence[float]]],
    styles: Mapping[str, SettingStyle],
    top: float,
) -> Band:
    values = [value for _, row in rows for value in row]
    is_log, low, high = kind in _LOG and min(values) > 0, min(values), max(values)
    place = math.log10 if is_log else float
    reach = place(high) - place(low)
    floor = top + _TITLE + _HEIGHT

    def y(value: float) -> float:
        share = (place(value) - place(low)) / reach if reach > 0.01 else 0.5
        return floor - _HEIGHT * share

    paths = {
        label: path_of([(bar.middle, y(value)) for bar, value in zip(sketch.bars, row, strict=True)])
        for label, row in rows
    }
    sign = "×" if is_log else ""
    ends = [Label(sketch.width - 2.0, round(at, 1), f"{sign}{significant(value)}")
            for at, value in ((top + _TITLE - 4, high), (floor + 8, low))]  # fmt: skip
    title = Label(2.0, top + _TITLE - 4, WORDS.get(kind, kind.replace("_", " ").capitalize()))
    return Band(title, (ends[0], ends[1]), _told_apart(paths, styles))


def _told_apart(paths: Mapping[str, str], styles: Mapping[str, SettingStyle]) -> tuple[Line, ...]:
    """Lines that lie on each other take turns, dash by dash."""
    shared, seen, lines = Counter(paths.values()), Counter[str](), []
    for label, path in paths.items():
        many, turn = shared[path], seen[path]
        dash = f"{_DASH} {_DASH * (many - 1)}" if many > 1 else ""
        lines.append(Line(label, path, styles[label], dash, -_DASH * turn))
        seen[path] += 1
    return tuple(lines)
