"""The process that looks at pictures: asked through REST, bounded, ended, and what it says of a real run."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.errors import UnavailableError
from app.main import create_app
from app.settings import Settings
from app.web import network_process
from app.web.network_process import MOST_WAITING, NetworkProcess
from tests.app.pictures import IMAGES, png, with_networks
from tests.trainer.tiny import CLASSES
from trainer.prediction_file import read_members
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(served_folder: Path) -> Path:
    return with_networks(served_folder)


@pytest.fixture(scope="module")
def board(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=folder)), base_url="http://localhost:8000") as made:
        yield made


def test_test_images_are_said_what_the_run_kept(board: TestClient, folder: Path) -> None:
    files = [("picture", (f"{number}.png", png(pixels))) for number, pixels in enumerate(IMAGES)]
    view = board.post("/api/v1/runs/1/predict?seen=true", files=files).json()
    kept = read_members(RunDir(folder / "runs" / "1").predictions_file("test", "last"), "logits", "predicted")
    powers = np.exp(kept["logits"].astype(np.float64))
    expected = powers / powers.sum(axis=1, keepdims=True)
    assert [CLASSES.index(one["predicted"]) for one in view["items"]] == kept["predicted"].tolist()
    np.testing.assert_allclose([one["probabilities"] for one in view["items"]], expected, atol=2e-3)
    assert (view["classes"], view["image_size"], view["epoch"]) == (list(CLASSES), 16, 3)
    assert [one["name"] for one in view["items"]] == [name for _, (name, _) in files]
    assert view["items"][0]["probability"] == max(view["items"][0]["probabilities"])


def test_a_picture_may_be_the_body_and_a_bad_one_says_why(board: TestClient) -> None:
    [one] = board.post("/api/v1/runs/1/predict", content=png(IMAGES[0])).json()["items"]
    assert (one["error"], one["mode"], one["width"]) == (None, "RGB", 16)
    [bad] = board.post("/api/v1/runs/1/predict", content=b"no picture").json()["items"]
    assert bad["error"] == "not an image, whatever its name says"
    assert bad["probabilities"] == []


@pytest.mark.parametrize(
    ("path", "sent", "status", "words"),
    [
        ("/api/v1/runs/1/predict", {"content": b""}, 422, "No picture"),
        ("/api/v1/runs/1/predict", {"files": [("pictures", ("a.png", b"x"))]}, 422, "did you mean picture"),
        ("/api/v1/runs/99/predict", {"content": b"x"}, 404, "does not exist"),
        ("/api/v1/runs/2/predict", {"content": b"x"}, 404, "no checkpoint of the last epoch"),
        ("/api/v1/runs/1/predict?epoch=3", {"content": b"x"}, 422, "epoch"),
    ],
)
def test_what_is_refused_says_why(
    board: TestClient, folder: Path, path: str, sent: dict[str, Any], status: int, words: str
) -> None:
    answer = board.post(path, **sent)
    assert answer.status_code == status
    assert words in answer.text
    assert str(folder) not in answer.text


def test_a_body_beyond_the_limit_is_refused(board: TestClient) -> None:
    assert board.post("/api/v1/runs/1/predict", content=b"x" * 24_000_001).status_code == 413
    assert board.post("/api/v1/runs/1/predict", content=b"x" * 2_000_000).status_code == 200


class TestTheProcess:
    @pytest.fixture
    def asked(self, folder: Path) -> Iterator[NetworkProcess]:
        made = NetworkProcess(Settings(data_dir=folder))
        yield made
        made.close()

    def pid(self, asked: NetworkProcess) -> int:
        assert asked._child is not None
        return asked._child.pid

    def test_it_stays_for_the_next_one_and_is_started_again_where_it_was_killed(
        self, asked: NetworkProcess
    ) -> None:
        pictures = [("a", png(IMAGES[0]))]
        first = asked.ask(1, "last", pictures)
        pid = self.pid(asked)
        assert asked.ask(1, "last", pictures) == first
        assert self.pid(asked) == pid
        os.kill(pid, 9)
        assert asked._child is not None
        asked._child.wait()
        assert asked.ask(1, "last", pictures) == first

    def test_it_ends_when_nobody_asks_any_more(
        self, asked: NetworkProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(network_process, "IDLE_SECONDS", 0.01)
        asked.ask(1, "last", [])
        until = time.monotonic() + 30
        while asked._child is not None:
            assert time.monotonic() < until
            time.sleep(0.01)

    def test_an_answer_that_takes_too_long_is_given_up(
        self, asked: NetworkProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(network_process, "ANSWER_SECONDS", 0.01)
        with pytest.raises(UnavailableError, match="ended without an answer"):
            asked.ask(1, "last", [])
        assert asked._child is None

    def test_few_may_wait(self, asked: NetworkProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        go_on, told = Event(), []
        answer = {"epoch": 1, "classes": [], "image_size": 16, "answers": []}

        def slow(_asked: bytes) -> dict[str, Any]:
            go_on.wait(60)
            return answer

        monkeypatch.setattr(asked, "_answer", slow)
        waiting = [
            Thread(target=lambda: told.append(asked.ask(1, "last", []).epoch)) for _ in range(MOST_WAITING)
        ]
        for thread in waiting:
            thread.start()
        until = time.monotonic() + 30
        while asked._waiting < MOST_WAITING:
            assert time.monotonic() < until
            time.sleep(0.01)
        with pytest.raises(UnavailableError, match="others wait") as refused:
            asked.ask(1, "last", [])
        go_on.set()
        for thread in waiting:
            thread.join()
        assert told == [1] * MOST_WAITING
        assert refused.value.retry_after == 5
