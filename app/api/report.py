"""/compare/bundle: the comparison as Markdown, with the plots that the browser drew."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from app.comparing.figures.registry import FIGURES
from app.comparing.figures.source import Source
from app.comparing.query import CompareQuery, compare_query
from app.comparing.report.bundle import bundle
from app.comparing.report.subject import subject_of
from app.comparing.report.svg import checked_svg
from app.comparing.table.sheet import sheet
from app.comparing.table.writers import WRITERS
from app.comparing.view import Comparison
from app.errors import InvalidError, NotFoundError
from app.figures.theme import LIGHT
from app.urls import API
from app.web.deps import ReadSession, SettingsDep
from app.web.refusals import may_raise
from app.web.rights import asks_right
from trainer.errors import FieldProblem

router = APIRouter(prefix=f"{API}/compare", tags=["compare"])

_NAMES = [name for name, figure in FIGURES.items() if figure.about == "runs"]
_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {name: {"type": "string", "format": "binary"} for name in _NAMES},
                }
            }
        }
    }
}


async def _pictures(request: Request) -> dict[str, bytes]:
    """The SVG files of the form by name of their figure. Raises InvalidError for any other part."""
    async with request.form(max_files=len(_NAMES), max_fields=0) as form:
        parts = form.multi_items()
        for name, part in parts:
            if name not in _NAMES or not isinstance(part, UploadFile):
                said = f"is no plot of a comparison; there are {', '.join(_NAMES)}"
                raise InvalidError("A plot was refused.", fields=[FieldProblem(name[:60], said)])
        return {name: await part.read() for name, part in parts if isinstance(part, UploadFile)}


@router.post("/bundle", response_class=Response, openapi_extra=_BODY)
@asks_right("read")
@may_raise(NotFoundError)
def make_bundle(
    session: ReadSession,
    settings: SettingsDep,
    query: Annotated[CompareQuery, Depends(compare_query)],
    pictures: Annotated[dict[str, bytes], Depends(_pictures)],
) -> Response:
    """A zip: report.md, the plots sent with this request (SVG files under the names of their figures), the
    data of every plot as CSV, the table as CSV, JSON and LaTeX, configurations, runs with their versions.
    """
    checked = {name: checked_svg(name, picture) for name, picture in pictures.items()}
    source = Source(session, query.figure_request(session, LIGHT), settings)
    subject = subject_of(source, f"/compare?{query.text}", query.marks)
    headers = {"Content-Disposition": 'attachment; filename="betaboard-report.zip"'}
    shown = {plot.name: checked[plot.name] for plot in subject.plots if plot.name in checked}
    packed = bundle(subject, shown, _exports(subject.comparison, query))
    return Response(packed, media_type="application/zip", headers=headers)


def _exports(view: Comparison, query: CompareQuery) -> dict[str, str]:
    """The table as the page shows it in every format, and the comparison whole."""
    shown = sheet(view, query.columns, query.mode, query.order, query.sort, query.marks)
    tables = {f"table.{writer.ending}": writer.write(shown) for writer in WRITERS.values()}
    return tables | {"comparison.json": view.model_dump_json(indent=1)}
