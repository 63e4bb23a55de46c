"""A payload as its receiver takes it: JSON with all facts, or a sentence with a link as a chat shows it.

What people typed stays text: it links nowhere, marks nothing up and calls nobody.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from app.hooks import Shape

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>])")
Payload = Mapping[str, Any]


def body_of(shape: Shape, payload: Payload) -> bytes:
    """What is posted."""
    return json.dumps(_BODIES[shape](payload)).encode()


def headers_of(body: bytes, key: str, secret: str, now: float | None = None) -> dict[str, str]:
    """The delivery's own key, and where there is a secret the HMAC-SHA256 of "TIME.BODY" in hexadecimal."""
    headers = {"Content-Type": "application/json", "X-Betaboard-Delivery": key}
    if secret:
        at = str(int(time.time() if now is None else now))
        signed = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers |= {"X-Betaboard-Timestamp": at, "X-Betaboard-Signature": f"sha256={signed}"}
    return headers


def _slack(payload: Payload) -> dict[str, Any]:
    text = payload["text"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": f"{text} <{payload['url']}|Open>" if payload["url"] else text}


def _mattermost(payload: Payload) -> dict[str, Any]:
    text = _MARKS.sub(r"\\\1", payload["text"]).replace("@", "@\N{WORD JOINER}")
    return {"text": f"{text} [Open]({payload['url']})" if payload["url"] else text}


_BODIES: Mapping[Shape, Callable[[Payload], Mapping[str, Any]]] = {
    "slack": _slack,
    "mattermost": _mattermost,
    "json": lambda payload: payload,
}
