"""/runs/{id}/predictions: what a network said to each image, the file itself, and why there is none."""

import io
import json
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from tests.app.predictions import last_layer, random_answers, write_predictions
from trainer.prediction_file import Answers

SeedRun = Callable[..., int]


def ask(client: TestClient, run_id: int, below: str = "predictions", **asked: str) -> Any:
    return client.get(f"/api/v1/runs/{run_id}/{below}", params=asked)


def strict(text: str) -> Any:
    """JSON as the standard has it."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def refusal(answer: Any) -> str:
    """The words of a 404."""
    assert answer.status_code == 404, answer.text
    said = answer.json()["error"]
    return f"{said['message']} {said['hint']}"


def test_what_it_says_to_each_image(client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
    run_id, answers = seed_run(), random_answers()
    write_predictions(settings.runs_dir, run_id, answers)
    view = strict(ask(client, run_id).text)
    assert (view["epoch"], view["split"], view["classes"]) == (3, "test", ["cat", "dog", "fox"])
    assert view["labels"] == answers.labels.tolist()
    assert view["predicted"] == answers.predicted.tolist()
    half = answers.logits.astype(np.float16).astype(np.float64)
    shares = np.exp(half) / np.exp(half).sum(axis=1, keepdims=True)
    assert view["confidence"] == pytest.approx(shares.max(axis=1), rel=1e-12)


def test_the_file_itself(client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
    run_id, answers = seed_run(), random_answers()
    path = write_predictions(settings.runs_dir, run_id, answers)
    answer = ask(client, run_id, "predictions.npz")
    assert answer.status_code == 200
    assert answer.content == path.read_bytes()
    assert f"run-{run_id}-test-last.npz" in answer.headers["content-disposition"]
    arrays = np.load(io.BytesIO(answer.content))
    assert arrays["logits"].dtype == np.float16
    assert (arrays["last_bias"] == last_layer(3).bias).all()


def test_best_and_validation_have_files_of_their_own(
    client: TestClient, seed_run: SeedRun, settings: Settings, db: Database
) -> None:
    run_id = seed_run(
        config={"data": {"validation_fraction": 0.1}},
        figures={2: {"validation_accuracy": 0.9, "validation_balanced_accuracy": 0.9}},
    )
    with db.write() as session:
        run = get_run(session, run_id)
        run.started = {**(run.started or {}), "validation_counts": [5, 5, 5]}
    write_predictions(settings.runs_dir, run_id, random_answers(15), "validation", "best", epoch=2)
    view = ask(client, run_id, split="validation", epoch="best").json()
    assert (view["epoch"], view["split"], len(view["labels"])) == (2, "validation", 15)
    assert "keeps no predictions on validation" in refusal(ask(client, run_id, split="validation"))


def test_a_diverged_network_is_sure_of_nothing(
    client: TestClient, seed_run: SeedRun, settings: Settings
) -> None:
    run_id, logits = seed_run(), np.array([[1e9, 0, 0], [np.nan] * 3], np.float32)
    labels = np.array([0, 1])
    write_predictions(settings.runs_dir, run_id, Answers(logits, np.array([0, 0]), labels))
    assert strict(ask(client, run_id).text)["confidence"] == [1, None]


@pytest.mark.parametrize("below", ["predictions", "predictions.npz"])
class TestWithoutThem:
    def test_a_run_from_before(self, client: TestClient, seed_run: SeedRun, below: str) -> None:
        said = refusal(ask(client, seed_run(), below))
        assert "made before runs kept them" in said

    def test_no_such_run(self, client: TestClient, below: str) -> None:
        assert "Run 99 does not exist" in refusal(ask(client, 99, below))

    def test_no_validation_split(self, client: TestClient, seed_run: SeedRun, below: str) -> None:
        said = refusal(ask(client, seed_run(), below, split="validation"))
        assert "no validation split" in said
        assert "data.validation_fraction" in said

    def test_no_finished_epoch(self, client: TestClient, seed_run: SeedRun, below: str) -> None:
        for run_id in (seed_run("queued"), seed_run("running", epochs=0)):
            assert "has not finished an epoch" in refusal(ask(client, run_id, below))

    def test_no_best_epoch(self, client: TestClient, seed_run: SeedRun, below: str) -> None:
        nothing = {"test_balanced_accuracy": None, "diverged": True}
        run_id = seed_run(epochs=1, figures={1: nothing})
        assert "no best epoch" in refusal(ask(client, run_id, below, epoch="best"))

    @pytest.mark.parametrize("content", [b"", b"no file of arrays"])
    def test_a_damaged_file(
        self, client: TestClient, seed_run: SeedRun, settings: Settings, below: str, content: bytes
    ) -> None:
        run_id = seed_run()
        write_predictions(settings.runs_dir, run_id, random_answers()).write_bytes(content)
        said = refusal(ask(client, run_id, below))
        assert "test-last.npz cannot be read" in said
        assert str(settings.data_dir) not in said

    def test_a_file_of_another_epoch(
        self, client: TestClient, seed_run: SeedRun, settings: Settings, below: str
    ) -> None:
        """Killed between an epoch and its predictions; while it trains, the file says whose it is."""
        ended, training = seed_run("crashed"), seed_run("running")
        for run_id in (ended, training):
            write_predictions(settings.runs_dir, run_id, random_answers(), epoch=2)
        assert "those of epoch 2, not of epoch 3" in refusal(ask(client, ended, below))
        assert ask(client, training, below).status_code == 200

    def test_words_that_are_none(self, client: TestClient, seed_run: SeedRun, below: str) -> None:
        run_id = seed_run()
        for asked in ({"split": "train"}, {"split": "../test"}, {"epoch": "3"}):
            assert ask(client, run_id, below, **asked).status_code == 422


def test_other_classes_than_the_run_has(client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
    run_id = seed_run()
    write_predictions(settings.runs_dir, run_id, random_answers(classes=4))
    assert "other classes" in refusal(ask(client, run_id))


def test_they_go_with_the_run(client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
    run_id = seed_run()
    path = write_predictions(settings.runs_dir, run_id, random_answers())
    assert client.delete(f"/api/v1/runs/{run_id}").status_code == 204
    assert not path.exists()
