"""A ReLU network with two inputs: its regions, one convex polygon a pattern, numbered as in the table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot, inf
from typing import Any

from app.figures.colours import oklch
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import annotation, axis, base_layout, scatter
from app.figures.theme import Theme
from app.lab.relu_network.figures.function import Window, nothing, pattern_text, window_of
from app.lab.relu_network.formula.results import Unit
from app.lab.relu_network.text import as_float, exact_text, map_text, numbers_of
from app.lab.relu_network.views import PointView, PolygonView, ReluView

HEIGHT = 480
MOST_NUMBERED, MOST_VALUES = 40, 8
_LONGEST_MAP, _VALUE_ABOVE = 60, 18
_CLEAR = 0.12
"""Share of the window that a region's number keeps from points, where it can."""

Place = tuple[float, float]


def region_map(view: ReluView, theme: Theme) -> Drawn:
    """Regions, tinted more where more units are on; the points; where the pointed-at unit is zero."""
    if view.regions is None:
        return nothing(theme, "Regions are drawn for networks with two inputs.")
    across, up = (window_of(interval) for interval in view.window)
    whole = {"showgrid": False, "constrain": "domain"}
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": axis(theme, "x₁", range=[across.low, across.high], **whole),
        "yaxis": axis(theme, "x₂", range=[up.low, up.high], scaleanchor="x", **whole),
        "annotations": _numbers(view.regions, _taken(view, across, up), theme) + _values(view, theme),
    }
    traces = [_polygon(region, at, theme) for at, region in enumerate(view.regions, start=1)]
    if view.unit:
        traces.append(_boundary(view.regions, view.unit, theme))
    traces.append(_points(view, theme))
    note = "stronger tint: more units on" + ("; thick: the unit's own zero line" if view.unit else "")
    return Drawn({"data": traces, "layout": layout}, _said(view.regions), _table(view.regions), note)


def boundary(regions: Sequence[PolygonView], unit: Unit) -> Iterator[tuple[Place, Place]]:
    """Edges between a region where the unit is on and one where it is off: where its z is 0."""
    on = {edge for region in regions if _is_on(region, unit) for edge in _edges(region)}
    off = {edge[::-1] for region in regions if not _is_on(region, unit) for edge in _edges(region)}
    for start, end in sorted(on & off):
        yield _place(start), _place(end)


def _is_on(region: PolygonView, unit: Unit) -> bool:
    return bool(region.pattern[unit.layer - 1][unit.unit - 1])


def _edges(region: PolygonView) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    corners = region.corners
    return zip(corners, (*corners[1:], corners[0]), strict=True)


def _place(corner: tuple[str, str]) -> Place:
    return as_float(corner[0]), as_float(corner[1])


def _polygon(region: PolygonView, number: int, theme: Theme) -> dict[str, Any]:
    corners = [_place(corner) for corner in (*region.corners, region.corners[0])]
    words = map_text(region.W, region.b)
    if len(words) > _LONGEST_MAP:
        words = f"{words[:_LONGEST_MAP]}…"
    x, y = zip(*corners, strict=True)
    return scatter("lines", f"region {number}", x, y) | {
        "fill": "toself",
        "fillcolor": _fill(region, theme),
        "line": {"color": theme.muted, "width": 1},
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": f"region {number}: h = {words}<br>pattern {pattern_text(region.pattern)}",
    }


def _fill(region: PolygonView, theme: Theme) -> str:
    units = [unit for layer in region.pattern for unit in layer]
    share = sum(units) / max(1, len(units))
    return oklch(0.97 - 0.27 * share if theme.name == "light" else 0.24 + 0.28 * share, 0.06, 250)


@dataclass(frozen=True)
class _Taken:
    """Where points and their values stand, and the sides of the window: what numbers keep clear of."""

    places: tuple[Place, ...]
    wide: float
    tall: float

    def room(self, place: Place) -> float:
        """Distance from the nearest of them, in windows; infinite where there is none."""
        away = (hypot((place[0] - x) / self.wide, (place[1] - y) / self.tall) for x, y in self.places)
        return min(away, default=inf)


def _taken(view: ReluView, across: Window, up: Window) -> _Taken:
    wide, tall = across.high - across.low, up.high - up.low
    points = [_place((point.x[0], point.x[1])) for point in view.points]
    values = [(x, y + _VALUE_ABOVE / HEIGHT * tall) for x, y in points[:MOST_VALUES]]
    return _Taken((*points, *values), wide, tall)


def _numbers(regions: Sequence[PolygonView], taken: _Taken, theme: Theme) -> list[dict[str, Any]]:
    """A number inside each region, clear of points; none where there are too many to read."""
    if len(regions) > MOST_NUMBERED:
        return []
    places = (_inside([_place(corner) for corner in region.corners], taken) for region in regions)
    return [annotation(str(number), *place, theme.ink) for number, place in enumerate(places, start=1)]


def _inside(corners: Sequence[Place], taken: _Taken) -> Place:
    """The mean of a convex region's corners, or a place towards one of them where points are too near."""
    x, y = (sum(values) / len(corners) for values in zip(*corners, strict=True))
    if taken.room((x, y)) >= _CLEAR:
        return x, y
    return max((((x + right) / 2, (y + top) / 2) for right, top in corners), key=taken.room)


def _boundary(regions: Sequence[PolygonView], unit: Unit, theme: Theme) -> dict[str, Any]:
    lines = list(boundary(regions, unit))
    x, y = ([at for a, b in lines for at in (a[side], b[side], None)] for side in (0, 1))
    return scatter("lines", f"z = 0 of unit {unit.layer}.{unit.unit}", x, y) | {
        "line": {"color": theme.ink, "width": 3.5},
        "hoverinfo": "name",
    }


def _points(view: ReluView, theme: Theme) -> dict[str, Any]:
    places = [_place((point.x[0], point.x[1])) for point in view.points]
    outline = {"width": 1, "color": theme.surface}
    return scatter("markers", "points", [x for x, _ in places], [y for _, y in places]) | {
        "text": [_value(point) for point in view.points],
        "marker": {"symbol": "x", "size": 10, "color": theme.ink, "line": outline},
        "hovertemplate": "(%{x:.4~g}, %{y:.4~g}): %{text}<extra></extra>",
    }


def _value(point: PointView) -> str:
    return f"h = {', '.join(map(exact_text, numbers_of(point.h)))}"


def _values(view: ReluView, theme: Theme) -> list[dict[str, Any]]:
    """h above each point, on paper so that lines do not cross it."""
    paper = {"yshift": _VALUE_ABOVE, "borderpad": 1, "bgcolor": theme.surface}
    places = ((point, _place((point.x[0], point.x[1]))) for point in view.points[:MOST_VALUES])
    return [annotation(_value(point), *place, theme.ink, 12) | paper for point, place in places]


def _said(regions: Sequence[PolygonView]) -> str:
    maps = len({(region.W, region.b) for region in regions})
    return f"{len(regions)} regions in the window, with {maps} different affine maps"


def _table(regions: Sequence[PolygonView]) -> Table:
    columns = (Column("region", "integer"), *(Column(name, "text") for name in ("pattern", "h", "area")))
    rows = [
        (number, pattern_text(region.pattern), map_text(region.W, region.b), exact_text(region.area))
        for number, region in enumerate(regions, start=1)
    ]
    return Table("Regions in the window", columns, tuple(rows))
