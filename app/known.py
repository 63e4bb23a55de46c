"""What an address or a form may say: a name that its route does not know is refused, with the nearest one.

Every route gets this when it is put into the application (see late). What a route knows are its declared
parameters and form fields; one that reads the query itself says so with `reads_query`, one that reads its
form itself calls `check_names`.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import InvalidError
from trainer.errors import FieldProblem

MOST_NAMED = 5
_READS = "reads_query"

EndpointT = TypeVar("EndpointT", bound=Callable[..., object])


def reads_query(*names: str) -> Callable[[EndpointT], EndpointT]:
    """Marks an endpoint that reads these parameters itself; without names any, and refuses what it must."""

    def mark(endpoint: EndpointT) -> EndpointT:
        setattr(endpoint, _READS, names)
        return endpoint

    return mark


def refuse_unknown(routes: Iterable[BaseRoute]) -> None:
    """Let these routes refuse parameters that they do not know; done twice, it is done once."""
    for route in routes:
        if isinstance(route, APIRoute) and not isinstance(route.app, _KnownQuery):
            names = getattr(route.endpoint, _READS, None)
            if names != ():
                known = tuple(dict.fromkeys([*declared(route.dependant), *(names or ())]))
                route.app = _KnownQuery(route.app, known)
            fields = [one.alias for one in route.dependant.body_params if isinstance(one.field_info, Form)]
            if fields:
                check = get_dependant(path=route.path_format, call=_only(fields))
                route.dependant.dependencies.append(check)


def declared(dependant: Dependant) -> Iterator[str]:
    """Names of the query parameters of a route and of all that it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from declared(below)


def check_names(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raises InvalidError for names in the address or form that are not known, with the nearest."""
    listed = list(known)
    unknown = list(dict.fromkeys(name for name in given if name not in listed))
    if unknown:
        problems = [problem_of(name, listed) for name in unknown[:MOST_NAMED]]
        said = "; ".join(f"{problem.path} {problem.message}" for problem in problems)
        raise InvalidError(f"The {what} was refused: {said}".rstrip("?.") + ".", fields=problems)


def _only(known: Sequence[str]) -> Callable[[Request], Awaitable[None]]:
    """What a route with a form depends on: that it holds no other fields than these."""

    async def check(request: Request) -> None:
        check_names("form", (await request.form()).keys(), known)

    return check


def number_of(word: str, name: str, known: Sequence[str]) -> int:
    """The place of a name, which a word of the request gives, among the known. Raises InvalidError."""
    if name not in known:
        unknown = problem_of(name, known)
        problem = FieldProblem(word, f"{unknown.path} {unknown.message}")
        raise InvalidError(f"The request was refused: {word}.", fields=[problem])
    return known.index(name)


def problem_of(name: str, known: Iterable[str]) -> FieldProblem:
    """A name that is not known, with the nearest known one or all of them."""
    listed = list(known)
    near = get_close_matches(name, listed, 1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(listed)}" if listed else ""
    return FieldProblem(name[:60], "is not known here" + (f"; {hint}" if hint else ""))


class _KnownQuery:
    """A route's application, behind a look at the query."""

    def __init__(self, app: ASGIApp, known: tuple[str, ...]) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        check_names("address", (name for name, _ in given), self._known)
        await self._app(scope, receive, send)
