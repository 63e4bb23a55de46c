"""Named tokens over REST and on their page: made, shown once, used, withdrawn at once, also from streams."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.store import tokens
from app.store.engine import Database
from app.store.tables import Token
from app.store.tokens import add_token, note_use, withdraw
from app.web.callers import CACHED_SECONDS, COOKIE
from tests.app.api.test_errors import error_of
from tests.app.real_processes import wait_for

pytestmark = pytest.mark.slow

RUNS, TOKENS = "/api/v1/runs", "/api/v1/tokens"
OWN = "the server's"
HTML = {"Accept": "text/html"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"token": OWN})


@pytest.fixture
def board(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://board.example", follow_redirects=False) as made:
        yield made


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def made(board: TestClient, name: str, scope: str, **more: Any) -> dict[str, Any]:
    answer = board.post(TOKENS, json={"name": name, "scope": scope, **more}, headers=bearer(OWN))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(board: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = board.get(TOKENS, headers=bearer(OWN)).json()["items"]
    return items


def test_a_token_is_told_once_and_the_database_does_not_hold_it(
    board: TestClient, settings: Settings
) -> None:
    token = made(board, "lab laptop", "read")
    assert token["token"].startswith(token["prefix"])
    assert len(token["token"]) == 3 + 43
    assert len(token["prefix"]) == 9
    (shown,) = listed(board)
    assert "token" not in shown
    assert (shown["name"], shown["scope"], shown["expires_at"]) == ("lab laptop", "read", None)
    board.get(RUNS, headers=bearer(token["token"]))
    for file in settings.data_dir.glob("betaboard.db*"):
        assert token["token"].encode() not in file.read_bytes()


def test_read_looks_and_calculates_and_write_launches(board: TestClient) -> None:
    read, write = (bearer(made(board, scope, scope)["token"]) for scope in ("read", "write"))
    focal = {"p": [0.5], "gammas": [2]}
    for headers in (read, write):
        assert board.get(RUNS, headers=headers).status_code == 200
        assert board.post("/api/v1/theory/focal", json=focal, headers=headers).status_code == 200
        assert board.post(f"{RUNS}/validate", json={"config": {}}, headers=headers).status_code == 200
    error = error_of(board.post(RUNS, json={"config": {}}, headers=read), 403, "forbidden")
    assert error["message"] == "The token 'read' has the scope read, which does not allow POST /api/v1/runs."
    assert "--scope write" in error["hint"]
    assert board.post(RUNS, json={"config": {}}, headers=write).status_code == 201
    assert board.get(RUNS, headers=read).json()["total"] == 1


@pytest.mark.parametrize("scope", ["read", "write"])
def test_no_named_token_makes_sees_or_withdraws_others(board: TestClient, scope: str) -> None:
    token = made(board, "mine", scope)
    headers = bearer(token["token"])
    body = {"name": "child", "scope": "read"}
    for answer in (
        board.get(TOKENS, headers=headers),
        board.post(TOKENS, json=body, headers=headers),
        board.delete(f"{TOKENS}/{token['id']}", headers=headers),
        board.get("/tokens", headers=headers),
        board.post("/tokens", data=body, headers=headers),
        board.post(f"/tokens/{token['id']}/withdraw", headers=headers),
    ):
        error = error_of(answer, 403, "forbidden")
        assert "`betaboard token`" in error["hint"]
        assert token["prefix"] not in answer.text
    assert [item["name"] for item in listed(board)] == ["mine"]


def test_withdrawn_by_rest_it_is_refused_at_once(board: TestClient) -> None:
    token = made(board, "mine", "write")
    headers = bearer(token["token"])
    assert board.get(RUNS, headers=headers).status_code == 200
    assert board.delete(f"{TOKENS}/{token['id']}", headers=bearer(OWN)).status_code == 204
    error = error_of(board.get(RUNS, headers=headers), 401, "unauthorized")
    assert "withdrawn" in error["hint"]
    error_of(board.delete(f"{TOKENS}/{token['id']}", headers=bearer(OWN)), 404, "not_found")
    again = made(board, "mine", "read")
    assert again["id"] != token["id"]
    assert board.get(RUNS, headers=headers).status_code == 401


def test_withdrawn_in_the_database_it_is_refused_within_a_second(board: TestClient, db: Database) -> None:
    headers = bearer(made(board, "mine", "read")["token"])
    assert board.get(RUNS, headers=headers).status_code == 200
    with db.write() as session:
        withdraw(session, "mine")
    withdrawn = time.monotonic()
    wait_for(lambda: board.get(RUNS, headers=headers).status_code == 401)
    assert time.monotonic() - withdrawn < CACHED_SECONDS + 1


def test_what_was_looked_up_before_a_withdrawal_is_not_believed_after_it(
    board: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal comes between the look into the database and the note of what was found."""
    token = made(board, "mine", "read")
    headers = bearer(token["token"])
    look = tokens.find_token

    def looked_then_withdrawn(session: Any, digest: str) -> Token | None:
        found = look(session, digest)
        if found is not None:
            monkeypatch.setattr(tokens, "find_token", look)
            board.delete(f"{TOKENS}/{token['id']}", headers=bearer(OWN))
        return found

    monkeypatch.setattr(tokens, "find_token", looked_then_withdrawn)
    assert board.get(RUNS, headers=headers).status_code == 200
    assert board.get(RUNS, headers=headers).status_code == 401


def test_it_ends_by_itself(board: TestClient, db: Database) -> None:
    token = made(board, "short", "read", days=1)
    headers = bearer(token["token"])
    signed = board.post("/login", data={"token": token["token"]})
    assert board.get(RUNS, headers=headers).status_code == 200
    assert token["expires_at"] > token["created_at"]
    with db.write() as session:
        session.execute(update(Token).values(expires_at="2020-01-01T00:00:00.000Z"))
    wait_for(lambda: board.get(RUNS, headers=headers).status_code == 401)
    wait_for(lambda: board.get(RUNS).status_code == 401)
    assert COOKIE in signed.cookies
    board.cookies.clear()
    assert board.post("/login", data={"token": token["token"]}).status_code == 401


def test_its_last_use_is_written_beside_the_requests_and_once_a_minute(
    board: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[set[int]] = []

    def noted(session: Any, ids: set[int]) -> None:
        written.append(set(ids))
        note_use(session, ids)

    monkeypatch.setattr("app.web.token_uses.note_use", noted)
    token = made(board, "mine", "read")
    with db.write() as session:
        session.connection()
        begun = time.monotonic()
        assert board.get(RUNS, headers=bearer(token["token"])).status_code == 200
        assert time.monotonic() - begun < 2, "it waited for the write lock"
    wait_for(lambda: listed(board)[0]["last_used_at"] is not None)
    first = listed(board)[0]["last_used_at"]
    board.app.state.callers.forget()  # type: ignore[attr-defined]
    for _ in range(5):
        board.get(RUNS, headers=bearer(token["token"]))
    assert written == [{token["id"]}]
    with db.write() as session:  # by another server at the same moment
        note_use(session, {token["id"]})
    assert listed(board)[0]["last_used_at"] == first


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "1", "scope": "read"}, "name"),
        ({"name": " ", "scope": "read"}, "name"),
        ({"name": "a/b", "scope": "read"}, "name"),
        ({"name": "x" * 61, "scope": "read"}, "name"),
        ({"name": "x", "scope": "own"}, "scope"),
        ({"name": "x", "scope": "none"}, "scope"),
        ({"name": "x", "days": 0}, "days"),
        ({"name": "x", "days": True}, "days"),
        ({"name": "x", "token": "chosen"}, "token"),
        ({}, "name"),
    ],
)
def test_what_is_refused_is_named(board: TestClient, body: dict[str, Any], path: str) -> None:
    error = error_of(board.post(TOKENS, json=body, headers=bearer(OWN)), 422, "invalid")
    assert [field["path"] for field in error["fields"]] == [path]
    assert listed(board) == []


def test_a_name_is_there_once(board: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made(board, "mine", "read")
    body = {"name": "mine", "scope": "write"}
    error_of(board.post(TOKENS, json=body, headers=bearer(OWN)), 409, "conflict")
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    error_of(board.post(TOKENS, json=body | {"name": "b"}, headers=bearer(OWN)), 409, "conflict")


def test_the_page_makes_shows_once_and_withdraws(board: TestClient) -> None:
    board.post("/login", data={"token": OWN})
    assert "There are none yet" in board.get("/tokens", headers=HTML).text
    page = board.post("/tokens", data={"name": "mine", "scope": "write", "days": "30"}, headers=HTML)
    assert (page.status_code, page.headers["cache-control"]) == (201, "no-store")
    (token,) = board.get(TOKENS).json()["items"]
    secret = page.text.split('aria-label="Token">')[1].split("<")[0]
    assert secret.startswith(token["prefix"])
    assert board.post(RUNS, json={"config": {}}, headers=bearer(secret)).status_code == 201
    assert secret not in board.get("/tokens", headers=HTML).text
    left = board.post(f"/tokens/{token['id']}/withdraw", headers=HTML)
    assert (left.status_code, left.headers["location"]) == (303, "/tokens")
    assert board.get(RUNS, headers=bearer(secret)).status_code == 401


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "9", "days": "30"}, "name"),
        ({"name": "x", "days": "soon"}, "whole number of days"),
        ({"name": "x", "days": "99999"}, "3650"),
        ({"name": "x", "scope": "all"}, "scope"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(board: TestClient, typed: dict[str, str], said: str) -> None:
    board.post("/login", data={"token": OWN})
    page = board.post("/tokens", data=typed, headers=HTML)
    assert page.status_code == 422
    assert said in page.text
    assert f'value="{typed["name"]}"' in page.text
    assert f'value="{typed.get("days", "")}"' in page.text
    assert listed(board) == []


class TestWithoutATokenOfTheServer:
    """It listens on this machine only, and asks nobody."""

    def test_all_is_open_and_a_known_token_is_held_to_its_scope(self, client: TestClient) -> None:
        open_board = Settings.model_validate(client.app.state.settings.model_dump() | {"token": ""})  # type: ignore[attr-defined]
        with TestClient(create_app(open_board), base_url="http://localhost") as board:
            secret = board.post(TOKENS, json={"name": "mine", "scope": "read"}).json()["token"]
            assert board.get(TOKENS).json()["items"][0]["name"] == "mine"
            assert "asks nobody" in board.get("/tokens", headers=HTML).text
            assert "Sign out" not in board.get("/runs", headers=HTML).text
            assert board.post(RUNS, json={"config": {}}).status_code == 201
            assert board.post(RUNS, json={"config": {}}, headers=bearer("unknown")).status_code == 201
            assert board.post(RUNS, json={"config": {}}, headers=bearer(secret)).status_code == 403
            assert board.get(TOKENS, headers=bearer(secret)).status_code == 403

    def test_its_form_lets_anyone_on(self, settings: Settings) -> None:
        open_board = settings.model_copy(update={"token": ""})
        with TestClient(create_app(open_board), base_url="http://localhost", follow_redirects=False) as board:
            answer = board.post("/login", data={"token": "any", "next": "/runs"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
        assert "set-cookie" not in answer.headers


class TestStreams:
    """Over a real server: what is open ends within seconds, what is asked for after that is refused."""

    @staticmethod
    def ends_after(url: str, headers: dict[str, str], path: str, ending: Callable[[], object]) -> float:
        """Seconds from `ending` to the end of a stream that was open and quiet."""
        with (
            httpx2.stream("GET", f"{url}{path}", headers=headers, timeout=30) as stream,
            ThreadPoolExecutor(1) as pool,
        ):
            assert stream.status_code == 200
            chunks = stream.iter_raw()
            next(chunks)
            ending()
            begun = time.monotonic()
            pool.submit(lambda: list(chunks)).result(30)
            return time.monotonic() - begun

    def test_a_withdrawn_token_ends_its_streams(self, web_url: str, db: Database, seed_run: Any) -> None:
        seed_run("running")
        for name, path in (("all", "/api/v1/stream"), ("one", "/api/v1/runs/1/stream?after=99")):
            with db.write() as session:
                secret = add_token(session, name, "read", None)[1]

            def gone(name: str = name) -> None:
                with db.write() as session:
                    withdraw(session, name)

            assert self.ends_after(web_url, bearer(secret), path, gone) < 5
            assert httpx2.get(f"{web_url}{path}", headers=bearer(secret)).status_code == 401

    def test_signing_out_ends_the_streams_of_the_browser(self, web_url: str) -> None:
        cookie = httpx2.post(f"{web_url}/login", data={"token": OWN}).cookies[COOKIE]
        headers = {"Cookie": f"{COOKIE}={cookie}"}
        after = self.ends_after(
            web_url, headers, "/api/v1/stream", lambda: httpx2.post(f"{web_url}/logout", headers=headers)
        )
        assert after < 5

    def test_streams_of_others_go_on(self, web_url: str, db: Database, seed_run: Any) -> None:
        with db.write() as session:
            secrets = [add_token(session, name, "read", None)[1] for name in ("kept", "gone")]
        with httpx2.stream("GET", f"{web_url}/api/v1/stream", headers=bearer(secrets[0]), timeout=30) as kept:
            lines = kept.iter_lines()
            next(lines)

            def gone() -> None:
                with db.write() as session:
                    withdraw(session, "gone")

            self.ends_after(web_url, bearer(secrets[1]), "/api/v1/stream", gone)
            seed_run("queued")
            assert next(line for line in lines if line.startswith("event:")) == "event: state"


def test_no_secret_is_logged(
    web_url: str, db: Database, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with db.write() as session:
        secret = add_token(session, "mine", "read", None)[1]
    caplog.clear()
    httpx2.get(f"{web_url}{RUNS}", headers=bearer(secret))
    httpx2.get(f"{web_url}{RUNS}", headers=bearer("wrong-secret"))
    cookie = httpx2.post(f"{web_url}/login", data={"token": secret}).cookies[COOKIE]
    httpx2.get(f"{web_url}{RUNS}/9", headers={"Cookie": f"{COOKIE}={cookie}"})
    refused = httpx2.get(f"{web_url}/runs?token={secret}", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert refused.status_code == 422
    assert secret not in refused.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("app", "uvicorn"))]
    written = capfd.readouterr()
    for told in (*ours, written.out, written.err):
        assert not any(word in told for word in (secret, "wrong-secret", cookie))
