"""Nothing is left out: each route, figure and calculator of the application has a recorded answer."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from starlette.routing import compile_path

from tests.contract import addresses, test_changes, test_errors

_NOT_TEXT = {"/static", "/static/plotly/{name}", "/api/docs/start.js", "/api/docs/{asset}"}
"""Files of the installed packages and of the browser."""
_IN_PLACES = {
    "GET /api/openapi.json": "test_openapi",
    "GET /runs/{run_id}/parts": "below",
    "GET /docs": "tests/test_documentation.py",
    "GET /docs/{name}": "tests/test_documentation.py",
}
"""Asked for elsewhere: parts of an open page are compared with the page, documentation with the code."""


@pytest.fixture(scope="module")
def routes(board: TestClient) -> list[tuple[str, str]]:
    """(method, path) of every route, in the order in which they are looked at."""
    board.get("/api/openapi.json")  # loads all of them
    return list(_found(board.app.routes))  # type: ignore[attr-defined]


def _found(routes: list[object], before: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        path = before + getattr(route, "path", "")
        below = getattr(route, "routes", None)
        if below:
            yield from _found(below, path)
        for method in sorted(set(getattr(route, "methods", None) or ()) - {"HEAD"}):
            yield method, path


def _asked() -> Iterator[tuple[str, str]]:
    for found in (addresses.PAGES, addresses.JSON, addresses.FIGURES, addresses.FILES):
        yield from (("GET", address) for address in found)
    steps = (*test_changes.STEPS, *test_errors.REFUSED.values(), *test_errors.CLOSED.values())
    yield from ((method, address) for method, address, _ in steps)


def test_every_route_has_a_recorded_answer(routes: list[tuple[str, str]]) -> None:
    assert len(routes) > 70
    left = {f"{method} {path}" for method, path in routes if path not in _NOT_TEXT} - _IN_PLACES.keys()
    for method, address in _asked():
        left.discard(_route_of(routes, method, urlsplit(address).path))
    assert left == set(), "add addresses of these routes to the contract suite, and record their answers"


def _route_of(routes: list[tuple[str, str]], method: str, path: str) -> str:
    """The first that matches."""
    fits = (
        f"{other} {route}"
        for other, route in routes
        if other == method and compile_path(route)[0].match(path)
    )
    return next(fits, "none")


def test_every_figure_and_calculator_has_recorded_answers(board: TestClient) -> None:
    names = {item["name"] for item in board.get("/api/v1/figures").json()["items"]}
    assert names == {*addresses.RUN_FIGURES, *addresses.RUNS_FIGURES}
    assert {item["name"] for item in board.get("/api/v1/theory").json()["items"]} == set(addresses.THEORY)


def test_every_figure_of_the_theory_has_recorded_answers(board: TestClient) -> None:
    drawn = "\n".join(
        board.get(address).text for address in addresses.PAGES if address.startswith("/theory/")
    )
    shown = set(re.findall(r"/api/v1/theory/([\w-]+)/figures/([\w-]+)", drawn)) - {("dead-relu", "rate")}
    recorded = {(calculator, name.partition("?")[0]) for calculator, name in addresses.THEORY_FIGURES}
    assert shown == recorded


def test_an_open_page_gets_the_parts_of_the_page(board: TestClient) -> None:
    """What a live page asks for after an epoch is what a reload shows."""
    parts = board.get("/runs/2/parts?figures=accuracy,confusion").json()
    page = board.get("/runs/2", headers={"Accept": "text/html"}).text
    found = re.findall(r"\S+", re.sub(r"<[^>]*>", " ", parts["html"]))
    assert len(found) > 100
    words = " ".join(re.findall(r"\S+", re.sub(r"<[^>]*>", " ", page)))
    assert all(word in words for word in found)
    for name in ("accuracy", "confusion"):
        figure = board.get(f"/api/v1/figures/{name}?run=2").json()
        assert parts["figures"][name]["figure"] == figure
