"""Wrong tokens are slowed for each client, and remembered for so many clients only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.errors import TooManyError
from app.main import create_app
from app.serving.installation import prepare
from app.settings import Settings
from app.web import security
from app.web.security import WrongTokens
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
    monkeypatch.setattr(security, "time", made)
    return made


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path / "data", token=TOKEN)
    prepare(settings)
    with TestClient(create_app(settings), base_url="http://localhost:8000", follow_redirects=False) as made:
        yield made


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_after_ten_wrong_tokens_none_is_read_for_a_minute(guarded: TestClient, clock: Clock) -> None:
    for _ in range(10):
        error_of(guarded.get(RUNS, headers=bearer("wrong")), 401, "unauthorized")
        clock.now += 1
    for token in ("wrong", TOKEN):
        refused = guarded.get(RUNS, headers=bearer(token))
        error_of(refused, 429, "too_many")
        assert refused.headers["retry-after"] == "50"
    clock.now += 50
    assert guarded.get(RUNS, headers=bearer(TOKEN)).status_code == 200


def test_the_form_counts_with_them(guarded: TestClient, clock: Clock) -> None:
    for _ in range(5):
        guarded.get(RUNS, headers=bearer("wrong"))
        assert guarded.post("/login", data={"token": "wrong"}).status_code == 401
    page = guarded.post("/login", data={"token": TOKEN}, headers={"accept": "text/html"})
    assert page.status_code == 429
    assert "10 wrong tokens" in page.text
    assert page.headers["retry-after"] == "60"


def test_who_is_signed_in_or_says_no_token_is_not_slowed(guarded: TestClient, clock: Clock) -> None:
    guarded.post("/login", data={"token": TOKEN})
    for _ in range(12):
        guarded.post("/login", data={"token": "wrong"})
    assert guarded.get(RUNS).status_code == 200
    guarded.cookies.clear()
    for _ in range(30):
        assert guarded.get(RUNS).status_code == 401
    assert guarded.get("/api/v1/health").status_code == 200


def test_each_client_has_its_own_count_and_few_are_remembered(clock: Clock) -> None:
    wrong = WrongTokens()
    for number in range(3 * security.CLIENTS):
        for _ in range(security.MOST_WRONG):
            wrong.note(f"client {number}")
    assert len(wrong) == security.CLIENTS
    with pytest.raises(TooManyError):
        wrong.check(f"client {3 * security.CLIENTS - 1}")
    wrong.check("client 0")
    wrong.check("another")
