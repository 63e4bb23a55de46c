"""Gain against the size of the readout split: the best sources of one target, and the controls."""

import math
from collections.abc import Sequence
from typing import Any

from app.figures.colours import oklch
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import annotation, axis, base_layout, explained, percent_axis, scatter
from app.figures.lines import Line, as_percents, end_labels, trace
from app.figures.theme import Theme
from app.formats import percent
from app.task_transfers.readings import best_first, share_text, singles, title_of
from app.task_transfers.view import TaskTransferView, Transfer
from trainer.transfer.tasks import CONTROLS

BEST = 4
_HEIGHT = 360
_HUES = (250.0, 60.0, 165.0, 330.0)
_SYMBOLS = ("circle", "square", "diamond", "triangle-up")
_DASHES = {"random": "dash", "pixels": "dot"}
_RANGE = (-1.5, 101.5)


def by_size(view: TaskTransferView, target: str, theme: Theme) -> Drawn:
    """Share of test images on which each beats a network from scratch, with its interval as a band."""
    most = max(view.sizes)
    names = [one.sources[0] for one in best_first(view, target, most)[:BEST]]
    series = {name: found for name in (*names, *CONTROLS) if (found := _series(view, name, target))}
    looks = {name: _look(name, at, theme) for at, name in enumerate(series)}
    lines = [_line(name, found, looks[name]) for name, found in series.items()]
    layout = base_layout(theme, _HEIGHT) | {
        "xaxis": _images_axis(view, theme),
        "yaxis": percent_axis(theme, "beats scratch on so many test images, %"),
    }
    labels, right = end_labels(lines, _RANGE, _HEIGHT - 60)
    layout["annotations"] = [*labels, _even(theme)]
    layout["shapes"] = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 50, "y1": 50,
                         "line": {"color": theme.muted, "width": 1, "dash": "dash"}}]  # fmt: skip
    layout["margin"] |= {"r": right}
    bands = [band for name, found in series.items() if (band := _band(found, looks[name][0]))]
    label = _label(target, series)
    figure = explained({"data": [*bands, *map(trace, lines)], "layout": layout}, theme, label)
    return Drawn(figure, label, _table(target, series), "bands: 95 % intervals, over seeds and images")


def _series(view: TaskTransferView, source: str, target: str) -> list[Transfer]:
    every = [singles(view, images).get((source, target)) for images in view.sizes]
    return [one for one in every if one is not None and one.gain.mean is not None]


def _look(name: str, at: int, theme: Theme) -> tuple[str, str, str]:
    """Colour, dash and symbol."""
    if name in CONTROLS:
        return theme.muted, _DASHES[name], "x" if name == "random" else "cross"
    lightness = 0.53 if theme.name == "light" else 0.76
    return oklch(lightness, 0.13, _HUES[at % BEST]), "solid", _SYMBOLS[at % BEST]


def _line(name: str, found: Sequence[Transfer], look: tuple[str, str, str]) -> Line:
    colour, dash, symbol = look
    return Line(
        name=title_of(name),
        x=[math.log10(one.images) for one in found],
        y=as_percents([one.gain.mean for one in found]),
        colour=colour,
        ink=colour,
        dash=dash,
        symbol=symbol,
        detail=[_detail(one) for one in found],
        about=title_of(name),
        width=1.5 if name in CONTROLS else 2.0,
    )


def _detail(one: Transfer) -> str:
    if one.gain.low is None or one.gain.high is None:
        return f"{one.images:,} images"
    return f"{one.images:,} images ({percent(one.gain.low)} to {percent(one.gain.high)} %)"


def _band(found: Sequence[Transfer], colour: str) -> dict[str, Any] | None:
    known = [one for one in found if one.gain.low is not None and one.gain.high is not None]
    if not known:
        return None
    there = [math.log10(one.images) for one in known]
    ends = as_percents([*(one.gain.high for one in known), *(one.gain.low for one in reversed(known))])
    filled = {"fill": "toself", "fillcolor": colour, "opacity": 0.12, "line": {"width": 0}}
    hidden = {"hoverinfo": "skip", "showlegend": False}
    return scatter("lines", title_of(known[0].sources[0]), [*there, *reversed(there)], ends) | filled | hidden


def _images_axis(view: TaskTransferView, theme: Theme) -> dict[str, Any]:
    places = [math.log10(images) for images in view.sizes]
    ticks = {"tickvals": places, "ticktext": [f"{images:,}" for images in view.sizes]}
    pad = 0.06 if len(places) > 1 else 0.5
    return axis(theme, "labelled images (logarithmic)", range=[places[0] - pad, places[-1] + pad]) | ticks


def _even(theme: Theme) -> dict[str, Any]:
    place = {"xref": "paper", "xanchor": "left", "yanchor": "bottom", "yref": "y"}
    return annotation("as good as from scratch", 0, 50, theme.muted) | place


def _label(target: str, series: dict[str, list[Transfer]]) -> str:
    if not series:
        return f"Gain over scratch for {target}; no source is read out yet."
    ends = ", ".join(f"{title_of(name)} {share_text(found[-1].gain)} %" for name, found in series.items())
    return f"Gain over scratch for {target} by labelled images; with the most images: {ends}."


def _table(target: str, series: dict[str, list[Transfer]]) -> Table:
    columns = (Column("source", "text"), Column("labelled images", "integer"), Column("gain, %", "percent"),
               Column("from, %", "percent"), Column("to, %", "percent"))  # fmt: skip
    rows = [
        (title_of(name), one.images, one.gain.mean, one.gain.low, one.gain.high)
        for name, found in series.items()
        for one in found
    ]
    return Table(f"Gain over scratch for {target} by size of the readout split", columns, rows)
