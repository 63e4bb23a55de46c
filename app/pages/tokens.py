"""/tokens: named tokens; make, list, withdraw."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from app.errors import ConflictError, InvalidError
from app.schema_types import LARGEST_ID
from app.schemas import TokenBody, read
from app.store.engine import Database
from app.store.tokens import add_token, all_tokens, withdraw
from app.urls import API, TOKENS
from app.views.tokens import NewToken, new_token, token_list
from app.web.deps import CallersDep, DatabaseDep
from app.web.rights import asks_right
from app.web.templating import render, see_other
from trainer.errors import FieldProblem

router = APIRouter(include_in_schema=False)


@router.get(TOKENS)
@asks_right("own")
def show(request: Request, database: DatabaseDep, callers: CallersDep) -> Response:
    """Which there are, and the form that makes one."""
    return _page(request, database, callers.asks, {})


@router.post(TOKENS)
@asks_right("own")
def create(
    request: Request,
    database: DatabaseDep,
    callers: CallersDep,
    name: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "read",
    days: Annotated[str, Form()] = "",
) -> Response:
    """Make one and show it, this once; the form again, as it was typed, where that is refused."""
    typed = {"name": name.strip(), "scope": scope, "days": days.strip()}
    try:
        body = read(TokenBody, typed | {"days": _number(typed["days"])})
        with database.write() as session:
            made = new_token(*add_token(session, body.name, body.scope, body.days))
    except InvalidError as error:
        problems = {problem.path: problem.message for problem in error.fields}
        return _page(request, database, callers.asks, typed, problems=problems)
    except ConflictError as error:
        problems = {"name": f"{error.message} {error.hint}"}
        return _page(request, database, callers.asks, typed, problems=problems)
    return _page(request, database, callers.asks, {}, made)


@router.post(f"{TOKENS}/{{token_id}}/withdraw")
@asks_right("own")
def revoke(
    request: Request,
    token_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    database: DatabaseDep,
    callers: CallersDep,
) -> Response:
    """Withdraw it, at once."""
    with database.write() as session:
        withdraw(session, token_id)
    callers.forget()
    return see_other(request, TOKENS)


def _number(days: str) -> int | None:
    """Raises InvalidError for what is no number."""
    if not days:
        return None
    if not (days.isascii() and days.isdigit() and len(days) < 10):
        problem = FieldProblem("days", "must be a whole number of days, or empty")
        raise InvalidError("The token was refused: days.", fields=[problem])
    return int(days)


def _page(
    request: Request,
    database: Database,
    asks: bool,
    typed: dict[str, str],
    made: NewToken | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    with database.read() as session:
        view = token_list(all_tokens(session))
    context = {
        "tokens": view.items,
        "asks": asks,
        "typed": {"name": "", "scope": "read", "days": ""} | typed,
        "made": made,
        "problems": problems or {},
        "twin": f"{API}{TOKENS}",
        "here": "/system",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.CREATED if made else HTTPStatus.OK
    response = render(request, "tokens.html", context, status)
    response.headers["Cache-Control"] = "no-store"
    return response
