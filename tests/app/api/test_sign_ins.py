"""Browsers sign in: a session each, which ends with its token, by signing out, and after a month."""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.store import sign_ins, tokens
from app.store.engine import Database
from app.store.tables import SignIn, Token
from app.store.tokens import add_token, withdraw
from app.web import callers
from app.web.callers import COOKIE
from tests.app.api.test_errors import error_of

pytestmark = pytest.mark.slow

RUNS = "/api/v1/runs"
OWN = "the server's"
HTML = {"Accept": "text/html"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"token": OWN})


@pytest.fixture
def board(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://board.example", follow_redirects=False) as made:
        yield made


@pytest.fixture
def reader(db: Database) -> str:
    """A token that may only look."""
    with db.write() as session:
        return add_token(session, "lab", "read", None)[1]


def sign_in(board: TestClient, token: str) -> str:
    """What the cookie holds."""
    answer = board.post("/login", data={"token": token, "next": "/runs"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    return answer.cookies[COOKIE]


def signed_in(board: TestClient, cookie: str) -> bool:
    board.cookies.clear()
    status = board.get(RUNS, headers={"Cookie": f"{COOKIE}={cookie}"}).status_code
    assert status in (200, 401)
    return status == 200


def digests(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(SignIn.digest)))


def test_each_browser_has_a_session_of_its_own_and_the_database_not_its_cookie(
    board: TestClient, db: Database
) -> None:
    cookies = set()
    for _ in range(2):
        board.cookies.clear()
        cookies.add(sign_in(board, OWN))
    assert len(cookies) == 2
    assert all(len(cookie) >= 43 and OWN not in cookie for cookie in cookies)
    kept = digests(db)
    assert len(kept) == 2
    assert not {*kept} & {*cookies}
    assert not {*kept} & {hashlib.sha256(cookie.encode()).hexdigest() for cookie in cookies}


@pytest.mark.parametrize(
    ("scheme", "root", "marks"),
    [
        ("http", "", ("Path=/;", "HttpOnly", "SameSite=lax", "Max-Age=2592000")),
        ("https", "", ("Secure", "HttpOnly")),
        ("https", "/lab", ("Path=/lab;", "Secure")),
    ],
)
def test_marks_of_the_cookie(settings: Settings, scheme: str, root: str, marks: tuple[str, ...]) -> None:
    below = settings.model_copy(update={"root_path": root})
    with TestClient(create_app(below), base_url=f"{scheme}://board", follow_redirects=False) as board:
        cookie = board.post("/login", data={"token": OWN}).headers["set-cookie"]
    assert all(mark in cookie + ";" for mark in marks)
    assert ("Secure" in cookie) == (scheme == "https")


def test_signing_in_again_ends_the_session_before_and_takes_nobodys_word_for_its_number(
    board: TestClient, db: Database
) -> None:
    planted = "x" * 43
    board.cookies.set(COOKIE, planted)
    first = sign_in(board, OWN)
    assert first != planted
    second = sign_in(board, OWN)
    assert len(digests(db)) == 1
    assert [signed_in(board, cookie) for cookie in (planted, first, second)] == [False, False, True]


def test_the_cookie_of_an_earlier_version_leads_to_the_form(board: TestClient) -> None:
    old = hmac.new(OWN.encode(), b"betaboard browser session", hashlib.sha256).hexdigest()
    for cookie in (old, "", "ü", "a" * 5000):
        headers = [(b"Cookie", f"{COOKIE}={cookie}".encode()), (b"Accept", b"text/html")]
        led = board.get("/sweeps", headers=headers)
        assert (led.status_code, led.headers["location"]) == (303, "/login?next=/sweeps")


def test_the_cookie_of_another_board_above_is_in_nobodys_way(board: TestClient) -> None:
    """A board at / and one at /lab of the same host: browsers send both cookies, the nearer one first."""
    cookie = sign_in(board, OWN)
    board.cookies.clear()
    for held in (f"{COOKIE}=other; {COOKIE}={cookie}", f"{COOKIE}={cookie}; {COOKIE}=other"):
        assert board.get(RUNS, headers={"Cookie": f"a=b; {held}"}).status_code == 200
    board.post("/logout", headers={"Cookie": f"{COOKIE}=other; {COOKIE}={cookie}"})
    assert not signed_in(board, cookie)


def test_a_named_token_signs_in_and_its_session_has_its_scope(board: TestClient, reader: str) -> None:
    sign_in(board, reader)
    page = board.get("/runs", headers=HTML).text
    assert "Signed in with <b>lab</b>, which may only look" in page
    refused = board.post("/api/v1/runs", json={"config": {}})
    assert refused.status_code == 403
    assert board.get("/tokens", headers=HTML).status_code == 403
    assert board.get("/api/v1/tokens").status_code == 403


def test_sessions_die_with_their_token(board: TestClient, db: Database, reader: str) -> None:
    cookie = sign_in(board, reader)
    assert signed_in(board, cookie)
    callers_of(board).forget()
    with db.write() as session:
        withdraw(session, "lab")
    assert not signed_in(board, cookie)
    assert digests(db) == []


def test_a_token_that_is_withdrawn_while_it_signs_in_does_not(
    board: TestClient, db: Database, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal comes after the look at the token and before the session is written."""
    look = tokens.find_token

    def looked_then_withdrawn(session: Session, digest: str) -> Token | None:
        found = look(session, digest)
        monkeypatch.setattr(tokens, "find_token", look)
        with db.write() as other:
            withdraw(other, "lab")
        return found

    monkeypatch.setattr(tokens, "find_token", looked_then_withdrawn)
    assert board.post("/login", data={"token": reader}).status_code == 401
    assert digests(db) == []


def test_a_database_that_is_held_is_told_by_name_and_the_server_s_token_needs_none(
    board: TestClient, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(session: Session, digest: str) -> Token | None:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise OperationalError("SELECT", {}, error) from error

    monkeypatch.setattr(tokens, "find_token", locked)
    answer = board.get(RUNS, headers={"Authorization": f"Bearer {reader}"})
    error_of(answer, 503, "locked")
    assert board.get(RUNS, headers={"Authorization": f"Bearer {OWN}"}).status_code == 200


def callers_of(board: TestClient) -> callers.Callers:
    """Of the application."""
    found: callers.Callers = board.app.state.callers  # type: ignore[attr-defined]
    return found


def test_sign_out_ends_this_session_and_takes_the_cookie_away(board: TestClient, db: Database) -> None:
    other = sign_in(board, OWN)
    board.cookies.clear()
    cookie = sign_in(board, OWN)
    assert 'action="/logout"' in board.get("/runs", headers=HTML).text
    left = board.post("/logout")
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert COOKIE not in board.cookies
    assert [signed_in(board, one) for one in (cookie, other)] == [False, True]


def test_sign_out_everywhere_ends_those_of_the_same_token(board: TestClient, reader: str) -> None:
    cookies = []
    for token in (OWN, reader, reader):
        board.cookies.clear()
        cookies.append(sign_in(board, token))
    board.post("/logout", data={"everywhere": "true"})
    assert [signed_in(board, one) for one in cookies] == [True, False, False]


def test_a_page_of_another_site_cannot_sign_out(board: TestClient) -> None:
    cookie = sign_in(board, OWN)
    assert board.post("/logout", headers={"Origin": "https://evil.example"}).status_code == 403
    assert signed_in(board, cookie)


def test_signing_out_without_a_session_is_no_error(board: TestClient) -> None:
    assert board.post("/logout").status_code == 303


def test_another_server_token_signs_every_browser_out(
    board: TestClient, settings: Settings, reader: str
) -> None:
    cookies = [sign_in(board, OWN)]
    board.cookies.clear()
    cookies.append(sign_in(board, reader))
    changed = settings.model_copy(update={"token": "another"})
    with TestClient(create_app(changed), base_url="http://board.example") as again:
        assert [signed_in(again, cookie) for cookie in cookies] == [False, False]
    with TestClient(create_app(settings), base_url="http://board.example") as as_before:
        assert [signed_in(as_before, cookie) for cookie in cookies] == [True, True]


def test_a_session_ends_after_a_month_and_its_row_goes(board: TestClient, db: Database) -> None:
    cookie = sign_in(board, OWN)
    with db.write() as session:
        session.execute(update(SignIn).values(expires_at="2020-01-01T00:00:00.000Z"))
    callers_of(board).forget()
    assert not signed_in(board, cookie)
    sign_in(board, OWN)
    assert len(digests(db)) == 1


def test_so_many_sessions_of_a_token_and_the_oldest_ends(
    board: TestClient, db: Database, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_ins, "MOST_OF_A_TOKEN", 2)
    cookies = [sign_in(board, OWN)]
    for _ in range(3):
        board.cookies.clear()
        cookies.append(sign_in(board, reader))
    assert [signed_in(board, cookie) for cookie in cookies] == [True, False, True, True]


def test_pages_of_a_closed_board_are_kept_by_no_proxy(board: TestClient) -> None:
    sign_in(board, OWN)
    assert board.get("/runs", headers=HTML).headers["cache-control"] == "private, no-cache"
    assert board.get(RUNS).headers["cache-control"] == "no-store"
    assert "public" in board.get("/static/base.css?v=1").headers["cache-control"]
