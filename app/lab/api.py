"""/theory: each calculator as an endpoint. POST takes its request, GET what its page has in the address."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import NotFoundError
from app.figures.drawn import Drawn
from app.figures.theme import THEMES
from app.known import reads_query
from app.lab.base.calculator import Calculator, Field
from app.lab.base.query import typed_in
from app.lab.base.sources import Sources
from app.lab.pages import page_named
from app.lab.registry import CALCULATORS
from app.schemas import Body
from app.urls import API
from app.views.base import View
from app.web.answers import answer
from app.web.deps import ReadSession, SettingsDep
from app.web.drawings import PlotlyFigure, ThemeName, as_plotly, as_table
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/theory", tags=["theory"])


class InputView(View):
    """An input of a calculator as its page and its command take it."""

    name: str
    label: str
    about: str
    default: str
    options: tuple[str, ...]


class CalculatorView(View):
    """A calculator that can be asked."""

    name: str
    title: str
    about: str
    fields: tuple[InputView, ...]


class CalculatorList(View):
    """All calculators."""

    items: tuple[CalculatorView, ...]


@router.get("", response_model=CalculatorList)
def list_calculators() -> Response:
    """What there is, and what each takes in the address of its page."""
    return answer(CalculatorList(items=tuple(map(_described, CALCULATORS.values()))))


@router.get("/{name}/figures/{figure}", response_model=PlotlyFigure)
@reads_query()
def draw(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    name: str,
    figure: str,
    theme: ThemeName = "light",
) -> Response:
    """A figure of the page, as Plotly takes it."""
    return as_plotly(_drawn(request, Sources(session, settings), name, figure, theme))


@router.get("/{name}/figures/{figure}/table.csv", response_class=Response)
@reads_query()
def table(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    name: str,
    figure: str,
    theme: ThemeName = "light",
) -> Response:
    """The data of the figure."""
    return as_table(_drawn(request, Sources(session, settings), name, figure, theme), f"{name}-{figure}")


def _drawn(request: Request, sources: Sources, name: str, figure: str, theme: str) -> Drawn:
    page = page_named(name)
    drawing = page.figure(figure)
    typed = {key: value for key, value in typed_in(request.query_params).items() if key != "theme"}
    return drawing.draw(_worked_out(page.calculator, typed, sources), THEMES[theme])


def _worked_out(calculator: Calculator, typed: Mapping[str, str], sources: Sources) -> View:
    return calculator.work_out_typed(calculator.filled(calculator.complete(typed), sources))


def _described(calculator: Calculator) -> CalculatorView:
    fields = tuple(InputView(name=field.name, label=field.label, about=field.about, default=field.default,
                             options=field.options) for field in calculator.fields)  # fmt: skip
    return CalculatorView(name=calculator.name, title=calculator.title, about=calculator.about, fields=fields)


def _answering(calculator: Calculator) -> Callable[..., Response]:
    def work_out(body: Body) -> Response:
        return answer(calculator.work_out(body))

    work_out.__annotations__["body"] = calculator.body
    work_out.__doc__ = calculator.about
    return work_out


def _answering_typed(calculator: Calculator) -> Callable[..., Response]:
    @may_raise(NotFoundError)
    @reads_query()
    def work_out_typed(request: Request, session: ReadSession, settings: SettingsDep) -> Response:
        typed = typed_in(request.query_params)
        return answer(_worked_out(calculator, typed, Sources(session, settings)))

    work_out_typed.__doc__ = f"The same from typed fields, as the page has them. {calculator.about}"
    return work_out_typed


def _parameter(field: Field) -> dict[str, Any]:
    kind = {"type": "string", "default": field.default} | ({"enum": field.options} if field.options else {})
    return {"name": field.name, "in": "query", "required": False, "description": field.help, "schema": kind}


for _calculator in CALCULATORS.values():
    router.add_api_route(
        f"/{_calculator.name}",
        _answering(_calculator),
        methods=["POST"],
        response_model=_calculator.view,
        name=_calculator.name,
    )
    router.add_api_route(
        f"/{_calculator.name}",
        _answering_typed(_calculator),
        methods=["GET"],
        response_model=_calculator.view,
        name=f"{_calculator.name}-typed",
        openapi_extra={"parameters": [_parameter(field) for field in _calculator.fields]},
    )
