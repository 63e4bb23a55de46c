"""Thousands of spoilt requests to a real web process: none may be answered with 5xx, or not at all.

    python -m tests.benchmarks.mutations [--requests 10000] [--seed 1]

The board has finished sweeps with kept predictions and runs of every state. Each request starts as one that
would be answered well (every route, with what it takes) and is spoilt in one to three places: path, query,
JSON, form, headers, cursor, length. It goes over a socket of its own, byte by byte as it was made.
The same seed makes the same requests. Prints how many answers of each status came, and each request that
failed; exits with 1 where one did.
"""

import argparse
import json
import random
import re
import socket
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi.routing import APIRoute

from app.comparing.figures.registry import FIGURES
from app.known import declared
from app.lab.registry import CALCULATORS
from app.lifecycle import State
from app.main import create_app
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.urls import API
from tests.benchmarks import spoilt
from tests.benchmarks.bench_web import web
from tests.conftest import Seed
from tests.e2e.seeded_finished import seed_finished

CLIENTS, SECONDS = 4, 60
_NAMES = {"figure": "loss", "theme": "dark", "asset": "start.js", "split": "test"}
_QUERIES = {"/compare": "runs=1,2,3", "/figures": "runs=1,2&run=1", "/theory/dead-relu": "sweep=1"}
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sent:
    """A request as it is put on the wire; `body` is made from `fields` where there are any."""

    method: str
    path: str
    query: str = ""
    fields: Any = None
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = spoilt.PARAMETERS
    """What its route reads of the query."""

    @property
    def target(self) -> str:
        """Path and query."""
        return self.path + (f"?{self.query}" if self.query else "")

    def wire(self, host: str) -> bytes:
        """Its bytes. What HTTP does not allow in a line is sent all the same."""
        body = self.body()
        own = {"Host": host, "Connection": "close", "Content-Length": str(len(body))}
        if self.fields is not None:
            own["Content-Type"] = self.kind
        lines = [f"{name}: {value}" for name, value in (*own.items(), *self.headers)]
        head = "\r\n".join([f"{self.method} {self.target} HTTP/1.1", *lines, "", ""])
        return head.encode("utf-8", "surrogatepass") + body

    def body(self) -> bytes:
        """As its kind has it, where the fields allow that."""
        if self.fields is None:
            return b""
        if isinstance(self.fields, str):
            text = self.fields
        elif self.kind.startswith(_FORM) and isinstance(self.fields, dict):
            text = urlencode(self.fields, doseq=True, errors="replace")
        else:
            text = json.dumps(self.fields)
        return text.encode("utf-8", "surrogatepass")


def sound(settings: Settings) -> list[Sent]:
    """One request of every route and method, filled so that it would be answered well, and more bodies."""
    app = create_app(settings)
    app.load_all()
    asked = [
        Sent(method, path, _query(path), _fields(method, path), _kind(path), words=_words(route, path))
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
        for path in _filled(route.path)
    ]
    app.state.database.close()
    return [one for one in asked if not one.path.endswith("/delete")]


def _filled(path: str) -> list[str]:
    """The path with numbers and names, of each calculator and figure its own."""
    if "/theory/{name}" in path:
        named = [path.replace("{name}", name) for name in CALCULATORS]
    elif "/figures/{name}" in path:
        named = [path.replace("{name}", name) for name in FIGURES]
    else:
        named = [path.replace("{name}", "last.pt" if "checkpoint" in path else "epochs")]
    action = "archive" if "/runs/" in path else "retry"
    return [
        re.sub(
            r"{(\w+)}",
            lambda found: _NAMES.get(found[1], "1"),
            one.replace("{action}", action).replace("{move}", "up"),
        )
        for one in named
    ]


def _words(route: APIRoute, path: str) -> tuple[str, ...]:
    """Parameters that the route reads: its own, or the fields of the calculator in the path."""
    calculator = CALCULATORS.get(path.removeprefix(API).split("/")[2] if "/theory/" in path else "")
    fields = [each.name for each in calculator.fields] if calculator else []
    named = declared(route.dependant)
    return (*named, *fields) or spoilt.PARAMETERS


def _query(path: str) -> str:
    return next((query for part, query in _QUERIES.items() if part in path), "")


def _kind(path: str) -> str:
    return "application/json" if path.startswith("/api/") else _FORM


def _fields(method: str, path: str) -> Any:
    """A body that this route takes, as its fields."""
    if method not in ("POST", "PATCH"):
        return None
    for ending, body in spoilt.BODIES.items():
        if re.fullmatch(ending, path):
            return body
    return {"name": "said", "tags": ["a"], "notes": "of it"} if method == "PATCH" else {}


def spoil(one: Sent, chance: random.Random) -> Sent:
    """`one` with something wrong in one to three places."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        where = chance.choice(
            ("path", "query", "query", "query", "body", "body", "body", "headers", "kind", "method")
        )
        if where == "path":
            one = replace(one, path=spoilt.path(one.path, chance))
        elif where == "query":
            one = replace(one, query=spoilt.query(one.query, one.words, chance))
        elif where == "body":
            one = replace(one, fields=spoilt.value(one.fields or {}, chance))
        elif where == "headers":
            one = replace(one, headers=(*one.headers, spoilt.header(chance)))
        elif where == "kind":
            one = replace(one, kind=chance.choice(spoilt.KINDS))
        else:
            one = replace(one, method=chance.choice(spoilt.METHODS))
    return one


def status(one: Sent, url: str) -> str:
    """Of the answer; "none" where the connection ends or stays without one."""
    there = urlsplit(url)
    assert there.hostname is not None
    try:
        with socket.create_connection((there.hostname, there.port or 80), timeout=SECONDS) as line:
            line.sendall(one.wire(there.netloc))
            read = line.recv(64)
    except OSError as error:
        return f"none ({type(error).__name__})"
    found = re.match(rb"HTTP/1.1 (\d{3})", read)
    return found[1].decode() if found else f"none ({read[:20]!r})"


@contextmanager
def board() -> Iterator[tuple[Settings, str]]:
    """A web process over finished sweeps and runs of every state."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        prepare(settings)
        database = Database(settings.url)
        seed = Seed(database, settings)
        seed_finished(seed)
        for state in State:
            seed(state, config={"seed": 7})
        database.close()
        with web(settings) as (_, url, _):
            yield settings, url


def made(settings: Settings, requests: int, seed: int) -> list[Sent]:
    """So many spoilt requests; the same ones for the same seed."""
    chance, ground = random.Random(seed), sound(settings)
    return [spoil(ground[at % len(ground)], chance) for at in range(requests)]


def failures(sent: Iterable[Sent], url: str) -> tuple[Counter[str], list[tuple[str, Sent]]]:
    """How often each status came, and the requests that were answered with 5xx or not at all."""
    listed = list(sent)
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = list(pool.map(lambda one: status(one, url), listed))
    bad = [(said, one) for said, one in zip(statuses, listed, strict=True) if said[0] in "5n"]
    return Counter(statuses), bad


def main() -> int:
    """Send, print, and say by the exit code whether every request was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with board() as (settings, url):
        counts, bad = failures(made(settings, asked.requests, asked.seed), url)
    for said, one in bad:
        print(said, repr(one)[:600])
    print(", ".join(f"{said}: {count}" for said, count in sorted(counts.items())), f"- {len(bad)} failed")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
