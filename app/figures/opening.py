"""Figures whose marks lead to the images behind them: what static/plot-open.js makes an address of."""

from dataclasses import replace
from urllib.parse import quote_plus

from app.figures.class_axis import ClassAxis
from app.figures.drawn import Drawn


def opening(drawn: Drawn, classes: ClassAxis, path: str, x: str, y: str = "") -> Drawn:
    """The figure, of which a click leads to `path` with the class at the place on the axis as the word `x`,
    and where there is one `y`. path: below the root, with a query.
    """
    if not drawn.figure["data"]:
        return drawn
    names = [quote_plus(name) for name in classes.names]  # not for Plotly, which reads HTML
    return _with(drawn, {"path": path, "classes": names, "x": x, "y": y})


def opening_one(drawn: Drawn, path: str) -> Drawn:
    """The same of a figure whose points are images, by number in their customdata."""
    return _with(drawn, {"path": path})


def _with(drawn: Drawn, opens: dict[str, object]) -> Drawn:
    return replace(
        drawn, figure=drawn.figure | {"layout": drawn.figure["layout"] | {"meta": {"opens": opens}}}
    )
