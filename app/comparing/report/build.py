"""Gathers what a report is about: the comparison, its figures in the light theme, and its runs."""

from app.comparing.figures.ask import Source
from app.comparing.figures.registry import figures_of
from app.comparing.report.blocks import Plot
from app.comparing.report.subject import Subject
from app.comparing.table.marks import Marks
from app.errors import InvalidError
from app.store.clock import now
from app.views.runs.fill import run_detail
from app.views.system.fill import version
from trainer.errors import FieldProblem


def subject_of(source: Source, address: str, marks: Marks = "ties") -> Subject:
    """The subject of a report on `source`, now; figures that have nothing to show are left out.

    address: path and query of the compare page; marks: what is bold in a table. Raises
    InvalidError without runs, and what the comparison raises.
    """
    if not source.ask.run_ids:
        raise InvalidError(
            "There is no report on nothing.", fields=[FieldProblem("runs", "or sweep is missing")]
        )
    drawn = ((figure, figure.draw(source)) for figure in figures_of(source.comparison.rows))
    return Subject(
        comparison=source.comparison,
        plots=tuple(
            Plot(figure.name, figure.title, picture) for figure, picture in drawn if picture.table.rows
        ),
        runs=tuple(run_detail(source.session, run_id) for run_id in source.ask.run_ids),
        version=version(),
        made_at=now(),
        address=address,
        marks=marks,
    )
