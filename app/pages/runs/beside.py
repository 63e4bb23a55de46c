"""A run beside the list: its state, curves and classes, and where its configuration leaves the usual."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.comparing.figures.source import FigureRequest, Source
from app.errors import NotFoundError
from app.figures.colours import setting_style
from app.figures.theme import LIGHT
from app.lifecycle import ACTIVE, State
from app.pages.runs.config_table import ConfigRow, config_table
from app.urls import run_page
from app.views.runs.fill import run_detail
from app.views.runs.view import RunDetail
from app.web.panels import Panel, panels

SHOWN = ("accuracy", "class-recall")


@dataclass(frozen=True)
class Beside:
    """What stands there; without a run, why."""

    run_id: int
    run: RunDetail | None
    style: object = None
    panels: Mapping[str, Panel] | None = None
    base: str = ""
    differs: tuple[ConfigRow, ...] = ()

    @property
    def page(self) -> str:
        """The run's own page."""
        return run_page(self.run_id)


def beside(session: Session, run_id: int) -> Beside:
    """The run, or that it is gone: the list beside it stays."""
    try:
        run = run_detail(session, run_id)
    except NotFoundError:
        return Beside(run_id, None)
    source = Source(session, FigureRequest((run_id,), LIGHT, "count"))
    drawn = run.last is not None or State(run.state) in ACTIVE
    table = config_table(run.config)
    return Beside(
        run_id,
        run,
        setting_style(run.config),
        panels(source, SHOWN, f"run={run_id}&order=count") if drawn else None,
        table.base,
        tuple(row for group in table.groups for row in group.rows if row.differs),
    )
