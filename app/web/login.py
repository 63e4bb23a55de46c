"""/login and /logout: a form that changes a token for a cookie, for browsers. Scripts send the token itself.

What the cookie holds is made anew for each browser and each time, and says nothing of the token.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.errors import UnauthorizedError
from app.store.sign_ins import KEPT_SECONDS
from app.urls import LOGIN, LOGOUT
from app.web.callers import COOKIE, address_of, cookies_of
from app.web.deps import CallersDep
from app.web.rights import asks_right
from app.web.templating import render, root_of, see_other

router = APIRouter(include_in_schema=False)


@router.get(LOGIN)
@asks_right("none")
def form(request: Request, next: str = "/") -> Response:
    """The form; `next` is where to go afterwards."""
    return render(request, "login.html", {"next": local_path(next), "problem": ""})


@router.post(LOGIN)
@asks_right("none")
def sign_in(
    request: Request,
    callers: CallersDep,
    token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sets the cookie and goes on, or shows the form again; 429 after too many wrong tokens."""
    wanted, held = local_path(next), cookies_of(request)
    if not callers.asks:
        return see_other(request, wanted)
    try:
        cookie = callers.sign_in(token.strip(), address_of(request), held)
    except UnauthorizedError:
        context = {"next": wanted, "problem": "This is not a token of this server, or no longer."}
        return render(request, "login.html", context, HTTPStatus.UNAUTHORIZED)
    response = see_other(request, wanted)
    secure = request.scope["scheme"] == "https"
    response.set_cookie(
        COOKIE, cookie, KEPT_SECONDS, path=_path(request), secure=secure, httponly=True, samesite="lax"
    )
    return response


@router.post(LOGOUT)
@asks_right("none")
def sign_out(request: Request, callers: CallersDep, everywhere: Annotated[bool, Form()] = False) -> Response:
    """Ends the session of this browser, or of all that signed in with the same token; then the form."""
    callers.sign_out(cookies_of(request), everywhere)
    response = see_other(request, LOGIN if callers.asks else "/")
    response.delete_cookie(COOKIE, _path(request), httponly=True, samesite="lax")
    return response


def local_path(text: str) -> str:
    """`text` where it is a path of this server, else "/": a link must not lead elsewhere through the form."""
    is_local = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_local else "/"


def _path(request: Request) -> str:
    """Below which browsers send the cookie."""
    return root_of(request) or "/"
