"""The headers that every answer carries: what a page may load, and that nobody keeps what is not for all."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from app.urls import below_root, is_api

_CONTENT_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Scripts come from this server only; Plotly and the templates set styles inline."""


def with_headers(scope: Scope, send: Send, is_private: bool) -> Send:
    """`send`, adding the headers where the answer has not set its own.

    is_private: whether pages are for some callers only, so that no proxy may keep them for others.
    """
    headers = dict(HEADERS)
    if is_private:
        headers["Cache-Control"] = "private, no-cache"
    if is_api(below_root(scope["path"], scope.get("root_path", ""))):
        headers["Cache-Control"] = "no-store"

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return dressed
