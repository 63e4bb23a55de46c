"""Every route asks for the right that it needs: told one by one here, and held against what it does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response
from sqlalchemy import MetaData, select
from starlette.routing import Mount
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.store.engine import Database
from app.store.tokens import add_token
from app.web.callers import RIGHTS
from app.web.lazy import LazyApp
from app.web.rights import READING, right_of
from tests.apart import apart
from tests.app.real_processes import wait_for
from tests.contract import addresses, test_changes
from tests.contract.stored import opened, unpack

pytestmark = pytest.mark.slow

TOLD = [line.split() for line in Path(__file__).with_name("rights.txt").read_text().splitlines()]
"""[right, method, path] of every route. A new one is put there by hand, by what it does."""
OWN = "the server's"
OPEN = {"GET /api/v1/health", "GET /login", "POST /login", "POST /logout", "GET /static/plotly/{name}"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return unpack(tmp_path_factory.mktemp("guarded") / "data", token=OWN)


@pytest.fixture(scope="module")
def secrets(guarded: Settings) -> dict[str, str]:
    """What to show for each right."""
    database = Database(guarded.url)
    with database.write() as session:
        made = {scope: add_token(session, f"to {scope}", scope, None)[1] for scope in ("read", "write")}
    database.close()
    return made | {"own": OWN}


@pytest.fixture(scope="module")
def board(guarded: Settings) -> Iterator[TestClient]:
    with opened(guarded) as caller:
        yield caller


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_every_route_is_told_with_its_right(settings: Settings) -> None:
    app = create_app(settings)
    app.load_all()
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    found = {(right_of(route), method, route.path) for route in routes for method in route.methods or ()}
    told = {(right, method, path) for right, method, path in TOLD}
    assert found - told == set(), "write these into rights.txt, after a look at what they do"
    assert told - found == set(), "these are gone"
    assert {f"{method} {path}" for right, method, path in told if right == "none"} == OPEN
    app.state.database.close()


def test_what_is_no_route_of_ours_only_reads(settings: Settings) -> None:
    app = create_app(settings)
    app.load_all()
    others = [route for route in app.routes if not isinstance(route, APIRoute)]
    assert [route.path for route in others if isinstance(route, Mount)] == ["/static"]
    for route in others:
        assert READING.issuperset(getattr(route, "methods", None) or ()), route
    app.state.database.close()


def filled(path: str) -> str:
    """With a number for each parameter; of those that have none, nothing is found, if one may look."""
    return re.sub(r"{\w+}", "1", path).replace("/1/1", "/1/none")


@pytest.mark.parametrize("held", ["", "read", "write"])
def test_who_lacks_the_right_gets_401_or_403_and_others_get_further(
    board: TestClient, secrets: dict[str, str], held: str
) -> None:
    headers = bearer(secrets[held]) if held else {}
    for right, method, path in TOLD:
        if path.endswith("/stream") or (held and path in ("/login", "/logout")):
            continue
        answer = board.request(method, f"{filled(path)}?no_such_word=1", headers=headers)
        if right == "none":
            assert answer.status_code not in (401, 403), (method, path)
        elif not held:
            assert answer.status_code == 401, (method, path)
        elif RIGHTS.index(held) < RIGHTS.index(right):
            answer = board.request(method, filled(path), headers=headers)
            assert_refused(answer, held)
        else:
            assert answer.status_code not in (401, 403), (method, path)


def assert_refused(answer: Response, held: str) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "forbidden"), answer.request.url
    assert f"'to {held}' has the scope {held}" in error["message"]
    assert "betaboard token" in error["hint"]


def stored(settings: Settings) -> dict[str, Any]:
    """All rows but the note of a token's use, and all files but what is kept to be quick."""
    database, tables = Database(settings.url), MetaData()
    with database.read() as session:
        tables.reflect(session.connection())
        rows = {table.name: [tuple(row) for row in session.execute(select(table))]
                for table in tables.sorted_tables if table.name != "tokens"}  # fmt: skip
    database.close()
    files = {str(path): path.stat().st_size for path in settings.data_dir.rglob("*") if path.is_file()}
    return rows | {path: size for path, size in files.items() if "betaboard.db" not in path}


def test_with_the_scope_read_nothing_that_is_asked_for_changes_anything(
    board: TestClient, guarded: Settings, secrets: dict[str, str]
) -> None:
    """All requests of the contract suite, which changes the board in every way, and all its pages."""
    headers = bearer(secrets["read"])
    wait_for(lambda: bool(stored(guarded)["folders"]))  # the web process itself notes its folder, once
    before = stored(guarded)
    refused = 0
    for method, address, given in test_changes.STEPS:
        sent = {**given, "headers": {**given.get("headers", {}), **headers}}
        answer = board.request(method, address, **sent)
        assert answer.status_code < 500, (method, address)
        refused += answer.status_code == 403
    assert refused > 40
    for address in (*addresses.PAGES, *addresses.JSON):
        assert board.get(address, headers=headers).status_code in (200, 303, 404, 403), address
    assert stored(guarded) == before


def test_a_reader_may_preview_the_form_but_not_launch_by_it(
    board: TestClient, secrets: dict[str, str]
) -> None:
    headers = bearer(secrets["read"]) | {"Accept": "text/html"}
    typed = {"loss.name": "focal", "loss.gamma": "0.5", "optim.epochs": "2", "optim.milestones": ""}
    total = board.get("/api/v1/runs", headers=headers).json()["total"]
    assert board.post("/runs/new", data=typed | {"do": "preview"}, headers=headers).status_code == 200
    for do in ("launch", "control", "save", "", "PREVIEW"):
        refused = board.post("/runs/new", data=typed | {"do": do, "recipe": "x"}, headers=headers)
        assert refused.status_code == 403, do
    assert board.get("/api/v1/runs", headers=headers).json()["total"] == total


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/runs",
        "/api//v1/runs",
        "/static/../api/v1/runs",
        "/static/%2e%2e/api/v1/runs",
        "/static/..%2fapi/v1/runs",
        "/static//api/v1/runs",
        "/login/../api/v1/runs",
        "/login/%2e%2e/api/v1/runs",
        "/login;/api/v1/runs",
        "/api/v1/health/../runs",
        "/api/v1/health%2f..%2fruns",
        "/API/v1/runs",
        "/api/v1/runs/",
        "/api/v1/runs%00",
        "/./api/v1/runs",
        "/lab/api/v1/runs",
    ],
)
def test_no_way_to_write_an_address_leads_past_the_guard(board: TestClient, path: str) -> None:
    for method in ("GET", "POST", "HEAD", "OPTIONS"):
        answer = board.request(method, path)
        assert answer.status_code in (401, 404, 405), (method, answer.status_code)
        assert '"items"' not in answer.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_do_nothing(board: TestClient, secrets: dict[str, str], method: str) -> None:
    assert board.request(method, "/api/v1/runs").status_code == 401
    app: LazyApp = board.app  # type: ignore[assignment]
    app.load_all()
    for path in ("/api/v1/runs", "/api/v1/tokens", "/tokens"):
        assert board.request(method, path, headers=bearer(secrets["read"])).status_code == 405


def test_a_web_socket_is_not_let_in(board: TestClient) -> None:
    """Nothing here uses one; the server in front speaks none, and the guard would not pass one on."""

    async def shaken() -> list[str]:
        sent: list[str] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        scope = {"type": "websocket", "path": "/api/v1/stream", "query_string": b"", "headers": []}
        await board.app(scope, receive, send)
        return sent

    assert apart(shaken) in ([], ["websocket.close"])
