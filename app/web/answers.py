"""Views as JSON answers, written once by pydantic and not checked a second time by FastAPI."""

from http import HTTPStatus

from starlette.responses import Response

from app.views.base import View


def answer(view: View, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """`view` as strict JSON: a figure that is not finite is null."""
    return Response(view.model_dump_json(), status, headers, media_type="application/json")
