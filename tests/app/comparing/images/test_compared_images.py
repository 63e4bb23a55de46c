"""/compare/images: who gets which image right, held against plain loops over every network's logits."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.settings import Settings
from tests.app.own_images import CLASSES, NAME, own_images
from tests.app.predictions import write_predictions
from trainer.prediction_file import Answers

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]
SOURCE = "folder:pets/1"
LOSSES: dict[str, dict[str, Any]] = {
    "CE": {},
    "CB-Focal 0.9": {"name": "focal", "weighting": "class_balanced", "beta": 0.9},
    "CB-Focal 0.99": {"name": "focal", "weighting": "class_balanced", "beta": 0.99},
    "Focal": {"name": "focal"},
}
Logits = NDArray[np.float32]


class Board:
    """Cross-entropy and focal, each with seeds of its own, on images of one's own."""

    def __init__(self, client: TestClient, seed_run: SeedRun, settings: Settings) -> None:
        self.client, self.settings, self.seed_run = client, settings, seed_run
        self.arrays = own_images(settings.datasets_dir)
        self.labels = self.arrays.test_labels
        self.runs: dict[str, list[tuple[int, Logits]]] = defaultdict(list)

    def add(self, label: str, seed: int, source: str = SOURCE) -> int:
        """A run whose logits lean to the truth."""
        loss = LOSSES[label]
        config = {"data": {"dataset": NAME, "imbalance": "none"}, "loss": loss, "seed": seed}
        run_id = self.seed_run(config=config, source=source)
        random = np.random.default_rng([seed, len(loss)])
        logits = random.normal(0, 1.5, (60, 3)) + np.eye(3)[self.labels]
        rounded: Logits = logits.astype(np.float16).astype(np.float32)
        answers = Answers(rounded, rounded.argmax(axis=1), self.labels)
        write_predictions(self.settings.runs_dir, run_id, answers, source=source)
        self.runs[label].append((run_id, rounded))
        return run_id

    @property
    def ids(self) -> str:
        return ",".join(str(run_id) for side in self.runs.values() for run_id, _ in side)

    def get(self, path: str = "/api/v1/compare/images", **words: object) -> Any:
        asked = {"runs": self.ids, "a": "CE", "b": "CB-Focal 0.9", **words}
        return self.client.get(path, params=asked)  # type: ignore[arg-type]

    def ask(self, **words: Any) -> Any:
        answer = self.get(**words)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def mean(self, label: str, index: int, most: int = 9) -> list[float]:
        """Mean softmax of its networks for one image, by hand."""
        shares = []
        for _, logits in self.runs[label][:most]:
            powers = [float(np.exp(float(value))) for value in logits[index]]
            shares.append([power / sum(powers) for power in powers])
        return [sum(column) / len(shares) for column in zip(*shares, strict=True)]

    def said(self, label: str, index: int, most: int = 9) -> int:
        mean = self.mean(label, index, most)
        return mean.index(max(mean))

    def who(self, index: int) -> str:
        a, b = (self.said(label, index) == self.labels[index] for label in self.runs)
        return {(True, True): "both", (True, False): "a", (False, True): "b"}.get((a, b), "neither")


@pytest.fixture
def empty(client: TestClient, seed_run: SeedRun, settings: Settings) -> Board:
    return Board(client, seed_run, settings)


@pytest.fixture
def board(empty: Board) -> Board:
    for seed in range(3):
        empty.add("CE", seed)
        empty.add("CB-Focal 0.9", seed)
    return empty


def test_who_is_right_on_every_image_and_by_class(board: Board) -> None:
    view = board.ask()
    assert (view["a"]["label"], view["b"]["label"], view["images"]) == ("CE", "CB-Focal 0.9", 60)
    who = [board.who(at) for at in range(60)]
    assert min(who.count(name) for name in ("both", "a", "b", "neither")) > 0, "the board has all four"

    def counts(members: list[int]) -> dict[str, int]:
        found = [who[at] for at in members]
        names = {"both": "both", "only_a": "a", "only_b": "b", "neither": "neither"}
        return {name: found.count(short) for name, short in names.items()} | {"images": len(members)}

    assert counts(list(range(60))).items() <= view["split"].items()
    for name, row in zip(CLASSES, view["classes"], strict=True):
        members = [at for at in range(60) if CLASSES[board.labels[at]] == name]
        assert row["name"] == name
        assert counts(members).items() <= row["split"].items()
        for side, label in (("recall_a", "CE"), ("recall_b", "CB-Focal 0.9")):
            recalls = [np.mean([logits[at].argmax() == board.labels[at] for at in members])
                       for _, logits in board.runs[label]]  # fmt: skip
            assert row[side] == pytest.approx(np.mean(recalls))
        assert row["delta"]["mean"] is not None


def test_sides_and_agreement_of_seeds(board: Board) -> None:
    view = board.ask(show="seeds")
    for side, label in (("a", "CE"), ("b", "CB-Focal 0.9")):
        said = [logits.argmax(axis=1) for _, logits in board.runs[label]]
        hits = [float((one == board.labels).mean()) for one in said]
        joint = np.mean([board.said(label, at) == board.labels[at] for at in range(60)])
        assert view[side]["accuracy"] == pytest.approx(np.mean(hits))
        assert view[side]["ensemble_accuracy"] == pytest.approx(joint)
        (row,) = (one for one in view["agreement"] if one["label"] == label)
        differing = [sum(x != y for x, y in zip(one, other, strict=True)) / 60
                     for one, other in combinations(said, 2)]  # fmt: skip
        assert row["churn"] == pytest.approx(sum(differing) / 3)
        alike = sum(len({int(one[at]) for one in said}) == 1 for at in range(60)) / 60
        assert row["unanimous"] == pytest.approx(alike)
        assert (row["accuracy"], row["ensemble_accuracy"]) == pytest.approx((np.mean(hits), joint))


@pytest.mark.parametrize(
    "words",
    [{"right": "a"}, {"right": "b", "rank": "gain"}, {"right": "neither", "rank": "index"},
     {"true": "dog", "predicted": "cat", "of": "a", "right": "b", "rank": "-confidence"},
     {"predicted": "fox", "rank": "confidence"}, {"predicted": "fox", "of": "b", "rank": "-confidence"}],
)  # fmt: skip
def test_what_is_asked_for_in_its_order(board: Board, words: dict[str, str]) -> None:
    a, b = "CE", "CB-Focal 0.9"

    def wanted(at: int) -> bool:
        said = {"a": [board.said(a, at)], "b": [board.said(b, at)]}
        either = said.get(words.get("of", ""), [*said["a"], *said["b"]])
        return (
            words.get("true", CLASSES[board.labels[at]]) == CLASSES[board.labels[at]]
            and ("predicted" not in words or CLASSES.index(words["predicted"]) in either)
            and words.get("right", board.who(at)) == board.who(at)
        )

    def key(at: int) -> float:
        true, rank = int(board.labels[at]), words.get("rank", "-gain")
        if rank == "index":
            return at
        sign = -1 if rank.startswith("-") else 1
        if rank.endswith("gain"):
            return sign * (board.mean(b, at)[true] - board.mean(a, at)[true])
        return sign * max(board.mean(b if words.get("of") == "b" else a, at))

    view = board.ask(**words)
    assert [one["index"] for one in view["items"]] == sorted(filter(wanted, range(60)), key=key)
    assert view["found"] == len(view["items"])
    for one in view["items"]:
        for side, label in (("a", a), ("b", b)):
            mean = board.mean(label, one["index"])
            right = [logits[one["index"]].argmax() == board.labels[one["index"]]
                     for _, logits in board.runs[label]]  # fmt: skip
            assert one[side]["confidence"] == pytest.approx(max(mean))
            assert one[side]["truth"] == pytest.approx(mean[board.labels[one["index"]]])
            assert one[side]["runs_right"] == sum(right)


def test_choices_and_taken_count_what_choosing_would_show(board: Board) -> None:
    for of in ("", "a", "b"):
        view = board.ask(true="dog", predicted="cat", of=of)
        for one in view["choices"]:
            assert one["true"] == board.ask(true=one["name"], predicted="cat", of=of)["found"]
            assert one["predicted"] == board.ask(true="dog", predicted=one["name"], of=of)["found"]
    both = {"true": "dog", "predicted": "cat"}
    assert board.ask(**both)["taken"] == {
        "by_a": board.ask(**both, of="a")["found"],
        "by_a_right_in_b": board.ask(**both, of="a", right="b")["found"],
        "by_b": board.ask(**both, of="b")["found"],
        "by_b_right_in_a": board.ask(**both, of="b", right="a")["found"],
    }
    assert board.ask(true="dog", predicted="dog")["taken"] is None


def test_pictures_and_one_image_whole(board: Board) -> None:
    view = board.ask(right="b")
    order = [one["index"] for one in view["items"]]
    drawn = np.asarray(Image.open(io.BytesIO(board.client.get(view["sheet"]["image"]).content)))
    for index, tile in zip(order, view["sheet"]["tiles"], strict=True):
        part = drawn[tile["y"] : tile["y"] + 16, tile["x"] : tile["x"] + 16]
        assert (part == board.arrays.test_images[index]).all()
    opened = board.ask(right="b", image=order[1])["opened"]
    assert (opened["place"], opened["before"], opened["after"]) == (1, order[0], order[2])
    assert [one["a"] for one in opened["probabilities"]] == pytest.approx(board.mean("CE", order[1]))


def test_images_that_every_network_gets_wrong(board: Board) -> None:
    said = [logits.argmax(axis=1).tolist() for side in board.runs.values() for _, logits in side]
    wrong = [at for at in range(60) if all(one[at] != board.labels[at] for one in said)]
    view = board.ask(show="hard")
    assert (view["every_run"], view["found"]) == (6, len(wrong))
    assert {one["index"] for one in view["hard"]} == set(wrong)
    for one in view["hard"]:
        votes = [answer[one["index"]] for answer in said]
        assert one["said_by"] == max(votes.count(at) for at in range(3))
        assert votes.count(CLASSES.index(one["said"])) == one["said_by"]
    rates = {name: sum(CLASSES[board.labels[at]] == name for at in wrong) / (board.labels == place).sum()
             for place, name in enumerate(CLASSES)}  # fmt: skip
    order = [rates[one["true"]] for one in view["hard"]]
    assert order == sorted(order), "classes where this is rare come first"
    chosen = board.ask(show="hard", true="dog")
    assert {one["index"] for one in chosen["hard"]} == {at for at in wrong if board.labels[at] == 1}


def test_both_sides_have_equally_many_networks_common_seeds_first(empty: Board) -> None:
    for seed in range(4):
        empty.add("CE", seed)
    for seed in (3, 1):
        empty.add("CB-Focal 0.9", seed)
    view = empty.ask()
    ce = [run_id for run_id, _ in empty.runs["CE"]]
    assert view["a"]["run_ids"] == [ce[1], ce[3]]
    assert len(view["b"]["run_ids"]) == 2
    assert view["left_out"] == ["CE: 2 of its 4 networks answer, as many as the other side has"]
    (whole,) = (one for one in empty.ask(show="seeds")["agreement"] if one["label"] == "CE")
    assert len(whole["run_ids"]) == 4, "how far seeds agree is told of all of them"


def test_what_cannot_be_compared_image_by_image(empty: Board) -> None:
    empty.add("CE", 0)
    alone = empty.get(a="", b="")
    assert alone.status_code == 422
    assert "takes two settings" in alone.text
    empty.add("CB-Focal 0.9", 0, source="folder:pets/other")
    labels = [row["label"] for row in empty.client.get(f"/api/v1/compare?runs={empty.ids}").json()["rows"]]
    other = empty.get(a=labels[0], b=labels[1])
    assert other.status_code == 404
    assert "were tested on other images" in other.text


def test_runs_that_kept_nothing_are_named(empty: Board) -> None:
    for seed in range(2):
        empty.add("CE", seed)
        empty.add("CB-Focal 0.9", seed)
    lost = empty.runs["CE"][1][0]
    (empty.settings.runs_dir / str(lost) / "predictions" / "test-last.npz").unlink()
    view = empty.ask()
    assert view["a"]["run_ids"] == [empty.runs["CE"][0][0]]
    assert f"CE: Run {lost} keeps no predictions on test." in view["left_out"]
    (empty.settings.runs_dir / str(empty.runs["CE"][0][0]) / "predictions" / "test-last.npz").unlink()
    assert "CE has no completed run that kept its predictions." in empty.get().text


def test_where_the_usual_pair_kept_nothing_another_setting_stands_in(empty: Board) -> None:
    for label in ("CE", "CB-Focal 0.9", "Focal"):
        empty.add(label, 0)
    lost = empty.runs["CE"][0][0]
    (empty.settings.runs_dir / str(lost) / "predictions" / "test-last.npz").unlink()
    view = empty.ask(a="", b="", baseline="CE")
    assert {view["a"]["label"], view["b"]["label"]} == {"CB-Focal 0.9", "Focal"}
    assert view["left_out"] == ["CE has no completed run that kept its predictions."]
    assert empty.get("/compare/images", a="", b="").status_code == 200
    named = empty.get(a="CE", b="Focal")
    assert named.status_code == 404, "who was asked for by name is not replaced"
    assert "CE has no completed run" in named.text


def test_who_stands_in_was_tested_on_the_images_of_the_other_side(empty: Board) -> None:
    """Of the settings that kept answers, the first is of other images: it answers for nobody here."""
    gone = empty.add("CE", 0)
    empty.add("Focal", 0, source="folder:pets/other")
    empty.add("CB-Focal 0.9", 0)
    empty.add("CB-Focal 0.99", 0)
    (empty.settings.runs_dir / str(gone) / "predictions" / "test-last.npz").unlink()
    rows = empty.client.get("/api/v1/compare", params={"runs": empty.ids, "baseline": "CE"}).json()["rows"]
    (other,) = (row["label"] for row in rows if row["label"].startswith("Focal"))
    view = empty.ask(a="", b="", baseline="CE")
    assert {view["a"]["label"], view["b"]["label"]} == {"CB-Focal 0.9", "CB-Focal 0.99"}
    assert "CE has no completed run that kept its predictions." in view["left_out"]
    beside = empty.ask(a="", b="CB-Focal 0.9", baseline="CE")
    assert beside["a"]["label"] == "CB-Focal 0.99"
    named = empty.get(a=other, b="CB-Focal 0.9")
    assert (named.status_code, "were tested on other images" in named.text) == (404, True)


def test_the_most_accurate_setting_on_other_images_makes_room(empty: Board) -> None:
    """All seeded runs are equally accurate: the first that is no baseline is usual."""
    empty.add("CE", 0)
    empty.add("CB-Focal 0.9", 0, source="folder:pets/other")
    empty.add("Focal", 0)
    labels = [row["label"] for row in empty.get("/api/v1/compare", a="", b="").json()["rows"]]
    view = empty.ask(a="", b="", baseline="CE")
    assert (view["a"]["label"], view["b"]["label"]) == ("Focal", "CE")
    assert view["left_out"] == [f"{labels[1]} was tested on other images than CE."]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ({"true": "dgo"}, 422, "did you mean dog?"),
        ({"predicted": "wolf", "of": "a"}, 422, "known are cat, dog, fox"),
        ({"b": "CB-Focal 0.99"}, 422, "did you mean CB-Focal 0.9?"),
        ({"image": 60}, 404, "Test images are 0 to 59"),
        ({"rank": "size"}, 422, "rank"),
        ({"rigth": "a"}, 422, "did you mean right?"),
    ],
)
def test_what_is_refused(board: Board, words: dict[str, object], status: int, said: str) -> None:
    for path in ("/api/v1/compare/images", "/compare/images"):
        answer = board.get(path, **words)
        assert answer.status_code == status, answer.text
        assert said in answer.text


def test_without_runs_the_page_leads_to_those_to_choose(board: Board) -> None:
    refused = board.get(runs="")
    assert refused.status_code == 422
    assert "or sweep is missing" in refused.text
    page = board.get("/compare/images", runs="")
    assert (page.status_code, page.url.path) == (200, "/compare")


def test_the_figure_has_a_point_an_image_and_its_table_all_of_them(board: Board) -> None:
    path = "/api/v1/compare/images/figures/confidence"
    figure = board.get(path, true="dog").json()
    dogs = np.flatnonzero(board.labels == 1).tolist()
    points = {index: (x, y) for trace in figure["data"]
              for index, x, y in zip(trace["customdata"], trace["x"], trace["y"], strict=True)}  # fmt: skip
    assert sorted(points) == dogs
    for index, (x, y) in points.items():
        assert x == pytest.approx(100 * board.mean("CE", index)[1], abs=0.006)
        assert y == pytest.approx(100 * board.mean("CB-Focal 0.9", index)[1], abs=0.006)
    (equal,) = figure["layout"]["shapes"]
    assert (equal["x0"], equal["y0"], equal["x1"], equal["y1"]) == (0, 0, 100, 100)
    sizes = [len(trace["x"]) for trace in figure["data"]]
    assert sizes == [sum(board.who(at) == who for at in dogs) for who in ("both", "neither", "a", "b")]
    rows = list(csv.DictReader(io.StringIO(board.get(f"{path}/table.csv", true="dog").text)))
    assert sorted(int(row["image"]) for row in rows) == dogs


@pytest.mark.parametrize("words", [{}, {"right": "b", "image": 3}, {"show": "hard"}, {"show": "seeds"}])
def test_the_page_says_what_its_twin_says(board: Board, words: dict[str, object]) -> None:
    page, view = board.get("/compare/images", **words).text, board.ask(**words)
    shown = view["items"] or view["hard"]
    assert page.count("data-step") == len(shown)
    assert "No pictures" not in page
    if not words:
        for key in ("both", "only_a", "only_b", "neither"):
            assert f"<b>{view['split'][key]}</b>" in page


def test_one_network_against_one_says_so(empty: Board) -> None:
    empty.add("CE", 0)
    empty.add("CB-Focal 0.9", 0)
    page = empty.get("/compare/images").text
    assert "one network against one" in page
    assert "which takes several seeds of each" in page
    assert "A better" not in page
    assert "B better" not in page
    assert page.count('<span class="word muted">one seed</span>') == len(CLASSES)
    assert "cannot tell" not in page
    dashes = "A dash: of one network only"
    assert dashes in empty.get("/compare/images", show="seeds").text
    for label in ("CE", "CB-Focal 0.9"):
        empty.add(label, 1)
    assert dashes not in empty.get("/compare/images", show="seeds").text


def test_adjusted_logits_answer_as_they_do_now(board: Board) -> None:
    """By hand: logits less tau log pi, argmax; they are no networks of their own, and keep their links."""
    ours, words = board.runs["CE"], {"adjusted": f"{board.runs['CE'][0][0]}:tau=2"}
    started = board.client.get(f"/api/v1/runs/{ours[0][0]}/classes").json()["classes"]
    counts = np.array([one["train_count"] for one in started], float)
    shift = 2 * np.log(counts / counts.sum())
    wanted = [float(((logits - shift).argmax(axis=1) == board.labels).mean()) for _, logits in ours]
    before = [float((logits.argmax(axis=1) == board.labels).mean()) for _, logits in ours]
    assert wanted != before
    seen = board.ask(a="CE + tau 2", **words)
    assert seen["a"]["accuracy"] == pytest.approx(float(np.mean(wanted)))
    rows = board.ask(show="seeds", **words)["agreement"]
    told = {one["label"]: one["accuracy"] for one in rows}
    assert told["CE + tau 2"] == pytest.approx(float(np.mean(wanted)))
    assert told["CE"] == pytest.approx(float(np.mean(before)))
    plain, beside = board.ask(show="hard"), board.ask(show="hard", **words)
    assert (beside["every_run"], beside["found"]) == (plain["every_run"], plain["found"])
    page = board.get("/compare/images", **{"a": "CE + tau 2", "mode": "difference", **words}).text
    assert page.count(f"adjusted={words['adjusted']}") > 10
    assert 'name="adjusted"' in page
    assert "mode=difference" in page


def test_what_these_images_chose_claims_nothing_of_them(board: Board) -> None:
    word = f"{board.runs['CE'][0][0]}:tau=test"
    seen = board.ask(a="CE + tau by test", adjusted=word)
    assert any("chosen on the test set" in one for one in seen["left_out"])
    assert seen["split"]["p"] is None
    assert all(one["split"]["p"] is None for one in seen["classes"])
    assert board.ask()["split"]["p"] is not None


def test_a_cell_of_an_adjusted_side_leads_to_its_images(board: Board) -> None:
    word = f"{board.runs['CE'][0][0]}:tau=2"
    words = {"runs": board.ids, "a": "CE + tau 2", "b": "CE", "adjusted": word}
    drawn = board.client.get("/api/v1/figures/compare-confusion", params=words).json()
    link = drawn["layout"]["meta"]["opens"]["path"] if "layout" in drawn else ""
    assert board.client.get(link).status_code == 200
    assert f"adjusted={word}" in link


@pytest.mark.parametrize(
    ("show", "offered"),
    [
        ("images", {"a", "b", "true", "predicted", "of", "right", "rank", "epoch"}),
        ("hard", {"true", "epoch"}),
        ("seeds", {"epoch"}),
    ],
)
def test_a_page_offers_what_it_heeds(board: Board, show: str, offered: set[str]) -> None:
    page = board.get("/compare/images", show=show).text
    assert {*re.findall(r'<select name="(\w+)"', page)} == offered
    assert (" download>CSV" in page.partition("</form>")[0]) == (show == "images")
