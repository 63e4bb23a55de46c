"""Input that no program of ours makes: it is refused in a sentence, never an error of the server."""

import base64
import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from anyio import BrokenResourceError
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.settings import Settings
from app.store.engine import Database
from app.store.paging import LISTED, Order
from app.store.tables import RUN_SORT_KEYS
from app.web import error_pages
from app.web.callers import Callers
from app.web.security import Guard
from tests.apart import apart
from tests.app.api.test_errors import error_of, paths
from tests.examples import at_most

SeedRun = Callable[..., int]
RUNS = "/api/v1/runs"
PAGE = {"accept": "text/html"}


def cursor(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


class TestCursors:
    @pytest.mark.parametrize(
        "plain",
        [
            "[1,1e999]",
            "[1e999,1]",
            "[NaN,1]",
            "[{},1]",
            "[[],1]",
            '["a",1]',
            "[1,18446744073709551616]",
            "[18446744073709551616,1]",
            "[1,null]",
            "[1,-1]",
            "[1,1,1]",
            "{}",
            "1",
            "[" * 40_000,
        ],
    )
    def test_made_up_cursor(self, client: TestClient, plain: str) -> None:
        error = error_of(client.get(RUNS, params={"cursor": cursor(plain)}), 422, "invalid")
        assert paths(error) == ["cursor"]

    @pytest.mark.parametrize("sort", [key for key in RUN_SORT_KEYS if key != "id"])
    def test_cursor_of_another_order(self, client: TestClient, sort: str) -> None:
        answer = client.get(RUNS, params={"sort": sort, "cursor": cursor('[{"a": 1}, 1]')})
        error_of(answer, 422, "invalid")

    @given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
    def test_what_a_list_gives_out_is_taken(self, name: str) -> None:
        order = Order.parse("name")
        row = tuple({"id": 7, "name": name}.get(column.name) for column in LISTED)
        assert order.decode(order.encode(row)) == (name, 7)

    @pytest.mark.slow
    @given(
        plain=st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
        )
    )
    @hypothesis_settings(
        max_examples=at_most(80),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )  # the class holds nothing: each database gets an instance of it
    def test_any_json_as_a_cursor(self, client: TestClient, plain: object) -> None:
        for sort in ("id", "name", "-test_accuracy"):
            asked = {"sort": sort, "cursor": cursor(json.dumps(plain))}
            assert client.get(RUNS, params=asked).status_code in (200, 422)


class TestSizes:
    @pytest.mark.parametrize(
        "query", [{"sweep": 10**20}, {"sweep": 0}, {"tag": ["x"] * 999}, {"state": ["queued"] * 999}]
    )
    def test_list_of_runs(self, client: TestClient, query: dict[str, object]) -> None:
        error = error_of(client.get(RUNS, params=urlencode(query, doseq=True)), 422, "invalid")
        assert paths(error) == list(query)

    @pytest.mark.parametrize("number", [2**64, -(2**64), 0])
    @pytest.mark.parametrize("action", ["tag", "archive"])
    def test_bulk(self, client: TestClient, number: int, action: str) -> None:
        answer = client.post("/runs/bulk", data={"action": action, "runs": number, "tag": "x"})
        assert answer.status_code == 422, answer.text


class TestHeaders:
    @pytest.mark.parametrize("origin", ["http://[", "http://]", "[", "http://[::g]", "//", ""])
    def test_origin_that_is_no_address(self, client: TestClient, origin: str) -> None:
        error_of(client.post(RUNS, json={}, headers={"origin": origin}), 403, "forbidden")

    @pytest.mark.parametrize("host", ["[", "]", "[::g]:1", "a b", "a/b", "localhost:port"])
    @pytest.mark.parametrize("headers", [{}, PAGE])
    @pytest.mark.parametrize("path", ["/", RUNS, "/nothing", "/login"])
    def test_host_that_is_no_host(
        self, client: TestClient, path: str, host: str, headers: dict[str, str]
    ) -> None:
        assert client.get(path, headers={"host": host, **headers}).status_code == 400


class TestNames:
    @pytest.mark.parametrize("blank", [" ", "   ", "\t", "\u200b", "\u00a0\u2003", "\u2060 \ufeff"])
    def test_name_that_shows_nothing(self, client: TestClient, seed_run: SeedRun, blank: str) -> None:
        run_id = seed_run()
        for answer in (
            client.patch(f"{RUNS}/{run_id}", json={"name": blank}),
            client.post(RUNS, json={"config": {}, "name": blank}),
            client.post("/api/v1/sweeps", json={"axes": {"seed": [0, 1]}, "name": blank}),
        ):
            assert paths(error_of(answer, 422, "invalid")) == ["name"]
        assert client.get(f"{RUNS}/{run_id}").json()["name"] == "seeded"

    def test_tag_that_shows_nothing(self, client: TestClient, seed_run: SeedRun) -> None:
        answer = client.patch(f"{RUNS}/{seed_run()}", json={"tags": ["a", "  "]})
        assert paths(error_of(answer, 422, "invalid")) == ["tags.1"]

    def test_form_without_a_name_gives_one(self, client: TestClient) -> None:
        typed = {"name": "   ", "data.dataset": "shapes10"}
        answer = client.post("/runs/new", data=typed, follow_redirects=False)
        assert answer.status_code == 303
        assert client.get(f"{RUNS}/{answer.headers['location'].rpartition('/')[2]}").json()["name"].strip()


class TestWords:
    @pytest.mark.parametrize("detail", ["Too many files.", "Too many files", "Too many files.."])
    def test_message_ends_in_one_full_stop(self, detail: str) -> None:
        app = FastAPI()
        error_pages.install(app)

        @app.get("/api/refused")
        def refused() -> None:
            raise HTTPException(400, detail)

        with TestClient(app) as caller:
            message = error_of(caller.get("/api/refused"), 400, "bad_request")["message"]
        assert message == "Too many files."


class TestListenersThatHangUp:
    """FastAPI's stream breaks off with this error where the listener goes while an event is being sent."""

    @staticmethod
    async def through_the_guard(error: BaseException) -> None:
        async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
            raise error

        async def nothing() -> Message:
            return {"type": "http.disconnect"}

        async def nowhere(message: Message) -> None:
            pass

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/v1/stream",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "scheme": "http",
        }
        callers = Callers(Database(Settings().url), "")
        await Guard(breaks, Settings(), callers)(scope, nothing, nowhere)

    def test_no_error(self) -> None:
        gone = ExceptionGroup("unhandled errors in a TaskGroup", [BrokenResourceError()])
        apart(self.through_the_guard, gone)

    def test_another_error_beside_it_is_seen(self) -> None:
        both = ExceptionGroup("two", [BrokenResourceError(), ValueError("ours")])
        with pytest.raises(ExceptionGroup) as caught:
            apart(self.through_the_guard, both)
        assert [type(error) for error in caught.value.exceptions] == [ValueError]
