"""A figure as a page shows it: title, addresses of its JSON and CSV, label and data table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.comparing.figures.registry import FIGURES, Figure
from app.comparing.figures.source import Source
from app.figures.drawn import Drawn, PlotlyDict
from app.figures.layout import END_LABEL, height_without_legend
from app.urls import API, run_page


@dataclass(frozen=True)
class Panel:
    """What the template `parts.plot` needs. Addresses are below the root path."""

    name: str
    title: str
    height: int
    url: str
    csv_url: str
    drawn: Drawn
    legend: str = ""
    """Entries, length of the longest, and height without it, where a narrow page draws a legend below."""
    table_url: str = ""
    """Where its data are a table to put into the page, for a figure that changes while the page is open."""


def panels(source: Source, names: Iterable[str], query: str) -> dict[str, Panel]:
    """The named figures under their names with underscores, as templates write them.

    query: the words under which the API draws the same; the theme is the browser's to add.
    """
    return {name.replace("-", "_"): _panel(FIGURES[name], source, query) for name in names}


def panel(name: str, title: str, drawn: Drawn, url: str, query: str) -> Panel:
    """A drawn figure that the API draws at `url` with `query`, and lists as CSV below it."""
    height = drawn.figure["layout"]["height"]
    addresses = (f"{url}?{query}", f"{url}/table.csv?{query}")
    return Panel(name, title, height, *addresses, drawn, _legend(drawn.figure))


def _legend(figure: PlotlyDict) -> str:
    layout = figure["layout"]
    labelled = any(note.get("name") == END_LABEL for note in layout.get("annotations", ()))
    if not labelled and not layout["showlegend"]:
        return ""
    names = [trace["name"] for trace in figure["data"] if trace.get("showlegend") is not False]
    bare = height_without_legend(layout)
    return f"{len(names)} {max(map(len, names), default=0)} {bare}"


def _panel(figure: Figure, source: Source, query: str) -> Panel:
    made = panel(figure.name, figure.title, figure.drawn(source), f"{API}/figures/{figure.name}", query)
    if figure.about == "runs":
        return made
    return replace(
        made, table_url=f"{run_page(source.run_id)}/tables/{figure.name}?order={source.request.order}"
    )
