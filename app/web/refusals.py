"""Which errors an operation may answer with: told once, by what it takes, and written into the document.

Everything may meet the guard's 400, 403 and, with a token, 401 and 429; 422, as every route refuses a query
that it does not read; 503, as any may meet the machine's troubles. What has a number or a name in its path
may find nothing there (404), what takes a body may be sent too much (413). What hangs on what is stored, an
endpoint says by `may_raise`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from app.errors import (
    AppError,
    BadRequestError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    TooManyError,
    UnauthorizedError,
    UnavailableError,
)
from app.urls import HEALTH

Kinds = tuple[type[AppError], ...]
_ALL: Kinds = (BadRequestError, ForbiddenError, InvalidError, UnavailableError)
_TOKEN: Kinds = (UnauthorizedError, TooManyError)
_MARK = "may_raise"
_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}
_FIELD = {"type": "object", "required": ["path", "message"], "properties": {"path": _TEXT, "message": _TEXT}}
_INSIDE = {"code": _TEXT, "message": _TEXT, "hint": _TEXT, "fields": {"type": "array", "items": _FIELD}}
_AT = {"query": _TEXT, "position": _NUMBER, "length": _NUMBER, "readings": {"type": "array", "items": _TEXT}}
"""Beside these only of a search that cannot be read: where, and what could have been meant."""
_ERROR: dict[str, Any] = {
    "title": "Error",
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "object", "required": list(_INSIDE), "properties": _INSIDE | _AT}},
}
_ANSWER = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}

EndpointT = TypeVar("EndpointT", bound=Callable[..., object])


def may_raise(*kinds: type[AppError]) -> Callable[[EndpointT], EndpointT]:
    """Marks an endpoint that raises these, besides what its path and body say."""

    def mark(endpoint: EndpointT) -> EndpointT:
        setattr(endpoint, _MARK, kinds)
        return endpoint

    return mark


def refusals(route: APIRoute, method: str) -> Kinds:
    """The errors that this operation may answer with."""
    kinds = [*_ALL, *(getattr(route.endpoint, _MARK, ()))]
    if route.path != HEALTH:
        kinds += _TOKEN
    if route.param_convertors:
        kinds.append(NotFoundError)
    if method in ("POST", "PATCH", "PUT"):
        kinds.append(TooLargeError)
    return tuple(sorted(dict.fromkeys(kinds), key=lambda kind: kind.status))


def described(document: dict[str, Any], routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document with every error of every operation, in our own shape; changed in its place."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for theirs in ("HTTPValidationError", "ValidationError"):
        schemas.pop(theirs, None)
    schemas["Error"] = _ERROR
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                answers = document["paths"][route.path_format][method.lower()]["responses"]
                answers |= {str(kind.status): _answer(kind) for kind in refusals(route, method)}
    return document


def allowed(routes: Iterable[BaseRoute], scope: Scope) -> Sequence[str]:
    """Every method that something at this path answers; [] where none of our routes is there."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, APIRoute):
            match, inner = route.matches(scope)
            if match is not Match.NONE and _takes(route, inner.get("path_params", {})):
                found |= route.methods or set()
    return sorted(found)


def _takes(route: APIRoute, given: dict[str, Any]) -> bool:
    """Whether these are numbers and names that the route may have in its path."""
    return not any(
        field.validate(given[field.alias], given, loc=())[1] for field in _in_path(route.dependant)
    )


def _in_path(dependant: Dependant) -> Iterator[Any]:
    """The path's parameters of a route and of all that it depends on."""
    yield from dependant.path_params
    for below in dependant.dependencies:
        yield from _in_path(below)


def _answer(kind: type[AppError]) -> dict[str, Any]:
    said = (kind.__doc__ or HTTPStatus(kind.status).phrase).partition("\n")[0]
    return {"description": said, "content": _ANSWER}
