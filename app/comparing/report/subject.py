"""What a report of a comparison is about: the comparison, its plots and its runs."""

from dataclasses import dataclass
from typing import Any

from app.comparing.effects.view import Effects
from app.comparing.figures.registry import figures_of, figures_of_fields
from app.comparing.figures.source import Source
from app.comparing.report.blocks import Plot
from app.comparing.table.sheet import Marks
from app.comparing.view import Comparison
from app.errors import InvalidError
from app.store.clock import now
from app.views.runs.fill import run_detail
from app.views.runs.view import RunDetail
from app.views.system.fill import version
from trainer.errors import FieldProblem


@dataclass(frozen=True)
class Subject:
    """made_at: UTC, ISO 8601. address: path and query of the compare page that it was made from."""

    comparison: Comparison
    plots: tuple[Plot, ...]
    runs: tuple[RunDetail, ...]
    version: str
    made_at: str
    address: str
    effects: Effects | None = None
    """What the fields do in which the settings differ; None where that was not asked for."""
    marks: Marks = "ties"

    @property
    def configs(self) -> dict[str, dict[str, Any]]:
        """The configuration of each setting by its row's label; of published and adjusted rows none."""
        rows = (row for row in self.comparison.rows if row.adjusted is None)
        return {row.label: row.config for row in rows if row.config}


def subject_of(source: Source, address: str, marks: Marks = "ties") -> Subject:
    """The subject of a report on `source`, now; figures that have nothing to show are left out.

    address: path and query of the compare page; marks: what is bold in a table. Raises
    InvalidError without runs, and what the comparison raises.
    """
    if not source.request.run_ids:
        problem = FieldProblem("runs", "or sweep is missing")
        raise InvalidError("There is no report on nothing.", fields=[problem])
    shown = [*figures_of(source.comparison.rows), *figures_of_fields(source.effects)]
    plots = (Plot(one.name, one.title, one.drawn(source)) for one in shown)
    return Subject(
        comparison=source.comparison,
        plots=tuple(plot for plot in plots if plot.drawn.table.rows),
        runs=tuple(run_detail(source.session, run_id) for run_id in source.request.run_ids),
        version=version(),
        made_at=now(),
        address=address,
        effects=source.effects,
        marks=marks,
    )
