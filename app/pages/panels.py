"""A figure as a page shows it: title, addresses of its JSON and CSV, label and data table."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.figures.drawn import Drawn
from app.figures.registry import FIGURES, Ask, Figure
from app.urls import API


@dataclass(frozen=True)
class Panel:
    """What the template `parts.plot` needs. Addresses are below the root path."""

    name: str
    title: str
    height: int
    url: str
    csv_url: str
    drawn: Drawn


def panels(session: Session, names: Iterable[str], ask: Ask) -> dict[str, Panel]:
    """The named figures of `ask`, under their names with underscores, as templates write them."""
    return {name.replace("-", "_"): _panel(FIGURES[name], session, ask) for name in names}


def _panel(figure: Figure, session: Session, ask: Ask) -> Panel:
    query = figure_query(figure, ask)
    drawn = figure.draw(session, ask)
    height = drawn.figure["layout"]["height"]
    return Panel(
        name=figure.name,
        title=figure.title,
        height=height,
        url=f"{API}/figures/{figure.name}?{query}",
        csv_url=f"{API}/figures/{figure.name}/table.csv?{query}",
        drawn=drawn,
    )


def figure_query(figure: Figure, ask: Ask) -> str:
    """The query under which the API draws the same figure; the theme is the browser's to add."""
    ids = ",".join(map(str, ask.run_ids))
    query = {"run" if figure.about == "run" else "runs": ids, "order": ask.order}
    return urlencode(query | ({"baseline": ask.baseline} if ask.baseline else {}))
