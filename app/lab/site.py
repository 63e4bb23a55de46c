"""/theory and /theory/NAME: the lab's index, and one calculator filled from the address.

Everything typed stands in the address, so that a page can be kept, sent, and opened again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import InvalidError
from app.figures.theme import LIGHT
from app.known import reads_query
from app.lab.base.calculator import Typed
from app.lab.base.form import form_groups, typed_query
from app.lab.base.page import Page, Sketch
from app.lab.base.sources import Sources
from app.lab.registry import PAGES, page_named
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
    typed: Typed = calculator.complete(typed_query(request.query_params))
    view = refusal = None
    try:
        typed = calculator.filled(typed, Sources(session, settings))
        view = calculator.work_out_typed(typed)
    except InvalidError as error:
        refusal = error
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, f"lab/{name.replace('-', '_')}.html", _context(page, typed, view, refusal), status)


def _context(page: Page, typed: Typed, view: View | None, refusal: InvalidError | None) -> Mapping[str, Any]:
    calculator, examples = page.calculator, page.calculator.examples
    query = calculator.query(typed)
    return {
        "calculator": calculator,
        "groups": form_groups(calculator, typed, refusal.fields if refusal else ()),
        "typed": typed,
        "view": view,
        "refusal": refusal,
        "panels": {} if view is None else _panels(page, view, query),
        "examples": [(each, calculator.page(each.typed)) for each in examples],
        "worked": next((each for each in examples if calculator.complete(each.typed) == typed), None),
        "twin": f"{API}/theory/{calculator.name}?{query}",
        "here": "/theory",
        "own_answer": getattr(view, "answer", None),
        **({} if view is None else page.context(view, typed)),
    }


def _panels(page: Page, view: View, query: str) -> dict[str, Panel]:
    """The page's figures under their names with underscores."""
    below = f"{API}/theory/{page.calculator.name}/figures"
    drawn = {figure: figure.draw(view, LIGHT) for figure in page.figures}
    return {
        each.name.replace("-", "_"): panel(each.name, each.title, figure, f"{below}/{each.name}", query)
        for each, figure in drawn.items()
    }


@dataclass(frozen=True)
class Entry:
    """A page: question, formula (LaTeX), picture, and its worked examples as (title, path)."""

    path: str
    title: str
    question: str
    formula: str
    sketch: Sketch | None
    examples: tuple[tuple[str, str], ...] = ()


_DEAD_QUESTION = "When do units fall silent for every image, and what brings them back?"
_DEAD = Entry("/theory/dead-relu", "Dead ReLU", _DEAD_QUESTION, r"\max(0,\, w \cdot x + b) = 0", None)


@cache
def entries() -> tuple[Entry, ...]:
    """All pages of the lab. Worked out once: nothing in it changes while the process lives."""
    return (*map(_entry, PAGES.values()), _DEAD)


def _entry(page: Page) -> Entry:
    calculator = page.calculator
    view = calculator.work_out_typed(calculator.complete({}))
    examples = tuple((each.title, calculator.page(each.typed)) for each in calculator.examples)
    sketch = page.sketch(view)
    return Entry(calculator.page({}), calculator.title, page.question, page.formula, sketch, examples)
