"""Lazy nouns: not there when nobody asks, and as if they had always been there when somebody does."""

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from app import api, pages
from app.main import create_app
from app.settings import Settings
from app.web.lazy import LazyApp, LazyRouter
from tests.apart import apart
from tests.conftest import Seed

pytestmark = pytest.mark.slow

LATE = [noun for noun in (*api.ROUTERS, *pages.PAGES) if isinstance(noun, LazyRouter)]
QUERY = "?runs=1&run=1"

Answer = tuple[int, str, str]
"""Status, media type, and which methods are allowed where this one is not."""


@pytest.fixture
def app(settings: Settings, seed_run: Seed) -> Iterator[LazyApp]:
    """An application that was asked for nothing yet, over one run."""
    seed_run()
    made = create_app(settings)
    yield made
    made.state.database.close()


def answers(app: LazyApp, requests: Sequence[tuple[str, str]]) -> list[Answer]:
    """The answers to these methods and paths, all asked for at once."""

    async def ask() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
            return await asyncio.gather(*(client.request(*request) for request in requests))

    return [
        (found.status_code, found.headers.get("content-type", ""), found.headers.get("allow", ""))
        for found in apart(ask)
    ]


def paths_of(noun: LazyRouter) -> list[str]:
    """Every path of a noun, once; 1 for each of its parameters."""
    routes = [route for route in noun.load().routes if isinstance(route, APIRoute)]
    return list(dict.fromkeys(re.sub(r"{\w+}", "1", route.path) for route in routes))


def ours(app: LazyApp) -> list[APIRoute]:
    """Its routes in order, without those that each app makes for itself."""
    return [route for route in app.routes if isinstance(route, APIRoute)]


@pytest.fixture
def requests() -> list[tuple[str, str]]:
    """What there is, what is not allowed, what is nowhere, and what only lacks or has a slash too many."""
    paths = [path for noun in LATE for path in paths_of(noun)]
    return [
        *(("GET", path + QUERY) for path in paths),
        *(("GET", path) for path in paths),
        *(("PUT", path) for path in paths),
        *(("GET", f"{noun.path}/not/any/where") for noun in LATE),
        *(("GET", f"{noun.path}/") for noun in LATE),
    ]


def test_nouns_answer_as_if_they_had_always_been_there(
    app: LazyApp, settings: Settings, requests: list[tuple[str, str]]
) -> None:
    whole = create_app(settings)
    whole.load_all()
    expected = answers(whole, requests)
    whole.state.database.close()
    found = answers(app, requests)
    assert dict(zip(requests, found, strict=True)) == dict(zip(requests, expected, strict=True))
    statuses = {status for status, _, _ in found}
    assert {200, 307, 404, 405} <= statuses
    assert ours(app) == ours(whole)


@pytest.mark.parametrize("noun", LATE, ids=lambda noun: noun.module)
def test_a_noun_claims_its_routes_and_only_them(app: LazyApp, noun: LazyRouter) -> None:
    for route in noun.load().routes:
        assert isinstance(route, APIRoute)
        assert f"{route.path}/".startswith(f"{noun.path}/")
        assert noun.matches({"type": "http", "path": route.path})[0].value
    assert not noun.matches({"type": "http", "path": f"{noun.path}s"})[0].value
    assert not noun.matches({"type": "websocket", "path": noun.path})[0].value


def test_only_what_was_asked_for_is_loaded(app: LazyApp) -> None:
    assert answers(app, [("GET", "/compare")])[0][0] == 200
    left = {route.module for route in app.routes if isinstance(route, LazyRouter)}
    assert "app.pages.compare.page" not in left
    assert {"app.api.compare", "app.pages.compare.report", "app.pages.published.page"} <= left


def test_below_a_root_path(settings: Settings, seed_run: Seed) -> None:
    seed_run()
    app = create_app(settings.model_copy(update={"root_path": "/lab"}))
    found = answers(app, [("GET", "/lab/published"), ("GET", "/datasets"), ("GET", "/lab/api/v1/sweeps")])
    assert [status for status, _, _ in found] == [200, 200, 200]
    app.state.database.close()


def test_without_the_token_nothing_is_loaded(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"token": "secret"}))
    before = list(app.routes)
    found = answers(app, [("GET", noun.path) for noun in LATE])
    assert {status for status, _, _ in found} == {401}
    assert app.routes == before
    app.state.database.close()


def test_the_document_tells_of_nouns_that_nobody_asked_for(app: LazyApp) -> None:
    described = app.openapi()["paths"]
    for noun in LATE:
        for route in noun.load().routes:
            assert isinstance(route, APIRoute)
            assert not route.include_in_schema or route.path in described
    assert "/api/v1/compare/bundle" in described


def test_the_document_is_made_beside_the_event_loop(app: LazyApp, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded_in: set[int] = set()
    load = LazyRouter.load

    def seen(noun: LazyRouter) -> APIRouter:
        loaded_in.add(threading.get_ident())
        return load(noun)

    monkeypatch.setattr(LazyRouter, "load", seen)
    first, second = answers(app, [("GET", "/api/openapi.json"), ("GET", "/api/openapi.json")])
    assert first == second == (200, "application/json", "")
    assert loaded_in
    assert threading.get_ident() not in loaded_in
    assert answers(app, [("PUT", "/api/openapi.json")])[0][0] == 405


PROBE = """
import asyncio, json, sys
from pathlib import Path
import httpx2
from app.main import create_app
from app.settings import Settings

async def ask(app, paths):
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
        return [answer.status_code for answer in await asyncio.gather(*map(client.get, paths))]

app = create_app(Settings(data_dir=Path(sys.argv[1])))
started = asyncio.run(ask(app, ["/api/v1/health"])) == [200]
idle = sorted(sys.modules)
statuses = asyncio.run(ask(app, sys.argv[2:]))
print(json.dumps([started, idle, statuses, sorted(sys.modules)]))
"""
"""In a process of its own: what it holds once it has said that it is well, and after a burst of requests."""


@pytest.fixture
def probed(settings: Settings, seed_run: Seed) -> tuple[set[str], list[int], set[str]]:
    seed_run()
    burst = [path + QUERY for noun in LATE for path in paths_of(noun)[:1] * 4]
    command = [sys.executable, "-c", PROBE, str(settings.data_dir), *burst]
    shown = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    started, idle, statuses, loaded = json.loads(shown.stdout)
    assert started
    return set(idle), statuses, set(loaded)


def test_an_idle_process_holds_no_late_noun_and_a_burst_loads_each(
    probed: tuple[set[str], list[int], set[str]],
) -> None:
    idle, statuses, loaded = probed
    late = {noun.module for noun in LATE}
    assert late & idle == set()
    assert {
        "app.comparing.figures.registry",
        "app.comparing.view",
        "app.comparing.report",
        "app.comparing.table",
        "numpy",
    } & idle == set()
    assert 404 not in statuses
    assert max(statuses) < 500
    assert late <= loaded
    assert "torch" not in loaded
