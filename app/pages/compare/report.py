"""/compare/report.html: the comparison on the screen as one HTML file that works offline.

Style, script, Plotly and every figure stand inside it.
"""

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends
from markupsafe import Markup
from pydantic_core import to_json
from starlette.responses import Response

from app.comparing.figures.source import Source
from app.comparing.query import CompareQuery, compare_query
from app.comparing.report.compose import compose, title
from app.comparing.report.subject import Plot, Subject, subject_of
from app.figures.theme import LIGHT
from app.web.deps import ReadSession, SettingsDep
from app.web.templating import asset_folder, plotly_source, render_text


def page(subject: Subject) -> str:
    """The file's text. No name can end a script: what stands in one holds no "<" of its own."""
    context = {
        "title": title(subject),
        "blocks": compose(subject),
        "plots": _as_json(subject.plots),
        "plotly": _plotly(),
        "style": _asset("report.css"),
        "script": _asset("report-plots.js"),
    }
    return render_text("report.html", context)


def _as_json(plots: tuple[Plot, ...]) -> Markup:
    """Figures by name; figures that are not finite are null, and "<" is written as an escape."""
    figures = {plot.name: plot.drawn.figure for plot in plots}
    text = to_json(figures, inf_nan_mode="null").decode()
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


@cache
def _plotly() -> Markup:
    """Plotly's library, with what would end its script or open a comment in it written otherwise."""
    text = plotly_source().read_text("utf-8")
    return Markup(text.replace("</script", "<\\/script").replace("<!--", "\\x3c!--"))


def _asset(name: str) -> Markup:
    return Markup((asset_folder("static") / name).read_text("utf-8"))


router = APIRouter(include_in_schema=False)


@router.get("/compare/report.html")
def report(
    session: ReadSession, settings: SettingsDep, query: Annotated[CompareQuery, Depends(compare_query)]
) -> Response:
    """The report on the same runs, baseline, epoch and curves as the compare page of this query."""
    source = Source(session, query.figure_request(session, LIGHT), settings)
    subject = subject_of(source, f"/compare?{query.text}", query.marks)
    headers = {"Content-Disposition": 'attachment; filename="betaboard-report.html"'}
    return Response(page(subject), media_type="text/html; charset=utf-8", headers=headers)
