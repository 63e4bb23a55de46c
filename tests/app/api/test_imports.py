"""Importing through the server: chunks and offsets, the look before, taking, refusals; the plain form."""

import errno
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.errands import importing
from app.errands.place import errands
from app.main import create_app
from app.pages.datasets.archive_form import ArchiveForm
from app.settings import Settings
from tests.app.errands.sent import API, WILD, begun, long_tailed, packed, send, work
from trainer.data.cache import read_names
from trainer.data.sources import load


@pytest.fixture
def board(settings: Settings) -> TestClient:
    """The application without its threads: what is due is carried out where a test says so."""
    return TestClient(create_app(settings), base_url="http://localhost:8000", follow_redirects=False)


@pytest.fixture
def ready(board: TestClient, settings: Settings) -> str:
    """The address of an import that can be taken."""
    content = packed(long_tailed())
    address = begun(board, content)
    assert send(board, address, content).status_code == 200
    work(settings)
    assert board.get(address).json()["state"] == "ready"
    return address


def refused(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    told = [f"{field['path']} {field['message']}" for field in error["fields"]]
    return " ".join([error["message"], error["hint"], *told])


def test_chunks_go_where_the_last_ended_and_nowhere_else(board: TestClient, settings: Settings) -> None:
    content = packed(long_tailed())
    address = begun(board, content)
    half = len(content) // 2
    assert send(board, address, content[:half]).json()["received"] == half
    assert f"{half:,} bytes are here" in refused(send(board, address, content[:half]), 409)
    assert "begins there" in refused(send(board, address, content[half:], half + 1), 409)
    more = content[half:] + b"x"
    assert "announced" in refused(send(board, address, more, half), 413)
    view = send(board, address, content[half:], half).json()
    assert (view["state"], view["received"]) == ("looking", len(content))
    assert "arrived already" in refused(send(board, address, b"x", len(content)), 409)
    (place,) = errands(settings)
    assert place.content.read_bytes() == content


def test_who_sends_the_same_again_goes_on(board: TestClient) -> None:
    content = packed(long_tailed())
    address = begun(board, content, key="same")
    send(board, address, content[:100])
    body = {"name": "pets", "bytes": len(content), "key": "same"}
    again = board.post(API, json=body)
    assert (again.status_code, again.headers["location"]) == (200, address)
    assert again.json()["received"] == 100
    for other in ({"name": "other"}, {"bytes": 5}, {"key": "another"}, {"key": ""}):
        assert board.post(API, json=body | other).status_code == 201
    assert {item["received"] for item in board.get(f"{API}/imports").json()["items"]} == {100, 0}


def test_it_is_looked_at_before_it_is_taken(board: TestClient, ready: str) -> None:
    preview = board.get(ready).json()["preview"]
    assert {row["name"]: (row["train"], row["test"]) for row in preview["classes"]} == {
        **WILD,
        "cat": (13, 3),  # by its name, the broken file is one
    }
    assert (preview["has_test"], preview["size"], preview["choices"]) == (True, 32, [])
    picture = np.asarray(Image.open(io.BytesIO(board.get(f"{ready}/samples.png").content)))
    assert picture.shape == (3 * 48, 8 * 48, 3)
    foxes = picture[96:].reshape(48, 8, 48, 3)
    assert (foxes[:, 2:] == 255).all()  # there are two
    assert foxes[:, :2].std() > 30
    assert board.get(f"{API}/folder:pets").status_code == 404


def test_what_is_taken_is_what_the_command_would_import(
    board: TestClient, settings: Settings, ready: str
) -> None:
    assert board.post(f"{ready}/take", json={"size": 24}).json()["state"] == "taking"
    work(settings)
    assert board.get(ready).json()["state"] == "done"
    arrays = load("folder:pets", settings.datasets_dir, print)
    assert dict(zip(arrays.info.class_names, arrays.info.train_counts, strict=True)) == {
        name: train for name, (train, _) in WILD.items()
    }
    files = long_tailed()
    names = read_names(settings.datasets_dir / "folders" / "pets")
    for split in ("train", "test"):
        stored = getattr(arrays, f"{split}_images")
        for path, image in zip(names[split], stored, strict=True):
            assert (np.asarray(Image.open(io.BytesIO(files[path]))) == image).all()
    found = board.get(f"{API}/folder:pets").json()
    assert found["report"]["skipped"] == [{"path": "train/cat/broken.png", "reason": "the file is empty"}]
    assert found["report"]["originals"]["sizes"] == [{"width": 24, "height": 24, "images": 29}]
    (place,) = errands(settings)
    assert not place.content.exists()


def test_folders_in_folders_are_asked_about(board: TestClient, settings: Settings) -> None:
    kinds = {"cat": "animals", "dog": "animals", "fox": "others"}
    files = {
        path.replace(name, f"{kind}/{name}"): content
        for path, content in long_tailed().items()
        for name, kind in kinds.items()
        if f"/{name}/" in path
    }
    content = packed(files)
    address = begun(board, content)
    send(board, address, content)
    work(settings)
    view = board.get(address).json()
    assert view["state"] == "choosing"
    assert [(it["depth"], it["classes"]) for it in view["preview"]["choices"]] == [(1, 2), (2, 3)]
    assert "Say first which" in refused(board.post(f"{address}/take", json={}), 409)
    page = board.get(address.replace("/api/v1", "")).text
    assert "Which folders are the classes?" in page
    assert board.post(f"{address}/look", json={"depth": 2}).json()["state"] == "looking"
    work(settings)
    assert len(board.get(address).json()["preview"]["classes"]) == 3


def test_what_cannot_be_understood_says_why_without_a_place_on_the_disk(
    board: TestClient, settings: Settings
) -> None:
    bomb = packed({"../../evil.png": b"x", "train/cat/1.png": b"x"})
    for content, said in ((b"no archive at all", "pets.tar is neither a folder nor"), (bomb, "climbs out")):
        address = begun(board, content)
        send(board, address, content)
        work(settings)
        view = board.get(address).json()
        assert view["state"] == "failed"
        assert said in view["failure"]["message"]
        assert str(settings.data_dir) not in board.get(address).text
        assert said in board.get(address.replace("/api/v1", "")).text.replace("&#39;", "'")
        assert "not understood" in refused(board.post(f"{address}/take", json={}), 409)


def test_a_name_that_is_taken_can_be_changed_at_the_last_moment(
    board: TestClient, settings: Settings, ready: str
) -> None:
    board.post(f"{ready}/take", json={})
    work(settings)
    assert "There is a data set 'folder:pets' already" in refused(
        board.post(API, json={"name": "pets", "bytes": 5}), 409
    )
    content = packed(long_tailed())
    second = begun(board, content, name="other")
    send(board, second, content)
    work(settings)
    page = second.replace("/api/v1", "")
    answer = board.post(f"{page}/take", data={"name": "pets", "size": "48"}, headers={"Accept": "text/html"})
    assert answer.status_code == 409
    assert 'value="48"' in answer.text  # nothing of what was typed is lost
    assert "must be 1 to 64 of a-z" in refused(board.post(f"{second}/take", json={"name": "../x"}), 422)
    assert board.post(f"{page}/take", data={"name": "pets", "replace": "1"}).status_code == 303
    work(settings)
    assert board.get(page).headers["location"] == "/datasets/folder:pets"


def test_a_canceled_import_leaves_nothing(board: TestClient, settings: Settings, ready: str) -> None:
    assert board.delete(ready).status_code == 204
    assert errands(settings) == []
    assert "given up" in refused(board.get(ready), 404)
    assert board.delete(ready).status_code == 404


@pytest.mark.parametrize("odd", ["..", "0123", "%2e%2e%2fruns", f"{31 * '0'}g"])
def test_an_id_is_no_path(board: TestClient, odd: str) -> None:
    assert board.get(f"{API}/imports/{odd}/samples.png").status_code in (404, 422)


def test_a_full_disk_is_said_before_anything_is_sent(
    board: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "SPARE_BYTES", 10**18)
    said = refused(board.post(API, json={"name": "pets", "bytes": 5}), 503)
    assert "It has 5 bytes, and the disk of the data folder has" in said


def test_the_plain_form_takes_an_archive(board: TestClient, settings: Settings) -> None:
    content = packed(long_tailed(), "w:gz")
    files = {"file": ("My Pets.tar.gz", content, "application/gzip")}
    answer = board.post("/datasets", data={"name": "", "size": "16"}, files=files)
    assert answer.status_code == 303
    work(settings)
    view = board.get(f"/api/v1{answer.headers['location']}").json()
    assert (view["state"], view["dataset"], view["size"]) == ("ready", "folder:my-pets", 16)
    assert view["file_name"] == "My Pets.tar.gz"


@pytest.mark.parametrize(
    ("data", "files", "status", "said"),
    [
        ({"name": "No Name"}, {"file": ("a.tar", b"x" * 3_000_000)}, 422, "must be 1 to 64"),
        ({"name": "pets", "size": "7"}, {"file": ("a.tar", b"x")}, 422, "size"),
        ({"name": "pets"}, {"other": ("a.tar", b"x")}, 422, "other"),
        ({"name": "pets"}, {"file": ("", b"")}, 422, "choose a .zip"),
        ({"name": "p" * 2000}, {"file": ("a.tar", b"x")}, 422, "at most 1000"),
        ({}, None, 400, "no form with a file"),
    ],
)
def test_a_form_that_is_refused_leaves_nothing(
    board: TestClient, settings: Settings, data: Any, files: Any, status: int, said: str
) -> None:
    assert said in refused(board.post("/datasets", data=data, files=files), status)
    assert errands(settings) == []


def test_a_disk_that_fills_up_is_said_and_leaves_nothing(
    board: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "content")

    monkeypatch.setattr(ArchiveForm, "_write", full)
    answer = board.post("/datasets", data={"name": "pets"}, files={"file": ("a.tar", b"x" * 100)})
    assert "disk is full" in refused(answer, 503).lower()
    assert errands(settings) == []
    monkeypatch.setattr(importing, "SPARE_BYTES", 10**18)
    assert "the disk of the data folder has" in refused(
        board.post("/datasets", files={"file": ("a.tar", b"x")}), 503
    )
