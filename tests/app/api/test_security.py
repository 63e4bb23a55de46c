"""Host, Origin, token, login and headers: a hostile page or an unknown caller gets nowhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from app.errors import ForbiddenError
from app.main import create_app
from app.serving.installation import prepare
from app.settings import Settings
from app.web.callers import COOKIE
from app.web.login import local_path
from app.web.security import check_host, check_origin

RUNS = "/api/v1/runs"
TOKEN = "correct horse ü battery"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    """A server with a token, open to other hosts."""
    settings = Settings(data_dir=tmp_path / "data", host="0.0.0.0", token=TOKEN)
    prepare(settings)
    with TestClient(
        create_app(settings), base_url="http://board.example.org", follow_redirects=False
    ) as made:
        yield made


def bearer(token: str) -> dict[bytes, bytes]:
    return {b"Authorization": b"Bearer " + token.encode()}


class TestHost:
    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "LOCALHOST"]
    )
    def test_this_machine(self, host: str) -> None:
        check_host(Headers({"host": host}), "127.0.0.1")

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example:8000", "localhost.evil", "", "evil@localhost:8000"]
    )
    def test_other_name_that_leads_here(self, host: str) -> None:
        with pytest.raises(ForbiddenError):
            check_host(Headers({"host": host}), "127.0.0.1")

    def test_rebound_name_reads_nothing(self, client: TestClient) -> None:
        answer = client.get(RUNS, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")

    def test_server_with_a_token_takes_any_name(self, guarded: TestClient) -> None:
        assert guarded.get(RUNS, headers=bearer(TOKEN)).status_code == 200


class TestOrigin:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"origin": "http://localhost:8000"},
            {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"},
            {"origin": "https://lab.example", "sec-fetch-site": "same-origin"},
            {"origin": "https://lab.example", "x-forwarded-host": "lab.example"},
            {"sec-fetch-site": "none"},
        ],
    )
    def test_own_pages_and_scripts_may_write(self, headers: dict[str, str]) -> None:
        check_origin("POST", Headers({"host": "localhost:8000", **headers}))

    @pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://localhost:9999"},
            {"origin": "http://localhost:8000.evil.example"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site", "origin": "http://localhost:9999"},
        ],
    )
    def test_other_sites_may_not(self, method: str, headers: dict[str, str]) -> None:
        with pytest.raises(ForbiddenError):
            check_origin(method, Headers({"host": "localhost:8000", **headers}))

    def test_links_from_other_sites_may_read(self) -> None:
        check_origin("GET", Headers({"host": "localhost:8000", "sec-fetch-site": "cross-site"}))

    def test_cross_site_launch_queues_nothing(self, client: TestClient) -> None:
        answer = client.post(RUNS, json={"config": {}}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
        assert client.get(RUNS).json()["total"] == 0


class TestToken:
    @pytest.mark.slow
    @pytest.mark.parametrize("path", [RUNS, f"{RUNS}/1/stream", "/api/openapi.json", "/api/docs", "/nothing"])
    def test_script_without_it_gets_401(self, guarded: TestClient, path: str) -> None:
        answer = guarded.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["error"]["code"] == "unauthorized"

    @pytest.mark.parametrize("given", ["", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()])
    def test_wrong_one_gets_401(self, guarded: TestClient, given: str) -> None:
        assert guarded.get(RUNS, headers=bearer(given)).status_code == 401
        assert guarded.get(RUNS, headers={"Cookie": f"{COOKIE}=wrong"}).status_code == 401
        assert guarded.post(RUNS, json={"config": {}}, headers=bearer(given)).status_code == 401

    def test_bearer_opens(self, guarded: TestClient) -> None:
        assert guarded.get(RUNS, headers=bearer(TOKEN)).status_code == 200

    def test_health_needs_none(self, guarded: TestClient) -> None:
        assert guarded.get("/api/v1/health").json()["status"] == "ok"

    def test_browser_is_led_to_the_form_and_back(self, guarded: TestClient) -> None:
        html = {"Accept": "text/html"}
        led = guarded.get("/compare?runs=1,2", headers=html)
        assert (led.status_code, led.headers["location"]) == (303, "/login?next=/compare%3Fruns%3D1%2C2")
        form = guarded.get(led.headers["location"], headers=html)
        assert form.status_code == 200
        assert 'value="/compare?runs=1,2"' in form.text
        signed = guarded.post("/login", data={"token": TOKEN, "next": "/compare?runs=1,2"}, headers=html)
        assert (signed.status_code, signed.headers["location"]) == (303, "/compare?runs=1,2")
        assert guarded.get(RUNS).status_code == 200

    def test_reader_of_the_docs_is_led_to_the_form(self, guarded: TestClient) -> None:
        led = guarded.get("/api/docs", headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (303, "/login?next=/api/docs")

    def test_wrong_token_in_the_form(self, guarded: TestClient) -> None:
        answer = guarded.post("/login", data={"token": "wrong", "next": '"><script>'})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert "<script>" not in answer.text.split("<main", 1)[1]

    @pytest.mark.parametrize(
        "wanted",
        ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\n/evil.example", ""],
    )
    def test_form_leads_nowhere_else(self, wanted: str) -> None:
        assert local_path(wanted) == "/"


def test_headers_of_a_page_and_of_json(client: TestClient) -> None:
    for path in (RUNS, "/runs", "/nothing"):
        headers = client.get(path, headers={"Accept": "text/html"}).headers
        assert "script-src" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get(RUNS).headers["cache-control"] == "no-store"


@pytest.mark.slow
def test_below_a_root_path_links_and_login_stay_below(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", host="0.0.0.0", token=TOKEN, root_path="/lab/")
    prepare(settings)
    with TestClient(create_app(settings), base_url="http://board", follow_redirects=False) as board:
        led = board.get("/runs", headers={"Accept": "text/html"})
        assert led.headers["location"] == "/lab/login?next=/runs"
        signed = board.post("/login", data={"token": TOKEN, "next": "/runs"})
        assert signed.headers["location"] == "/lab/runs"
        assert "Path=/lab" in signed.headers["set-cookie"]
        made = board.post(RUNS, json={"config": {}}, headers=bearer(TOKEN))
        assert made.headers["location"] == "/lab/api/v1/runs/1"
        assert board.get("/lab/api/v1/runs", headers=bearer(TOKEN)).json()["total"] == 1
