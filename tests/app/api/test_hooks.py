"""/webhooks and the part of System that tells of them: a real web process that tells a real receiver."""

import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.runs.hooks import messenger
from app.settings import Settings
from tests.app.receiver import Receiver, receiving
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow
SLACK = "slack+https://hooks.example/T/secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def board(settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(messenger, "LOOK_SECONDS", 0.05)
    own = settings.model_copy(update={"webhook": (receiver.url,), "webhook_allow": ("127.0.0.0/8",)})
    with TestClient(create_app(own), base_url="http://localhost:8000") as made:
        yield made


def until(receiver: Receiver, number: int) -> None:
    """Wait until so many have come."""
    end = time.monotonic() + 30
    while len(receiver.came) < number:
        assert time.monotonic() < end, receiver.came
        time.sleep(0.02)


def known(board: TestClient) -> str:
    """The id of the webhook."""
    [hook] = board.get("/api/v1/webhooks").json()["items"]
    return str(hook["id"])


def test_a_run_that_ends_is_told_by_the_web_process(
    board: TestClient, receiver: Receiver, seed_run: SeedRun
) -> None:
    board.post(f"/api/v1/webhooks/{known(board)}/test")
    until(receiver, 1)
    run_id = seed_run()
    until(receiver, 2)
    assert [one["event"] for one in receiver.told] == ["test", "run.completed"]
    assert receiver.told[1]["number"] == run_id
    end = time.monotonic() + 30
    while board.get("/api/v1/system").json()["webhooks"][0]["sent"] < 2:
        assert time.monotonic() < end
    [hook] = board.get("/api/v1/webhooks").json()["items"]
    assert (hook["host"], hook["owed"], hook["error"]) == ("127.0.0.1", 0, None)
    assert "secret" not in board.get("/api/v1/system").text


def test_what_does_not_arrive_stands_on_system(
    board: TestClient, receiver: Receiver, settings: Settings
) -> None:
    receiver.answers.append((410, {}))
    told = board.post(f"/webhooks/{known(board)}/test", follow_redirects=False)
    assert (told.status_code, told.headers["location"]) == (303, "/system#webhooks")
    until(receiver, 1)
    end = time.monotonic() + 30
    while "127.0.0.1 answered 410: ok" not in board.get("/system").text:
        assert time.monotonic() < end


def test_an_unknown_webhook_is_no_webhook(board: TestClient) -> None:
    assert board.post("/api/v1/webhooks/0123456789abcdef/test").status_code == 404


def test_a_board_without_one_says_how_to_get_one(client: TestClient) -> None:
    assert client.get("/api/v1/webhooks").json() == {"items": []}
    assert "--webhook URL" in client.get("/system").text


def test_no_address_is_shown(settings: Settings) -> None:
    own = settings.model_copy(update={"webhook": (SLACK,)})
    with TestClient(create_app(own), base_url="http://localhost:8000") as board:
        page, listed = board.get("/system").text, board.get("/api/v1/webhooks").text
    assert "hooks.example" in page
    assert "secret" not in page + listed
