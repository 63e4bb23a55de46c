"""One renderer for every error: JSON for machines, a page for browsers, never a stack trace.

    {"error": {"code", "message", "hint", "fields": [{"path", "message"}]}}

Which errors there are stands in errors; uvicorn logs an unexpected one with its trace.
"""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import AppError, BadRequestError, InvalidError, MethodNotAllowedError, NotFoundError
from app.refusals import refused, shown
from app.store.trouble import trouble_of
from app.urls import DOCS, below_root, is_api
from app.web.headers import HEADERS
from app.web.refusals import allowed
from trainer.errors import ConfigError, DataError

_OF_FILES = "GET, HEAD"


def install(app: FastAPI) -> None:
    """Let every error of `app` end here."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(ConfigError, _on_trainer_error)
    app.add_exception_handler(DataError, _on_trainer_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for kind in (SQLAlchemyError, OSError, MemoryError):
        app.add_exception_handler(kind, on_system_error)
    app.add_exception_handler(Exception, _on_unexpected)


def error_response(request: Request, error: AppError, headers: Mapping[str, str] | None = None) -> Response:
    """The error as the caller can read it best."""
    if wants_page(request):
        from app.web.templating import render

        response: Response = render(request, "error.html", _context(error), error.status)
    else:
        response = Response(_as_json(error), error.status, media_type="application/json")
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    response.headers.update(headers or {})
    return response


def wants_page(request: Request) -> bool:
    """Whether a person in a browser waits for the answer."""
    path = below_root(request.scope["path"], request.scope.get("root_path", ""))
    return (path == DOCS or not is_api(path)) and "text/html" in request.headers.get("accept", "")


def _as_json(error: AppError) -> str:
    """ASCII only, so that half a surrogate pair in what a caller sent cannot break the answer."""
    fields = [{"path": field.path, "message": field.message} for field in error.fields]
    body: dict[str, object] = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "fields": fields,
    }
    body |= error.more
    return json.dumps({"error": body})


def _context(error: AppError) -> dict[str, Any]:
    said = {"message": error.message, "hint": error.hint, "fields": error.fields}
    return {"status": error.status, "title": HTTPStatus(error.status).phrase} | said


def _on_app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return error_response(request, error)


def _on_trainer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ConfigError | DataError)
    fields = error.fields if isinstance(error, ConfigError) else ()
    return error_response(request, InvalidError(error.message, error.hint, fields))


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(detail["loc"][0] == "path" for detail in error.errors()):
        others = allowed(request.app.routes, request.scope)
        if others and request.method not in others:
            return error_response(request, _not_possible(request), {"Allow": ", ".join(others)})
        return error_response(request, _nothing_at(request))
    return error_response(request, _said_plainly(error.errors(), _wanted(request)))


def _nothing_at(request: Request) -> NotFoundError:
    return NotFoundError(f"There is nothing at {shown(request.scope['path'])}.")


def _not_possible(request: Request) -> MethodNotAllowedError:
    said = f"{request.method} is not possible here."
    return MethodNotAllowedError(said, f"What is possible stands at {DOCS}.")


def _wanted(request: Request) -> object:
    """The kind of body that the route takes; None where it takes none."""
    fields = request.scope["route"].dependant.body_params
    return fields[0].field_info.annotation if fields else None


def _said_plainly(details: Any, wanted: object) -> AppError:
    """What FastAPI found wrong with a request's body or query, as our own error."""
    where = [detail["loc"] for detail in details]
    if details[0]["type"] == "json_invalid":
        at = details[0]["loc"][-1]
        return BadRequestError(f"The body is not JSON: {details[0]['ctx']['error']} at character {at}.")
    if ("body",) in where:
        hint = "Send a JSON object with the header Content-Type: application/json."
        return BadRequestError("The body must be a JSON object.", hint)
    return refused(details, 1, wanted)


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == MethodNotAllowedError.status:
        headers["Allow"] = ", ".join(allowed(request.app.routes, request.scope)) or _OF_FILES
    return error_response(request, _as_app_error(request, error), headers)


def _as_app_error(request: Request, error: HTTPException) -> AppError:
    """What the framework refused, as our own error of that status."""
    if error.status_code == NotFoundError.status:
        return _nothing_at(request)
    if error.status_code == MethodNotAllowedError.status:
        return _not_possible(request)
    kinds = {kind.status: kind for kind in AppError.__subclasses__() if kind.status < AppError.status}
    return kinds.get(error.status_code, AppError)(f"{error.detail.rstrip('.')}.")


def on_system_error(request: Request, error: Exception) -> Response:
    """What the machine refuses, said; anything else of such a kind is a mistake of ours and goes on."""
    found = trouble_of(error)
    if found is None:
        raise error
    cause = getattr(error, "orig", error)  # without the values of the statement
    logging.getLogger(__name__).warning("%s %s: %s", request.method, request.scope["path"], cause)
    return error_response(request, found)


def _on_unexpected(request: Request, _error: Exception) -> Response:
    hint = "It is in the server's log. Trying again may help; if it does not, please report it."
    error = AppError("Something went wrong here that should not have.", hint)
    return error_response(request, error, HEADERS)
