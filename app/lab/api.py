"""/theory: each calculator as an endpoint. POST takes its request, GET what its page has in the address."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.errors import NotFoundError
from app.figures.drawn import Drawn
from app.figures.theme import THEMES
from app.known import reads_query
from app.lab.base.calculator import Calculator, Field
from app.lab.base.form import typed_query
from app.lab.base.sources import Sources
from app.lab.registry import CALCULATORS, page_named
from app.schemas import Body
from app.urls import API
from app.views.base import View
from app.web.answers import PlotlyFigure, ThemeName, answer, as_plotly, as_table
from app.web.deps import ReadSession, SettingsDep
from app.web.refusals import may_raise
from app.web.rights import asks_right

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


def _sources(session: ReadSession, settings: SettingsDep) -> Sources:
    return Sources(session, settings)


SourcesDep = Annotated[Sources, Depends(_sources)]


@router.get("", response_model=CalculatorList)
def list_calculators() -> Response:
    """What there is, and what each takes in the address of its page."""
    return answer(CalculatorList(items=tuple(map(_described, CALCULATORS.values()))))


def _drawn(
    request: Request, sources: SourcesDep, name: str, figure: str, theme: ThemeName = "light"
) -> Drawn:
    page = page_named(name)
    drawing = page.figure(figure)
    typed = {key: value for key, value in typed_query(request.query_params).items() if key != "theme"}
    return drawing.draw(_worked_out(page.calculator, typed, sources), THEMES[theme])


DrawnDep = Annotated[Drawn, Depends(_drawn)]


@router.get("/{name}/figures/{figure}", response_model=PlotlyFigure)
@reads_query()
def draw(drawn: DrawnDep) -> Response:
    """A figure of the page, as Plotly takes it."""
    return as_plotly(drawn)


@router.get("/{name}/figures/{figure}/table.csv", response_class=Response)
@reads_query()
def table(drawn: DrawnDep, name: str, figure: str) -> Response:
    """The data of the figure."""
    return as_table(drawn, f"{name}-{figure}")


def _worked_out(calculator: Calculator, typed: Mapping[str, str], sources: Sources) -> View:
    return calculator.work_out_typed(calculator.filled(calculator.complete(typed), sources))


def _described(calculator: Calculator) -> CalculatorView:
    shown = InputView.model_fields
    fields = tuple(InputView(**{key: getattr(each, key) for key in shown}) for each in calculator.fields)
    return CalculatorView(name=calculator.name, title=calculator.title, about=calculator.about, fields=fields)


def _answering(calculator: Calculator) -> Callable[..., Response]:
    @asks_right("read")
    def work_out(body: Body) -> Response:
        return answer(calculator.work_out(body))

    work_out.__annotations__["body"] = calculator.body
    work_out.__doc__ = calculator.about
    return work_out


def _answering_typed(calculator: Calculator) -> Callable[..., Response]:
    @may_raise(NotFoundError)
    @reads_query()
    def work_out_typed(request: Request, sources: SourcesDep) -> Response:
        return answer(_worked_out(calculator, typed_query(request.query_params), sources))

    work_out_typed.__doc__ = f"The same from typed fields, as the page has them. {calculator.about}"
    return work_out_typed


def _parameter(field: Field) -> dict[str, Any]:
    kind = {"type": "string", "default": field.default} | ({"enum": field.options} if field.options else {})
    return {"name": field.name, "in": "query", "required": False, "description": field.help, "schema": kind}


for _each in CALCULATORS.values():
    _route = partial(router.add_api_route, f"/{_each.name}", response_model=_each.view)
    _route(_answering(_each), methods=["POST"], name=_each.name)
    _typed = {"parameters": [_parameter(field) for field in _each.fields]}
    _route(_answering_typed(_each), methods=["GET"], name=f"{_each.name}-typed", openapi_extra=_typed)
