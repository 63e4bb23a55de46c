"""/theory and /theory/NAME: the lab's index, and one calculator filled from the address.

Everything typed stands in the address, so that a page can be kept, sent, and opened again.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import InvalidError
from app.figures.theme import LIGHT
from app.known import reads_query
from app.lab.base.calculator import Typed
from app.lab.base.form import address, form_groups
from app.lab.base.page import Page
from app.lab.base.query import typed_in
from app.lab.base.sources import Sources
from app.lab.index import entries
from app.lab.pages import page_named
from app.urls import API
from app.views.base import View
from app.web.deps import ReadSession, SettingsDep
from app.web.panels import Panel, panel
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/theory")
def index(request: Request) -> Response:
    """What the lab holds."""
    context = {"entries": entries(), "here": "/theory", "twin": f"{API}/theory"}
    return render(request, "lab/index.html", context)


@router.get("/theory/{name}")
@reads_query()
def show(request: Request, session: ReadSession, settings: SettingsDep, name: str) -> Response:
    """The calculator: inputs, answer, derivation; 422 with the reason at each refused field."""
    page = page_named(name)
    calculator = page.calculator
    typed: Typed = calculator.complete(typed_in(request.query_params))
    try:
        typed = calculator.filled(typed, Sources(session, settings))
        view, refusal = calculator.work_out_typed(typed), None
    except InvalidError as error:
        view, refusal = None, error
    context = _context(page, typed, view, refusal)
    status = HTTPStatus.OK if refusal is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, f"lab/{name.replace('-', '_')}.html", context, status)


def _context(page: Page, typed: Typed, view: View | None, refusal: InvalidError | None) -> Mapping[str, Any]:
    calculator = page.calculator
    query = address(calculator, typed)
    return {
        "calculator": calculator,
        "groups": form_groups(calculator, typed, refusal.fields if refusal else ()),
        "typed": typed,
        "view": view,
        "refusal": refusal,
        "panels": {} if view is None else _panels(page, view, query),
        "examples": [(example, f"/theory/{calculator.name}?{address(calculator, example.typed)}")
                     for example in calculator.examples],
        "worked": next((example for example in calculator.examples
                       if calculator.complete(example.typed) == typed), None),
        "twin": f"{API}/theory/{calculator.name}?{query}",
        "here": "/theory",
        "own_answer": getattr(view, "answer", None),
        **({} if view is None else page.context(view, typed)),
    }  # fmt: skip


def _panels(page: Page, view: View, query: str) -> dict[str, Panel]:
    """The page's figures under their names with underscores."""
    below = f"{API}/theory/{page.calculator.name}/figures"
    return {
        figure.name.replace("-", "_"): panel(
            figure.name, figure.title, figure.draw(view, LIGHT), f"{below}/{figure.name}", query
        )
        for figure in page.figures
    }
