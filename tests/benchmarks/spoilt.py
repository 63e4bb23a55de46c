"""How one part of a request is spoilt (see mutations), and bodies that are sound."""

import base64
import json
import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

LONG = "x" * 5_000
DEEP: Any = None
for _ in range(300):
    DEEP = [DEEP]

NUMBERS: tuple[Any, ...] = (
    0, -1, 1.5, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400, 1e308, -1e308, 1e-320,
    float("nan"), float("inf"), -0.0, True,
)  # fmt: skip
TEXTS = (
    "", " ", "0", "-1", "1e999", "nan", "inf", "null", "None", "true", "[]", "{}", "1,2", "0,5", "1;2",
    "1..3",
    "18446744073709551616", "9" * 400, "\x00", "\x1b[31m", "a\r\nb", "\u202e", "\ud800", "\U0001f600",
    "\ufeff",
    "é" * 300, "%", "%00", "%zz", "'\"<b>&", "../../etc/passwd", "{{7*7}}", "\\", "/", "٣", "１", LONG,
    "0x10", "1_000", "1e5", "--1", "last", "best", "loss.beta", "seed", "1,1,1", ",", "-id", "--id", "#1",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (None, [], {}, [[]], [None], {"": None}, [{}] * 50, DEEP, ["a"] * 2_000)
KINDS = (
    "", "text/plain", "application/json", "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=",
    "application/xml", "text/csv", "application/json;;;", "\xff", "application/octet-stream",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY", "get")
PARAMETERS = (
    "runs", "run", "sweep", "cursor", "limit", "sort", "state", "tag", "q", "dataset", "archived", "folded",
    "epoch", "after", "key", "split", "theme", "format", "columns", "mode", "order", "marks", "alpha",
    "margin",
    "clone", "preset", "vary", "compare", "added", "dry_run", "words", "method", "loss.beta", "seed", "x",
    "epochs", "ties", "control", "classes", "name", "counts", "kernel", "input",
)  # fmt: skip
_HEADERS = (
    "Last-Event-ID", "Idempotency-Key", "If-None-Match", "Accept", "Cookie", "Authorization", "Origin",
    "Host",
    "Sec-Fetch-Site", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "Range",
    "If-Modified-Since",
    "Content-Encoding", "Accept-Encoding", "Content-Type", "Expect", "If-Range", "Accept-Language",
)  # fmt: skip
_SAID = (
    "text/html", "*/*", "identity", "gzip", "bytes=0-", "bytes=5-1", "bytes=-1", "bytes=0-1,5-9,3-2", "null",
    "http://[", "https://evil", "100-continue", "Bearer x", "Basic eA==", "cross-site", "same-origin",
    "betaboard_session=1", 'W/"x"', "Sun, 06 Nov 1994 08:49:37 GMT", "localhost", "127.0.0.1:99999",
)  # fmt: skip

_GRID = {"base": {}, "axes": {"seed": [0, 1], "loss.beta": [0.9, 0.99]}, "name": "grid"}
_TYPED = {"loss.beta": "0.9, 0.99", "seed": "0", "name": "typed", "do": "preview", "key": "k", "tags": "a, b"}
_TICKED = {"action": "tag", "tag": "x", "runs": [1, 2], "sweeps": [1], "back": "/runs"}
_CSV = "label,accuracy,unit,source\nours,0.5,fraction,somewhere\n"
BODIES: dict[str, Any] = {
    r"/api/v1/runs(/validate)?": {"config": {"seed": 3, "loss": {"beta": 0.9}}, "name": "a", "tags": ["t"]},
    r"/api/v1/sweeps(/validate)?": _GRID | {"baselines": [{"loss.name": "focal"}], "margin": 1.0},
    r"/api/v1/sweeps/1/extend": {"axes": {"seed": [0, 7]}, "baselines": [], "settings": []},
    r"/api/v1/published": _CSV,
    r"/api/v1/theory/class-balance": {"counts": [100, 10, 1], "beta": 0.99},
    r"/api/v1/theory/.*": {"input": [[1, 2], [3, 4]], "kernel": [[1]], "counts": [5, 1], "beta": 0.9},
    r"/runs/new": _TYPED,
    r"/runs/bulk": _TICKED,
    r"/runs/1/edit": {"name": "new", "tags": "a, b", "notes": "n"},
    r"/sweeps/1/edit": {"name": "new", "tags": "a, b", "notes": "n"},
    r"/(runs|sweeps)/1/act": {"action": "retry"},
    r"/sweeps/1/extend": {"more": "3", "setting": "", "path": "loss.beta", "values": "0.5", "do": "preview"},
    r"/compare/extend": {"body": json.dumps({"axes": {"seed": [8]}})},
    r"/published": {"text": _CSV, "compare": "runs=1"},
    r"/login": {"token": "x", "next": "/"},
    r"/theory/dead-relu": {"action": "launch"},
}
"""By the whole path, as an expression."""


def value(given: Any, chance: random.Random) -> Any:
    """A JSON value with one thing wrong in it, at any depth."""
    if isinstance(given, dict) and given and chance.random() < 0.8:
        name = chance.choice(list(given))
        what = chance.random()
        if what < 0.1:
            return {key: inner for key, inner in given.items() if key != name}
        if what < 0.25:
            return given | {chance.choice((*TEXTS, *PARAMETERS)): _anything(chance)}
        return given | {name: value(given[name], chance)}
    if isinstance(given, list) and given and chance.random() < 0.6:
        at = chance.randrange(len(given))
        return [*given[:at], value(given[at], chance), *given[at + 1 :]]
    if isinstance(given, str) and chance.random() < 0.4:
        return text(given, chance)
    return _anything(chance)


def text(given: str, chance: random.Random) -> str:
    """Letters cut out, doubled or put in."""
    at = chance.randrange(len(given) + 1)
    middle = chance.choice(("", given[:20], chance.choice(TEXTS)))
    return given[:at] + middle + given[at + chance.randrange(3) :]


def path(given: str, chance: random.Random) -> str:
    """One part of the path replaced, left out or put in."""
    parts = given.split("/")
    at = chance.randrange(1, len(parts))
    said = quote(chance.choice(TEXTS).encode("utf-8", "surrogatepass"), safe="/%")
    changed = chance.choice(([said], [], [parts[at], said], [parts[at].upper()], ["2"], ["0"], [".."]))
    return "/".join([*parts[:at], *changed, *parts[at + 1 :]]) or "/"


def query(given: str, words: Sequence[str], chance: random.Random) -> str:
    """Known words with odd values, one word given again, or text that is no query."""
    said = (
        _cursor(chance) if chance.random() < 0.15 else str(chance.choice((*TEXTS, *map(str, NUMBERS[:12]))))
    )
    name = "cursor" if said.startswith("ey") or chance.random() < 0.05 else chance.choice(words)
    added = f"{name}={quote(said.encode('utf-8', 'surrogatepass'))}"
    if given and chance.random() < 0.3:
        first = given.split("&")[0].split("=")[0]
        return f"{first}={quote(said.encode('utf-8', 'surrogatepass'))}"
    if chance.random() < 0.05:
        return chance.choice(
            ("&&&", "=", "%", "a=%ff%fe", "?", "a" * 9_000, "runs=" + ",".join(["1"] * 3000))
        )
    return "&".join(filter(None, (given, added)))


def header(chance: random.Random) -> tuple[str, str]:
    """A header that some part of a server reads, with any value that fits a line."""
    said = chance.choice((*_SAID, *TEXTS))
    return chance.choice(_HEADERS), said.replace("\r", "").replace("\n", "").replace("\x00", "")


def _cursor(chance: random.Random) -> str:
    plain = json.dumps([chance.choice((*NUMBERS, *TEXTS, {}, [])), chance.choice((*NUMBERS, "a", None))])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _anything(chance: random.Random) -> Any:
    return chance.choice(chance.choice((NUMBERS, TEXTS, OTHERS)))
