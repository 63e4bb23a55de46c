"""One data set: what its page and its JSON tell, another name, gone with or without its runs, fetched."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.app.errands.sent import API, long_tailed, unpacked, work
from trainer.data.cache import INFO
from trainer.data.duplicates import DUPLICATES
from trainer.data.folder import import_folder
from trainer.data.sources import describe, load

SeedRun = Callable[..., int]
ON_PETS = {"data": {"dataset": "folder:pets", "imbalance": "none"}}


@pytest.fixture
def board(settings: Settings) -> TestClient:
    """The application without its threads."""
    return TestClient(create_app(settings), base_url="http://localhost:8000", follow_redirects=False)


@pytest.fixture
def source(settings: Settings, tmp_path: Path) -> str:
    """The source of folder:pets, which is there."""
    import_folder("pets", unpacked(tmp_path / "pets", long_tailed()), settings.datasets_dir)
    return describe("folder:pets", settings.datasets_dir).source


def seen(board: TestClient, name: str = "folder:pets") -> Any:
    answer = board.get(f"{API}/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def error(answer: Any) -> tuple[int, str]:
    told = answer.json()["error"]
    return answer.status_code, f"{told['message']} {told['hint']}"


def test_the_runs_that_used_it_are_those_on_its_images(
    board: TestClient, source: str, seed_run: SeedRun
) -> None:
    mine = [seed_run(config=ON_PETS, source=source), seed_run("queued", config=ON_PETS, source=source)]
    seed_run(config=ON_PETS, source="folder:pets/another")
    seed_run()
    used = seen(board)["used_by"]
    assert [run["id"] for run in used["newest"]] == mine[::-1]
    assert (used["runs"], used["waiting"], used["others"]) == (2, 1, 0)


def test_a_renamed_set_is_found_by_both_names(
    board: TestClient, settings: Settings, source: str, seed_run: SeedRun
) -> None:
    run = seed_run(config=ON_PETS, source=source)
    assert board.patch(f"{API}/folder:pets", json={"name": "beasts"}).json()["name"] == "folder:beasts"
    view = seen(board, "folder:beasts")
    assert (view["title"], view["former_names"]) == ("beasts (imported)", ["folder:pets"])
    assert [one["id"] for one in view["used_by"]["newest"]] == [run]
    assert load("folder:pets", settings.datasets_dir, print, source).info.source == source
    assert board.get("/datasets/folder:pets").headers["location"] == "/datasets/folder:beasts"
    assert board.patch(f"{API}/folder:beasts", json={"name": "folder:pets"}).json()["former_names"] == [
        "folder:beasts"
    ]


def test_a_name_of_before_means_the_new_images_but_for_runs_on_the_old(
    board: TestClient, settings: Settings, source: str, tmp_path: Path
) -> None:
    board.patch(f"{API}/folder:pets", json={"name": "beasts"})
    files = {path: content for path, content in long_tailed().items() if "fox" not in path}
    import_folder("pets", unpacked(tmp_path / "others", files), settings.datasets_dir)
    now = describe("folder:pets", settings.datasets_dir)
    assert now.class_names == ("cat", "dog")
    assert describe("folder:pets", settings.datasets_dir, source).name == "folder:beasts"
    status, said = error(board.patch(f"{API}/folder:beasts", json={"name": "pets"}))
    assert (status, "already" in said) == (409, True)


def test_it_is_not_deleted_while_a_job_needs_it(board: TestClient, source: str, seed_run: SeedRun) -> None:
    for state in ("queued", "running", "paused"):
        seed_run(state, config=ON_PETS, source=source)
    for runs in ("refuse", "keep", "delete"):
        status, said = error(board.delete(f"{API}/folder:pets", params={"runs": runs}))
        assert (status, "3 jobs on it have not ended" in said) == (409, True)
    assert "It cannot be deleted" in board.get("/datasets/folder:pets").text


@pytest.mark.parametrize(("runs", "left"), [("keep", 200), ("delete", 404)])
def test_it_goes_with_or_without_its_runs_once_that_is_said(
    board: TestClient, settings: Settings, source: str, seed_run: SeedRun, runs: str, left: int
) -> None:
    on_it, other = seed_run(config=ON_PETS, source=source), seed_run()
    status, said = error(board.delete(f"{API}/folder:pets"))
    assert (status, "was used by 1 run" in said, "runs=keep" in said) == (409, True, True)
    page = board.get("/datasets/folder:pets").text
    assert "1 run used it" in page
    assert board.post("/datasets/folder:pets/delete", data={"runs": runs}).headers["location"] == "/datasets"
    assert board.get(f"{API}/folder:pets").status_code == 404
    assert board.get(f"/api/v1/runs/{on_it}").status_code == left
    assert board.get(f"/api/v1/runs/{other}").status_code == 200
    assert list((settings.datasets_dir / "folders").iterdir()) == []


@pytest.mark.parametrize("name", ["cifar10", "shapes10"])
def test_what_comes_with_it_keeps_its_name_and_place(board: TestClient, name: str) -> None:
    assert error(board.patch(f"{API}/{name}", json={"name": "mine"}))[0] == 409
    assert error(board.delete(f"{API}/{name}"))[0] == 409
    assert error(board.delete(f"{API}/folder:nothing"))[0] == 404


def test_an_import_of_an_earlier_version_says_what_is_missing_and_can_be_looked_through(
    board: TestClient, settings: Settings, source: str
) -> None:
    folder = settings.datasets_dir / "folders" / "pets"
    stored = json.loads((folder / INFO).read_text())
    for field in ("originals", "changed", "equals"):
        del stored["report"][field]
    (folder / INFO).write_text(json.dumps(stored))
    (folder / DUPLICATES).unlink()
    (folder / "names.json").unlink()
    view = seen(board)
    assert (view["report"]["originals"], view["duplicates"]) == (None, None)
    page = board.get("/datasets/folder:pets").text
    assert "kept neither the sizes of the files" in page
    assert "Nobody has looked for them yet" in page
    assert board.post(f"{API}/folder:pets/duplicates").json()["work"][0]["is_over"] is False
    work(settings)
    view = seen(board)
    assert view["work"] == []
    assert view["duplicates"]["equal"] == {"test_in_train": 0, "repeated": 0, "contradictions": 0}
    del stored["report"]
    (folder / INFO).write_text(json.dumps(stored))
    assert seen(board)["report"] is None
    assert "No report of it was kept" in board.get("/datasets/folder:pets").text


def test_a_set_that_is_not_here_is_drawn_when_asked(board: TestClient, settings: Settings) -> None:
    assert error(board.post(f"{API}/shapes10/duplicates"))[0] == 409
    assert "Draw it" in board.get("/datasets/shapes10").text
    assert board.post("/datasets/shapes10/fetch").status_code == 303
    assert [one["kind"] for one in seen(board, "shapes10")["work"]] == ["fetch"]
    assert "Cancel" in board.get("/datasets/shapes10").text
    board.post("/datasets/shapes10/fetch/cancel")
    assert seen(board, "shapes10")["work"] == []
    assert board.delete(f"{API}/shapes10/fetch").status_code == 200


@pytest.mark.slow
def test_what_was_fetched_is_here_and_looked_through(board: TestClient, settings: Settings) -> None:
    board.post(f"{API}/shapes10/fetch")
    work(settings)
    view = seen(board, "shapes10")
    assert (view["ready"], view["work"], view["duplicates"]["all_groups"]) == (True, [], 0)
    assert error(board.post(f"{API}/shapes10/fetch")) == (
        409,
        "Data set 'shapes10' is on this disk already. ",
    )


def test_the_page_shows_the_images_that_its_address_asks_for(board: TestClient, source: str) -> None:
    page = board.get("/datasets/folder:pets", params={"split": "test", "class": "dog"}).text
    assert page.count('class="tile"') == 3
    assert "dog, test image 3" in page
    assert board.get("/datasets/folder:pets", params={"class": "cow"}).status_code == 422
    late = board.get("/datasets/folder:pets", params={"from": 5000})
    assert "There is no training image here" in late.text


def test_own_images_are_taken_as_they_are_in_the_form(board: TestClient, source: str) -> None:
    page = board.get("/runs/new", params={"data.dataset": "folder:pets"}).text
    assert '<option value="none" selected' in page
    thinned = board.get("/runs/new", params={"data.dataset": "folder:pets", "data.imbalance": "step"}).text
    assert '<option value="step" selected' in thinned
