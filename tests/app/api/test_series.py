"""/runs/{id}/...: epochs, classes, confusion, scalars, log, events, checkpoints."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Checkpoint

SeedRun = Callable[..., int]

CATS_AND_DOGS = [[90, 0], [10, 0]]
"""90 cats and 10 dogs; the model always says cat."""


def strict(text: str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def get(client: TestClient, run_id: int, below: str, **asked: Any) -> Any:
    answer = client.get(f"/api/v1/runs/{run_id}/{below}", params=asked)
    assert answer.status_code == 200, answer.text
    return strict(answer.text)


def raw_get(url: str, path: str) -> bytes:
    """The whole answer to a GET of this very path."""
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), int(address.port or 80)), timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_epochs_in_order(client: TestClient, seed_run: SeedRun) -> None:
    items = get(client, seed_run(epochs=3), "epochs")["items"]
    assert [row["epoch"] for row in items] == [1, 2, 3]
    assert set(items[0]) >= {
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "validation_balanced_accuracy",
        "test_loss",
        "test_accuracy",
        "test_balanced_accuracy",
        "learning_rate",
        "seconds",
        "images_per_second",
        "diverged",
    }
    assert items[0]["validation_loss"] is None


def test_run_without_epochs_has_empty_series(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run("queued")
    assert get(client, run_id, "epochs") == {"items": []}
    assert get(client, run_id, "classes") == {"epoch": None, "classes": []}
    assert get(client, run_id, "confusion")["matrix"] == []
    assert get(client, run_id, "scalars") == {"items": []}
    assert get(client, run_id, "checkpoints") == {"items": [], "bytes": 0}
    assert get(client, run_id, "logs") == {"text": "", "next_after": 0, "ended": False}


def test_model_that_always_says_cat(client: TestClient, seed_run: SeedRun) -> None:
    """Trial S18: rows are true classes, recall is 1 and 0, and dog's precision is nothing, not 0."""
    run_id = seed_run(class_names=["cat", "dog"], train_counts=[90, 10], confusions=[CATS_AND_DOGS])
    view = get(client, run_id, "confusion")
    assert view["matrix"] == CATS_AND_DOGS
    assert view["normalised"] == [[1, 0], [1, 0]]
    cat, dog = get(client, run_id, "classes")["classes"]
    assert (cat["name"], cat["recall"], cat["precision"]) == ("cat", 1, 0.9)
    assert (dog["name"], dog["recall"], dog["precision"]) == ("dog", 0, None)
    assert (dog["support"], dog["correct"], dog["predicted"]) == (10, 0, 0)


def test_class_without_test_images_has_no_recall(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(class_names=["cat", "dog"], train_counts=[9, 1], confusions=[[[5, 0], [0, 0]]])
    assert get(client, run_id, "classes")["classes"][1]["recall"] is None
    assert get(client, run_id, "confusion")["normalised"] == [[1, 0], [None, None]]
    assert get(client, run_id, "epochs")["items"][0]["test_balanced_accuracy"] == 1


def test_classes_and_confusion_of_an_earlier_epoch(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(epochs=3)
    first, last = get(client, run_id, "classes", epoch=1), get(client, run_id, "classes")
    assert (first["epoch"], last["epoch"]) == (1, 3)
    assert first["classes"][2]["recall"] < last["classes"][2]["recall"]
    assert get(client, run_id, "confusion", epoch=2)["epoch"] == 2
    for below in ("classes", "confusion"):
        answer = client.get(f"/api/v1/runs/{run_id}/{below}?epoch=4")
        assert answer.status_code == 404
        assert "has not finished epoch 4" in answer.json()["error"]["message"]


def test_scalars_of_one_key(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(epochs=2, figures={2: {"scalars": {"dead/conv1": float("nan"), "dead/conv2": 0.5}}})
    assert get(client, run_id, "scalars", key="dead/conv2")["items"] == [
        {"key": "dead/conv2", "epoch": 2, "value": 0.5}
    ]
    assert get(client, run_id, "scalars", key="dead/conv1")["items"][0]["value"] is None


def test_diverged_run_answers_strict_json_everywhere(client: TestClient, seed_run: SeedRun) -> None:
    """Trial S15: train loss finite, then infinite, then not a number."""
    run_id = seed_run(
        figures={
            2: {"train_loss": float("inf"), "diverged": True},
            3: {"train_loss": float("nan"), "diverged": True},
        }
    )
    other = seed_run()
    losses = [(row["train_loss"], row["diverged"]) for row in get(client, run_id, "epochs")["items"]]
    assert losses == [(2.0, False), (None, True), (None, True)]
    for path in (f"runs/{run_id}", "runs", f"compare?runs={run_id},{other}", f"runs/{run_id}/events"):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        strict(answer.text)
    assert get(client, other, "epochs")["items"][2]["train_loss"] is not None


def test_first_epoch_that_is_no_number_does_not_block_the_best(client: TestClient, seed_run: SeedRun) -> None:
    """Trial S13: NaN, .40, .60, NaN, .55 has its best at epoch 3 and its last at epoch 5."""
    scores = [float("nan"), 0.40, 0.60, float("nan"), 0.55]
    figures = {
        epoch: {"test_accuracy": score, "test_balanced_accuracy": score}
        for epoch, score in enumerate(scores, start=1)
    }
    run = client.get(f"/api/v1/runs/{seed_run(epochs=5, figures=figures)}").json()
    assert (run["best"]["epoch"], run["best"]["test_accuracy"]) == (3, 0.60)
    assert (run["last"]["epoch"], run["last"]["test_accuracy"]) == (5, 0.55)


class TestEvents:
    def test_come_after_the_given_one(self, client: TestClient, seed_run: SeedRun) -> None:
        run_id = seed_run()
        seed_run()
        everything = get(client, run_id, "events")
        assert [row["kind"] for row in everything["items"]] == [
            "state",
            "state",
            "started",
            "epoch",
            "epoch",
            "epoch",
            "finished",
            "state",
        ]
        assert [row["seq"] for row in everything["items"]] == [None, None, 1, 2, 3, 4, 5, None]
        middle = everything["items"][3]["id"]
        assert get(client, run_id, "events", after=middle)["items"] == everything["items"][4:]

    def test_pages_meet(self, client: TestClient, seed_run: SeedRun) -> None:
        run_id = seed_run()
        first = get(client, run_id, "events", limit=3)
        rest = get(client, run_id, "events", after=first["next_after"])
        assert first["items"] + rest["items"] == get(client, run_id, "events")["items"]
        assert get(client, run_id, "events", after=rest["next_after"]) == {
            "items": [],
            "next_after": rest["next_after"],
        }


class TestLog:
    def write(self, settings: Settings, run_id: int, content: bytes) -> None:
        (settings.run_dir(run_id) / "log.txt").write_bytes(content)

    def test_continues_by_bytes(self, client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
        run_id = seed_run("running")
        self.write(settings, run_id, "erste Zeile\nübung".encode())
        first = get(client, run_id, "logs", after=12)
        assert first == {"text": "übung", "next_after": 18, "ended": False}
        assert get(client, run_id, "logs", after=18) == {"text": "", "next_after": 18, "ended": False}

    def test_character_under_way_is_left_for_later(
        self, client: TestClient, seed_run: SeedRun, settings: Settings
    ) -> None:
        run_id = seed_run("running")
        whole = "a€😀".encode()
        for cut in range(len(whole) + 1):
            self.write(settings, run_id, whole[:cut])
            view = get(client, run_id, "logs")
            assert "a€😀".startswith(view["text"])
            assert whole[: view["next_after"]].decode() == view["text"]

    def test_what_is_no_text_is_replaced(
        self, client: TestClient, seed_run: SeedRun, settings: Settings
    ) -> None:
        run_id = seed_run("completed")
        self.write(settings, run_id, b"ok \xff\xfe \x00 end \xe2\x82")
        view = get(client, run_id, "logs")
        assert view["text"].startswith("ok ��")
        assert (view["next_after"], view["ended"]) == (14, True)

    def test_large_log_comes_in_parts(
        self, client: TestClient, seed_run: SeedRun, settings: Settings
    ) -> None:
        run_id, content = seed_run("completed"), ("ä" * 400_001).encode()
        self.write(settings, run_id, content)
        text, after, ended = "", 0, False
        while not ended:
            view = get(client, run_id, "logs", after=after)
            assert len(view["text"].encode()) <= 256 * 1024
            text, after, ended = text + view["text"], view["next_after"], view["ended"]
        assert text.encode() == content


class TestCheckpoints:
    @pytest.fixture
    def run_id(self, seed_run: SeedRun, settings: Settings, db: Database) -> int:
        """A run with a checkpoint best.pt, beside a secret."""
        run_id = seed_run("completed")
        folder = settings.run_dir(run_id) / "checkpoints"
        (folder / "best.pt").write_bytes(b"weights")
        (settings.run_dir(run_id) / "secret.txt").write_text("SECRET")
        (settings.data_dir / "secret.txt").write_text("SECRET")
        with db.write() as session:
            session.add(
                Checkpoint(run_id=run_id, name="best.pt", epoch=2, bytes=7, time="2025-01-01T00:00:00Z")
            )
        return run_id

    def test_download(self, client: TestClient, run_id: int) -> None:
        assert get(client, run_id, "checkpoints") == {
            "items": [
                {"name": "best.pt", "epoch": 2, "steps": 0, "bytes": 7, "time": "2025-01-01T00:00:00Z"}
            ],
            "bytes": 7,
        }
        answer = client.get(f"/api/v1/runs/{run_id}/checkpoints/best.pt")
        assert answer.content == b"weights"
        assert f"run-{run_id}-best.pt" in answer.headers["content-disposition"]

    @pytest.mark.parametrize(
        "name",
        [
            "../../../../secret.txt",
            "..%2f..%2fsecret.txt",
            "..%2Fsecret.txt",
            "/secret.txt",
            "%2Fsecret.txt",
            "best.pt%23/../../secret.txt",
            "best.pt#/../../secret.txt",
            "..%5C..%5Csecret.txt",
            "best.pt%00.txt",
            "%2e%2e/secret.txt",
            "last.pt",
            ".",
            "..",
        ],
    )
    def test_no_other_name_leads_anywhere(self, web_url: str, run_id: int, name: str) -> None:
        """Trial S21, with the path as it stands: no client tidies it up on the way."""
        answer = raw_get(web_url, f"/api/v1/runs/{run_id}/checkpoints/{name}")
        assert b"SECRET" not in answer
        assert answer.split(b" ", 2)[1] in (b"400", b"404")

    @pytest.mark.parametrize("name", ["../secret.txt", "../../../secret.txt", "/etc/hostname"])
    def test_not_even_a_name_that_the_store_holds_leaves_the_folder(
        self, client: TestClient, run_id: int, db: Database, settings: Settings, name: str
    ) -> None:
        with db.write() as session:
            session.add(Checkpoint(run_id=run_id, name=name, epoch=1, bytes=1, time="2025"))
        answer = client.get(f"/api/v1/runs/{run_id}/checkpoints/{name.replace('/', '%2F')}")
        assert answer.status_code == 404

    @pytest.mark.parametrize("link", ["file", "folder"])
    def test_link_that_leads_outside_is_not_followed(
        self, client: TestClient, run_id: int, settings: Settings, tmp_path: Path, link: str
    ) -> None:
        outside, folder = tmp_path / "outside", settings.run_dir(run_id) / "checkpoints"
        outside.mkdir()
        (outside / "best.pt").write_text("SECRET")
        (folder / "best.pt").unlink()
        if link == "file":
            (folder / "best.pt").symlink_to(outside / "best.pt")
        else:
            folder.rmdir()
            folder.symlink_to(outside)
        answer = client.get(f"/api/v1/runs/{run_id}/checkpoints/best.pt")
        assert answer.status_code == 404
        assert "SECRET" not in answer.text

    def test_file_that_is_gone(self, client: TestClient, run_id: int, settings: Settings) -> None:
        (settings.run_dir(run_id) / "checkpoints" / "best.pt").unlink()
        assert client.get(f"/api/v1/runs/{run_id}/checkpoints/best.pt").status_code == 404
