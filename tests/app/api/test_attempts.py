"""Wrong tokens are slowed for each address and for all together, and nobody with a right one is shut out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.errors import TooManyError
from app.main import create_app
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.tokens import add_token
from app.web import attempts
from app.web.attempts import CLIENTS, MOST_OF_ALL, MOST_WRONG, Attempts
from tests.app.api.test_errors import error_of

pytestmark = pytest.mark.slow

RUNS = "/api/v1/runs"
TOKEN = "right"


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(attempts, "time", made)
    return made


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path / "data", token=TOKEN)
    prepare(settings)
    with TestClient(create_app(settings), base_url="http://localhost:8000", follow_redirects=False) as made:
        yield made


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refused(tries: Attempts, address: str, tried: str, is_right: bool = False) -> int:
    """Seconds to wait; 0 where it was looked at."""
    try:
        tries.judge(address, tried, is_right)
    except TooManyError as error:
        return error.retry_after or -1
    return 0


def test_after_ten_wrong_tokens_none_is_read_for_a_minute(guarded: TestClient, clock: Clock) -> None:
    for number in range(10):
        error_of(guarded.get(RUNS, headers=bearer(f"wrong {number}")), 401, "unauthorized")
        clock.now += 1
    for token in ("wrong", TOKEN):
        answer = guarded.get(RUNS, headers=bearer(token))
        error_of(answer, 429, "too_many")
        assert answer.headers["retry-after"] == "50"
    clock.now += 50
    assert guarded.get(RUNS, headers=bearer(TOKEN)).status_code == 200


def test_the_form_counts_with_them(guarded: TestClient, clock: Clock) -> None:
    for number in range(5):
        guarded.get(RUNS, headers=bearer(f"wrong {number}"))
        assert guarded.post("/login", data={"token": f"wrong too {number}"}).status_code == 401
    page = guarded.post("/login", data={"token": TOKEN}, headers={"accept": "text/html"})
    assert page.status_code == 429
    assert "Too many wrong tokens" in page.text
    assert page.headers["retry-after"] == "60"


def test_who_is_signed_in_or_says_no_token_is_not_slowed(guarded: TestClient, clock: Clock) -> None:
    guarded.post("/login", data={"token": TOKEN})
    for number in range(12):
        guarded.post("/login", data={"token": f"wrong {number}"})
    assert guarded.get(RUNS).status_code == 200
    guarded.cookies.clear()
    for _ in range(30):
        assert guarded.get(RUNS).status_code == 401
    assert guarded.get("/api/v1/health").status_code == 200


def test_a_named_token_is_let_in_whatever_others_try(guarded: TestClient, clock: Clock) -> None:
    settings: Settings = guarded.app.state.settings  # type: ignore[attr-defined]
    database = Database(settings.url)
    with database.write() as session:
        secret = add_token(session, "laptop", "read", None)[1]
    database.close()
    for number in range(12):
        last = guarded.get(RUNS, headers=bearer(f"bb_wrong {number}"))
    assert last.status_code == 429
    assert guarded.get(RUNS, headers=bearer(secret)).status_code == 200
    assert guarded.post("/login", data={"token": secret}).status_code == 303


def test_a_script_left_with_an_old_token_shuts_nobody_out(guarded: TestClient, clock: Clock) -> None:
    for _ in range(50):
        assert guarded.get(RUNS, headers=bearer("of last year")).status_code == 401
    assert guarded.get(RUNS, headers=bearer(TOKEN)).status_code == 200


def test_each_address_has_its_own_count(clock: Clock) -> None:
    tries = Attempts()
    for number in range(MOST_WRONG):
        assert refused(tries, "192.0.2.1", str(number)) == 0
    assert refused(tries, "192.0.2.1", TOKEN, is_right=True) == 60
    assert refused(tries, "192.0.2.2", "x") == 0


def test_a_network_of_ipv6_is_one_address(clock: Clock) -> None:
    tries = Attempts()
    for number in range(MOST_WRONG):
        assert refused(tries, f"2001:db8::{number:x}", str(number)) == 0
    assert refused(tries, "2001:db8::ffff:1", "x") == 60
    assert refused(tries, "2001:db8:0:1::1", "x") == 0


def test_many_addresses_together_are_slowed_but_not_who_was_right_before(clock: Clock) -> None:
    tries = Attempts()
    assert refused(tries, "192.0.2.1", TOKEN, is_right=True) == 0
    for number in range(MOST_OF_ALL):
        assert refused(tries, f"10.0.{number // 200}.{number % 200}", "guess") == 0
    assert refused(tries, "198.51.100.7", "guess") == 60
    assert refused(tries, "192.0.2.1", TOKEN, is_right=True) == 0
    assert refused(tries, "192.0.2.1", "typing error") == 0
    clock.now += 60
    assert refused(tries, "198.51.100.7", "guess") == 0


def test_few_addresses_are_remembered(clock: Clock) -> None:
    tries = Attempts()
    for number in range(3 * CLIENTS):
        address = f"10.{number // 250}.{number % 250}.1"
        refused(tries, address, "guess")
        refused(tries, f"{address}1", TOKEN, is_right=True)
        clock.now += 1
    assert len(tries) == 2 * CLIENTS
