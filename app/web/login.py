"""/login: a form that changes the token for a cookie, for browsers. Scripts send the token itself."""

import hmac
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.urls import LOGIN
from app.web.deps import SettingsDep
from app.web.security import COOKIE, client_of, session_cookie
from app.web.templating import render, root_of, see_other

router = APIRouter(include_in_schema=False)

KEPT_SECONDS = 30 * 86_400


@router.get(LOGIN)
def form(request: Request, next: str = "/") -> Response:
    """The form; `next` is where to go afterwards."""
    return render(request, "login.html", {"next": local_path(next), "problem": ""})


@router.post(LOGIN)
def sign_in(
    request: Request,
    settings: SettingsDep,
    token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sets the cookie and goes on, or shows the form again; 429 after too many wrong tokens."""
    wanted, attempts, client = local_path(next), request.app.state.attempts, client_of(request)
    attempts.check(client)
    typed = token.strip().encode("utf-8", "replace")
    if not settings.token or not hmac.compare_digest(typed, settings.token.encode()):
        attempts.note(client)
        context = {"next": wanted, "problem": "This is not the token."}
        return render(request, "login.html", context, HTTPStatus.UNAUTHORIZED)
    response = see_other(request, wanted)
    where = {"path": root_of(request) or "/", "secure": request.scope["scheme"] == "https"}
    cookie = session_cookie(settings.token)
    response.set_cookie(COOKIE, cookie, KEPT_SECONDS, **where, httponly=True, samesite="lax")
    return response


def local_path(text: str) -> str:
    """`text` where it is a path of this server, else "/": a link must not lead elsewhere through the form."""
    is_local = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_local else "/"
