"""/compare/report.html: the comparison on the screen as one HTML file that works offline."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.comparing.figures.source import Source
from app.comparing.query import CompareQuery, compare_query
from app.comparing.report.compose import compose, title
from app.comparing.report.subject import Subject, subject_of
from app.figures.theme import LIGHT
from app.web.deps import ReadSession, SettingsDep
from app.web.report_file import report_file

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


def page(subject: Subject) -> str:
    """The file's text."""
    return report_file(title(subject), compose(subject))
