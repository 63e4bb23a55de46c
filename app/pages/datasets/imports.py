"""/datasets/imports/{id}: an import from its first byte until it is taken; then on to the data set."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from app.dataset_schemas import PREFIX, LookBody, TakeBody
from app.errands import importing
from app.errors import AppError, ConflictError, InvalidError
from app.pages.compare.controls import log_heights
from app.schemas import read
from app.settings import Settings
from app.urls import dataset_page, import_api, import_page
from app.views.datasets.imports import import_view
from app.views.datasets.view import ImportView
from app.web.deps import SettingsDep
from app.web.templating import render, see_other
from trainer.data.tree import LARGEST, SMALLEST

router = APIRouter(prefix="/datasets/imports", include_in_schema=False)

ImportId = Annotated[str, Path(max_length=64)]


@router.get("/{import_id}")
def show(request: Request, import_id: ImportId, settings: SettingsDep) -> Response:
    """How far it is, what it was understood as, and what is to be said before it is taken."""
    return _page(request, import_id, settings)


def _page(
    request: Request,
    import_id: str,
    settings: Settings,
    typed: Mapping[str, str] | None = None,
    refusal: AppError | None = None,
) -> Response:
    view = import_view(settings, import_id)
    if view.state == "done":
        return see_other(request, dataset_page(view.dataset))
    classes = view.preview.classes if view.preview else ()
    context = {
        "item": view,
        "own_name": view.dataset.removeprefix(PREFIX),
        "page": import_page(view.id),
        "heights": log_heights([row.train for row in classes]) if classes else (),
        "is_at_work": view.state in ("looking", "taking"),
        "sizes": (SMALLEST, LARGEST),
        "typed": typed or _usual(view),
        "refusal": refusal,
        "twin": import_api(view.id),
        "here": "/datasets",
    }
    return render(request, "import.html", context, refusal.status if refusal else HTTPStatus.OK)


@router.post("/{import_id}/look")
def look(
    request: Request, import_id: ImportId, settings: SettingsDep, depth: Annotated[str, Form()] = ""
) -> Response:
    """Read it with the chosen folders as classes."""
    importing.look_again(settings, import_id, read(LookBody, {"depth": _number(depth)}))
    return see_other(request, import_page(import_id))


@router.post("/{import_id}/take")
def take(
    request: Request,
    import_id: ImportId,
    settings: SettingsDep,
    name: Annotated[str, Form()] = "",
    size: Annotated[str, Form()] = "",
    replace: Annotated[str, Form()] = "",
) -> Response:
    """Take it as it was understood; the page again, with what was typed, where that is refused."""
    asked = {"name": name.strip() or None, "size": _number(size), "replace": bool(replace)}
    try:
        importing.take(settings, import_id, read(TakeBody, asked))
    except (ConflictError, InvalidError) as error:
        typed = {"name": name, "size": size, "replace": replace}
        return _page(request, import_id, settings, typed, error)
    return see_other(request, import_page(import_id))


@router.post("/{import_id}/cancel")
def cancel(request: Request, import_id: ImportId, settings: SettingsDep) -> Response:
    """Give it up."""
    importing.cancel(settings, import_id)
    return see_other(request, "/datasets#add")


def _usual(view: ImportView) -> dict[str, str]:
    """What stands in the form before anybody typed."""
    size = view.size or (view.preview.size if view.preview else "")
    name = view.dataset.removeprefix(PREFIX)
    return {"name": name, "size": str(size), "replace": "1" if view.replace else ""}


def _number(text: str) -> int | str | None:
    """A number as one; "" as nothing; anything else as it was typed, to be refused with its field."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else text or None
