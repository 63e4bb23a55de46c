"""/runs/{id}/images: which images are asked for, in which order, held against plain loops over the logits."""

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from tests.app.own_images import CLASSES, NAME, own_images
from tests.app.predictions import write_predictions
from trainer.config import parse_config
from trainer.data.longtail import draw
from trainer.prediction_file import Answers

SeedRun = Callable[..., int]
SOURCE = "folder:pets/1"
DATA = {"dataset": NAME, "imbalance": "none"}


def answers_to(labels: NDArray[np.int64], seed: int = 0) -> Answers:
    """Logits at random, kept as they are stored: float16."""
    logits = np.random.default_rng(seed).normal(0, 2, (len(labels), 3)).astype(np.float16).astype(np.float32)
    return Answers(logits, logits.argmax(axis=1), labels)


class Board:
    """A run on images of one's own whose answers are known."""

    def __init__(self, client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
        self.client = client
        self.arrays = own_images(settings.datasets_dir)
        self.run_id = seed_run(config={"data": DATA}, source=SOURCE)
        self.answers = answers_to(self.arrays.test_labels)
        write_predictions(settings.runs_dir, self.run_id, self.answers, source=SOURCE)

    def ask(self, **words: object) -> Any:
        answer = self.client.get(f"/api/v1/runs/{self.run_id}/images", params=words)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        return answer.json()

    def figures(self, index: int) -> dict[str, Any]:
        """By the definitions, one image after the other."""
        logits = [float(value) for value in self.answers.logits[index]]
        whole = sum(math.exp(value) for value in logits)
        shares = [math.exp(value) / whole for value in logits]
        true, said = int(self.answers.labels[index]), int(self.answers.predicted[index])
        rest = max(share for at, share in enumerate(shares) if at != said)
        return {
            "true": CLASSES[true],
            "predicted": CLASSES[said],
            "right": true == said,
            "confidence": shares[said],
            "truth": shares[true],
            "margin": shares[said] - rest,
            "loss": -math.log(shares[true]),
        }


@pytest.fixture
def board(client: TestClient, seed_run: SeedRun, settings: Settings) -> Board:
    return Board(client, seed_run, settings)


def test_every_figure_of_every_image(board: Board) -> None:
    view = board.ask()
    assert (view["images"], view["found"], view["split"], view["epoch"]) == (60, 60, "test", 3)
    assert {item["index"] for item in view["items"]} == set(range(60))
    for item in view["items"]:
        wanted = board.figures(item["index"])
        assert {name: item[name] for name in ("true", "predicted", "right")} == {
            name: wanted[name] for name in ("true", "predicted", "right")
        }
        for name in ("confidence", "truth", "margin", "loss"):
            assert item[name] == pytest.approx(wanted[name], abs=1e-12)
    losses = [item["loss"] for item in view["items"]]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("sort", ["-loss", "loss", "-confidence", "confidence", "-margin", "margin", "index"])
@pytest.mark.parametrize(
    "words",
    [{"true": "dog"}, {"predicted": "fox", "answer": "wrong"}, {"true": "cat", "predicted": "dog"},
     {"answer": "right"}, {"true_group": "tail", "predicted_group": "head"}],
)  # fmt: skip
def test_what_is_asked_for_in_its_order(board: Board, words: dict[str, str], sort: str) -> None:
    groups = {"cat": "head", "dog": "medium", "fox": "tail"}  # of 100, 30 and 10 training images

    def wanted(one: dict[str, Any]) -> bool:
        return (
            words.get("true", one["true"]) == one["true"]
            and words.get("predicted", one["predicted"]) == one["predicted"]
            and words.get("true_group", groups[one["true"]]) == groups[one["true"]]
            and words.get("predicted_group", groups[one["predicted"]]) == groups[one["predicted"]]
            and {"right": one["right"], "wrong": not one["right"]}.get(words.get("answer", ""), True)
        )

    chosen = [at for at in range(60) if wanted(board.figures(at))]
    if sort != "index":
        name, sign = sort.removeprefix("-"), -1 if sort.startswith("-") else 1
        chosen.sort(key=lambda at: sign * board.figures(at)[name])
    assert [item["index"] for item in board.ask(sort=sort, **words)["items"]] == chosen


def test_pictures_are_those_of_the_images(board: Board) -> None:
    view = board.ask(answer="wrong", sort="-confidence")
    sheet = view["sheet"]
    drawn = np.asarray(Image.open(io.BytesIO(board.client.get(sheet["image"]).content)))
    assert len(sheet["tiles"]) == len(view["items"])
    for item, tile in zip(view["items"], sheet["tiles"], strict=True):
        assert item["dataset_index"] == tile["index"] == item["index"]
        part = drawn[tile["y"] : tile["y"] + 16, tile["x"] : tile["x"] + 16]
        assert (part == board.arrays.test_images[item["index"]]).all()


def test_choices_count_what_choosing_would_show(board: Board) -> None:
    view = board.ask(true="dog", answer="wrong")
    assert [one["name"] for one in view["classes"]] == ["cat", "dog", "fox"]
    for one in view["classes"]:
        assert one["true"] == board.ask(true=one["name"], answer="wrong")["found"]
        assert one["predicted"] == board.ask(true="dog", predicted=one["name"], answer="wrong")["found"]


def test_one_image_whole_with_its_neighbours(board: Board) -> None:
    order = [item["index"] for item in board.ask(answer="wrong", sort="margin")["items"]]
    opened = board.ask(answer="wrong", sort="margin", image=order[4])["opened"]
    assert (opened["place"], opened["before"], opened["after"]) == (4, order[3], order[5])
    assert [one["train_count"] for one in opened["probabilities"]] == [100, 30, 10]
    assert sum(one["probability"] for one in opened["probabilities"]) == pytest.approx(1)
    picture = np.asarray(Image.open(io.BytesIO(board.client.get(opened["picture"]).content)))
    assert (picture == board.arrays.test_images[order[4]]).all()
    ends = [board.ask(answer="wrong", sort="margin", image=at)["opened"] for at in (order[0], order[-1])]
    assert (ends[0]["before"], ends[1]["after"]) == (None, None)
    outside = next(at for at in range(60) if at not in order)
    assert board.ask(answer="wrong", image=outside)["opened"]["place"] is None


def test_typical_images_are_nearest_the_median(board: Board) -> None:
    for row in board.ask(show="typical")["typical"]:
        members = [at for at in range(60) if board.figures(at)["true"] == row["name"]]
        middle = sorted(board.figures(at)["truth"] for at in members)
        half = len(middle) // 2
        median = middle[half] if len(middle) % 2 else (middle[half - 1] + middle[half]) / 2
        assert row["median"] == pytest.approx(median)
        nearest = sorted(members, key=lambda at: abs(board.figures(at)["truth"] - median))[:12]
        assert [one["index"] for one in row["images"]] == nearest


def test_typical_images_are_offered_no_other_order(board: Board) -> None:
    pages = [
        board.client.get(f"/runs/{board.run_id}/images?show={show}").text for show in ("images", "typical")
    ]
    assert ["Sorted by" in page for page in pages] == [True, False]


def test_all_of_them_as_csv(board: Board) -> None:
    asked = {"answer": "wrong", "sort": "-confidence"}
    answer = board.client.get(f"/api/v1/runs/{board.run_id}/images.csv", params=asked)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["image"]) for row in rows] == [one["index"] for one in board.ask(**asked)["items"]]
    for row in rows:
        wanted = board.figures(int(row["image"]))
        assert (row["true class"], row["predicted class"]) == (wanted["true"], wanted["predicted"])
        assert float(row["confidence, %"]) == pytest.approx(100 * wanted["confidence"])


def test_pages_follow_one_another(client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
    labels = np.random.default_rng(5).integers(0, 3, 130)
    own_images(settings.datasets_dir, test=labels)
    run_id = seed_run(config={"data": DATA}, source=SOURCE)
    write_predictions(settings.runs_dir, run_id, answers_to(labels), source=SOURCE)
    seen: list[int] = []
    start: int | None = 0
    while start is not None:
        view = client.get(f"/api/v1/runs/{run_id}/images", params={"from": start}).json()
        seen += [item["index"] for item in view["items"]]
        start = view["next_from"]
    assert sorted(seen) == list(range(130))


def test_a_network_that_diverged_comes_last(board: Board, settings: Settings) -> None:
    logits = board.answers.logits.copy()
    logits[:7] = np.nan
    answers = Answers(logits, board.answers.predicted, board.answers.labels)
    write_predictions(settings.runs_dir, board.run_id, answers, source=SOURCE)
    for sort in ("loss", "-loss"):
        items = board.ask(sort=sort)["items"]
        assert [item["index"] for item in items[-7:]] == list(range(7))
        assert [item["loss"] for item in items[-7:]] == [None] * 7
    assert board.client.get(f"/runs/{board.run_id}/images?image=3").status_code == 200


def test_validation_images_are_drawn_again(
    client: TestClient, seed_run: SeedRun, settings: Settings, db: Database
) -> None:
    arrays = own_images(settings.datasets_dir)
    config = {
        "data": DATA
        | {"imbalance": "exp", "imbalance_ratio": 2, "validation_fraction": 0.25, "subset_seed": 4}
    }
    random = np.random.RandomState(4)
    places: list[int] = []
    for label in range(3):
        members = np.flatnonzero(arrays.train_labels == label)
        random.shuffle(members)
        places += members[-5:].tolist()
    data = parse_config({"optim": {"milestones": []}, **config}).data
    fingerprint = draw(arrays.train_labels, data, SOURCE, 3).fingerprint
    run_id = seed_run(config=config, source=SOURCE, fingerprint=fingerprint)
    with db.write() as session:
        run = get_run(session, run_id)
        run.started = {**(run.started or {}), "validation_counts": [5, 5, 5]}

    def view(of: str) -> Any:
        write_predictions(settings.runs_dir, run_id, answers_to(np.repeat(np.arange(3), 5)), "validation",
                          source=SOURCE, fingerprint=of)  # fmt: skip
        asked = {"split": "validation", "sort": "index"}
        return client.get(f"/api/v1/runs/{run_id}/images", params=asked).json()

    known = view(fingerprint)
    assert [item["dataset_index"] for item in known["items"]] == places
    assert known["sheet"]["split"] == "train"
    other = view("0" * 64)
    assert (other["sheet"], other["found"]) == (None, 15)
    assert "are not those of run" in other["unshown"]


def test_a_replaced_data_set_shows_no_wrong_picture(board: Board, settings: Settings) -> None:
    own_images(settings.datasets_dir, source="folder:pets/2")
    view = board.ask()
    assert view["sheet"] is None
    assert "was imported anew since" in view["unshown"]
    assert view["items"][0]["dataset_index"] is None
    page = board.client.get(f"/runs/{board.run_id}/images").text
    assert "was imported anew since" in page
    assert "sheet.png" not in page


def test_images_of_the_same_name_and_number_but_other_labels(board: Board, settings: Settings) -> None:
    own_images(settings.datasets_dir, test=np.roll(board.arrays.test_labels, 1))
    assert "are not those of run" in board.ask()["unshown"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ({"true": "cats"}, 422, "did you mean cat?"),
        ({"predicted": "wolf"}, 422, "known are cat, dog, fox"),
        ({"image": "60"}, 404, "Its images are 0 to 59"),
        ({"sort": "size"}, 422, "sort"),
        ({"split": "validation"}, 404, "no validation split"),
        ({"epoch": "best", "answr": "wrong"}, 422, "did you mean answer?"),
    ],
)
def test_what_is_refused(board: Board, words: dict[str, str], status: int, said: str) -> None:
    for path in (f"/api/v1/runs/{board.run_id}/images", f"/runs/{board.run_id}/images"):
        answer = board.client.get(path, params=words)
        assert answer.status_code == status, answer.text
        assert said in answer.text


def test_a_run_without_predictions_says_why(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run()
    answer = client.get(f"/runs/{run_id}/images", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "keeps no predictions on test" in answer.text


def test_the_page_holds_what_its_twin_says(board: Board) -> None:
    page = board.client.get(f"/runs/{board.run_id}/images", params={"answer": "wrong", "image": 1}).text
    view = board.ask(answer="wrong", image=1)
    assert page.count("data-step") == view["found"]
    assert f"<strong>{view['found']}</strong> of 60 images: wrong." in page
    assert view["opened"]["picture"].replace("&", "&amp;") in page
