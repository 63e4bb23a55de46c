"""The figure of a metric over training: mean and SD over the seeds of each setting.

Smoothing is off unless asked for; it comes before thinning, and the raw curve stays behind it, faint.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.comparing.curves import Curve, CurvePoint, Curves
from app.comparing.figures.hidden import hidden_note
from app.comparing.figures.rows import (
    Style,
    backdrop,
    band,
    labelled,
    metric_axis,
    n_words,
    noted,
    number_format,
    row_styles,
)
from app.figures.drawn import Column, Drawn, Kind, Table, Value
from app.figures.layout import axis, base_layout, epoch_axis, log_ticks, loss_range
from app.figures.lines import AT_EPOCH, MOST_TOGETHER, Line, kept_points, read_together, smoothed
from app.figures.metric_words import MetricWord, metric_word
from app.figures.theme import Theme
from app.formats import counted

HEIGHT = 360
_MARGINS, _LINE_SHARE = 60, 2 / 300
"""Pixels above and below the axes; the share of the axis that a line is thick."""
_FAINT = "55"  # alpha, as the last two digits of #rrggbbaa

XAxis = Literal["epoch", "step", "time"]
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class CurveOptions:
    """What the reader chose: x axis, scale of y, weight of smoothing (0..0.99), marks at best epochs."""

    x: XAxis = "epoch"
    scale: Scale = "linear"
    smooth: float = 0.0
    marks_best: bool = False


def compare_curves(view: Curves, theme: Theme, look: CurveOptions) -> Drawn:
    """The metric of each setting over epochs, steps or seconds of training, with the SD over its seeds."""
    word = metric_word(view.metric.removeprefix("test_"))
    lines, under = [], []
    looks = row_styles(view.curves, view.baseline, theme)
    is_together = look.x == "epoch" and len(view.curves) <= MOST_TOGETHER
    for curve in view.curves:
        line, behind = _curve(curve, looks[curve.label], word, look, is_together)
        lines.append(line)
        under += behind
    y_range = _y_range(lines, word, look.scale)
    axes = {"xaxis": _x_axis(view, theme, look.x), "yaxis": _y_axis(theme, word, y_range, look.scale)}
    layout = base_layout(theme, HEIGHT) | axes
    if is_together:
        layout = read_together(layout, len(lines), AT_EPOCH)
    figure = labelled(_for_labels(lines, look.scale), layout, y_range, HEIGHT - _MARGINS, under)
    if look.scale == "log":  # the traces themselves are in plain units
        for drawn, line in zip(figure["data"][len(figure["data"]) - len(lines) :], lines, strict=True):
            drawn["y"] = list(line.y)
    title = f"{word.title} over training"
    under_others = (
        hidden_note(lines, _LINE_SHARE * abs(y_range[1] - y_range[0])) if look.scale == "linear" else ""
    )
    note = noted(_note(view, look), under_others)
    return Drawn(figure, _label(view, word), _table(view, word), note, title)


def _curve(
    curve: Curve, own: Style, word: MetricWord, look: CurveOptions, is_together: bool
) -> tuple[Line, list[dict[str, Any]]]:
    """The line, and what lies under it: the band, the raw curve, the best epochs."""
    raw = [word.drawn(point.mean) for point in curve.points]
    if look.scale == "log":
        raw = [value if value is not None and value > 0 else None for value in raw]
    mean = smoothed(raw, look.smooth) if look.smooth else raw
    best = [at for at, point in enumerate(curve.points) if point.best]
    kept = kept_points(mean, best)
    points = [curve.points[at] for at in kept]
    x = _along(points, look.x)
    shown = [mean[at] for at in kept]
    under = []
    if look.smooth:
        more = {"connectgaps": False, "legendgroup": curve.setting_hash}
        faint = {"color": f"{own.colour}{_FAINT}", "width": 1}
        under.append(backdrop("not smoothed", x, [raw[at] for at in kept], line=faint, **more))
    elif look.scale == "linear" and any(point.sd is not None for point in points):
        area = band(x, shown, [word.drawn(point.sd) for point in points], own, curve.setting_hash)
        under += [area] if area else []
    if look.marks_best and best:
        at_best = _along([curve.points[at] for at in best], look.x)
        ring = {"symbol": "circle-open", "size": 11, "color": own.colour, "line": {"width": 1.5}}
        more = {"mode": "markers", "marker": ring, "legendgroup": curve.setting_hash}
        under.append(backdrop("best epoch of a run", at_best, [raw[at] for at in best], **more))
    details = [_detail(point, word, is_together) for point in points]
    words = number_format(word) | {"detail": details, "is_together": is_together}
    return Line(curve.label, x, shown, group=curve.setting_hash, **words, **vars(own)), under


def _along(points: Iterable[CurvePoint], x: XAxis) -> list[float]:
    """Where the points stand along the axis."""
    if x == "epoch":
        return [point.epoch for point in points]
    return [point.step if x == "step" else point.seconds for point in points]


def _detail(point: CurvePoint, word: MetricWord, is_together: bool) -> str:
    """With its epoch, unless that stands above all of them."""
    spread = "" if point.sd is None else f", SD {word.said(point.sd)}"
    return ("" if is_together else f"epoch {point.epoch}, ") + f"n = {point.n}{spread}"


def _x_axis(view: Curves, theme: Theme, x: XAxis) -> dict[str, Any]:
    places = [place for curve in view.curves for place in _along(curve.points, x)]
    if x == "epoch":
        return epoch_axis(theme, int(max(places, default=1)))
    last = max(places, default=1.0) or 1.0
    title = "training step" if x == "step" else "training time, s"
    return axis(theme, title, range=[-0.015 * last, 1.015 * last], showgrid=False)


def _y_range(lines: Sequence[Line], word: MetricWord, scale: Scale) -> list[float]:
    values = [value for line in lines for value in line.y if value is not None]
    if scale == "log":
        logs = [math.log10(value) for value in values] or [0.0, 2.0]
        room = 0.05 * (max(logs) - min(logs)) or 0.1
        return [min(logs) - room, max(logs) + room]
    return [0, 100] if word.unit == "percent" else loss_range(values)


def _y_axis(theme: Theme, word: MetricWord, y_range: Sequence[float], scale: Scale) -> dict[str, Any]:
    if scale == "linear":
        return metric_axis(theme, word, y_range, nticks=6)
    ticks = log_ticks([10 ** y_range[0], 10 ** y_range[1]])
    return axis(theme, f"{word.axis_title}, log scale", type="log", range=list(y_range), **ticks)


def _for_labels(lines: Sequence[Line], scale: Scale) -> list[Line]:
    """On a logarithmic axis a label's height is a power of ten."""
    if scale == "linear":
        return list(lines)
    return [replace(line, y=[None if v is None else math.log10(v) for v in line.y]) for line in lines]


def _note(view: Curves, look: CurveOptions) -> str:
    """What the band, the smoothing and the rings are; a log scale and smoothing have no band."""
    has_band = any(point.sd is not None for curve in view.curves for point in curve.points)
    behind = "mean ± SD over seeds" if has_band and look.scale == "linear" else "mean over seeds"
    if look.smooth:
        behind = f"mean, smoothed by {look.smooth:g}, raw faint"
    n = n_words(max((point.n for point in curve.points), default=0) for curve in view.curves)
    return noted(", ".join(filter(None, [behind, n])), "rings: best epochs" if look.marks_best else "")


def _label(view: Curves, word: MetricWord) -> str:
    ends = []
    for curve in view.curves[:8]:
        known = [point for point in curve.points if point.mean is not None]
        if known:
            ends.append(f"{curve.label} {word.said(known[-1].mean)}{word.sign} after epoch {known[-1].epoch}")
    if not ends:
        return f"{word.title} over training; no epoch is finished yet."
    return f"{word.title} over training of {counted(len(view.curves), 'setting')}: {'; '.join(ends)}."


def _table(view: Curves, word: MetricWord) -> Table:
    kind: Kind = word.unit
    sign = ", %" if word.unit == "percent" else ""
    columns = [Column("epoch", "integer")]
    for curve in view.curves:
        columns += [Column(f"{curve.label}{sign}", kind), Column(f"{curve.label}: SD{sign}", kind)]
    epochs = sorted({point.epoch for curve in view.curves for point in curve.points})
    values: list[Sequence[Value]] = [epochs]
    for curve in view.curves:
        known = {point.epoch: (point.mean, point.sd) for point in curve.points}
        values += zip(*(known.get(epoch, (None, None)) for epoch in epochs), strict=True)
    return Table(f"{word.title} by epoch", tuple(columns), tuple(zip(*values, strict=True)))
