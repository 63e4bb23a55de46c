"""/datasets/{name}/images and /sheet: the stored pixels, where each lies in a sheet, and what is refused."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from app.settings import Settings
from tests.app.own_images import NAME, own_images
from trainer.data.folder import import_folder

Asked = dict[str, str | int]

BELOW = f"/api/v1/datasets/{NAME}"


def pixels(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(content)))


def said(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    fields = " ".join(f"{field['path']} {field['message']}" for field in error["fields"])
    return f"{error['message']} {error['hint']} {fields}"


def test_an_image_is_what_is_stored(client: TestClient, settings: Settings) -> None:
    arrays = own_images(settings.datasets_dir)
    for split, stored in (("train", arrays.train_images), ("test", arrays.test_images)):
        for index in (0, 7, len(stored) - 1):
            answer = client.get(f"{BELOW}/images/{split}/{index}.png")
            assert answer.headers["content-type"] == "image/png"
            assert (pixels(answer.content) == stored[index]).all()


def test_a_sheet_says_where_each_image_lies(client: TestClient, settings: Settings) -> None:
    arrays = own_images(settings.datasets_dir)
    asked: Asked = {"split": "test", "class": "dog", "from": 3, "count": 7}
    view = client.get(f"{BELOW}/sheet", params=asked).json()
    dogs = np.flatnonzero(arrays.test_labels == 1)
    assert [tile["index"] for tile in view["tiles"]] == dogs[3:10].tolist()
    assert (view["total"], view["next_from"], view["side"]) == (len(dogs), 10, 16)
    picture = client.get(view["image"])
    drawn = pixels(picture.content)
    assert drawn.shape == (view["height"], view["width"], 3)
    for tile in view["tiles"]:
        part = drawn[tile["y"] : tile["y"] + 16, tile["x"] : tile["x"] + 16]
        assert (part == arrays.test_images[tile["index"]]).all()
    assert client.get(f"{BELOW}/sheet.png", params=asked).content == picture.content


def test_chosen_images_in_their_order_over_several_rows(client: TestClient, settings: Settings) -> None:
    arrays = own_images(settings.datasets_dir)
    order = np.random.default_rng(0).permutation(60)[:20].tolist()
    asked = {"split": "train", "indices": ",".join(map(str, order))}
    view = client.get(f"{BELOW}/sheet", params=asked).json()
    assert [tile["index"] for tile in view["tiles"]] == order
    assert (view["width"], view["height"], view["next_from"]) == (256, 32, None)
    drawn = pixels(client.get(view["image"]).content)
    last = view["tiles"][-1]
    assert (last["x"], last["y"]) == (48, 16)
    assert (drawn[16:32, 48:64] == arrays.train_images[order[-1]]).all()
    assert not drawn[16:, 64:].any()


def test_large_images_are_reduced_in_a_sheet_alone(client: TestClient, settings: Settings) -> None:
    arrays = own_images(settings.datasets_dir, size=128)
    view = client.get(f"{BELOW}/sheet", params={"count": 3}).json()
    assert view["side"] == 64
    drawn = pixels(client.get(view["image"]).content)
    means = arrays.test_images[1].reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(drawn[:64, 64:128] - means).max() <= 1, "rounded once a direction"
    assert pixels(client.get(f"{BELOW}/images/test/1.png").content).shape == (128, 128, 3)


def test_what_a_source_says_is_kept_for_ever_and_the_rest_asked_about(
    client: TestClient, settings: Settings
) -> None:
    own_images(settings.datasets_dir)
    one = f"{BELOW}/images/test/5.png"
    named = client.get(one, params={"source": "folder:pets/1"})
    assert named.headers["cache-control"] == "private, max-age=31536000, immutable"
    loose = client.get(one)
    assert loose.headers["cache-control"] == "private, no-cache"
    held = {"If-None-Match": loose.headers["etag"]}
    again = client.get(one, headers=held)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{BELOW}/images/test/6.png", headers=held).status_code == 200
    own_images(settings.datasets_dir, source="folder:pets/2")
    assert client.get(one, headers=held).status_code == 200, "a replaced data set has other images"
    assert "was imported anew since" in said(client.get(one, params={"source": "folder:pets/1"}), 404)


def test_originals_of_every_kind_look_as_the_network_sees_them(
    client: TestClient, settings: Settings, tmp_path: Path
) -> None:
    """A turned photograph, CMYK and 16-bit grey: each has one half dark, one bright, and its colour."""
    folder = tmp_path / "kinds"
    half = np.zeros((16, 16, 3), np.uint8)
    half[:, 8:] = 240
    turned = Image.fromarray(half)
    exif = turned.getexif()
    exif[0x0112] = 6
    deep = Image.fromarray((half[..., 0].astype(np.uint16) << 8) | 255)
    for split in ("train", "test"):
        for kind, picture, ending in (
            ("cmyk", Image.fromarray(half).convert("CMYK"), "jpg"),
            ("deep", deep, "png"),
            ("turned", turned, "jpg"),
        ):
            at = folder / split / kind / f"a.{ending}"
            at.parent.mkdir(parents=True, exist_ok=True)
            picture.save(at, exif=exif if kind == "turned" else b"")
    import_folder("pets", folder, settings.datasets_dir)
    for index, is_turned in enumerate((False, False, True)):
        seen = pixels(client.get(f"{BELOW}/images/test/{index}.png").content)
        assert seen.shape == (32, 32, 3)
        halves = seen if is_turned else seen.swapaxes(0, 1)
        assert halves[:12].mean() < 30, index
        assert halves[20:].mean() > 200, index


@pytest.mark.parametrize(
    ("below", "status", "words"),
    [
        ("images/test/60.png", 404, "Its images are 0 to 59"),
        ("images/validation/0.png", 404, "nothing at"),
        ("images/test/-1.png", 404, "nothing at"),
        ("images/test/..%2f..%2finfo.json", 404, "nothing at"),
        ("sheet?indices=1,99", 404, "no image 99 in the test split"),
        ("sheet?indices=1,x", 422, "must be numbers of images"),
        ("sheet?class=dogs", 422, "did you mean dog?"),
        ("sheet?count=257", 422, "count"),
        ("sheet?indices=" + ",".join(["1"] * 257), 422, "at most 256"),
        ("sheet?split=validation", 422, "split"),
        ("sheet?clas=dog", 422, "did you mean class?"),
    ],
)
def test_what_is_refused(client: TestClient, settings: Settings, below: str, status: int, words: str) -> None:
    own_images(settings.datasets_dir)
    assert words in said(client.get(f"{BELOW}/{below}"), status)


@pytest.mark.parametrize("name", ["folder:../../etc", "folder:..", "..", "folder:%2fetc", "pets", "nothing"])
def test_a_name_is_never_a_path(client: TestClient, settings: Settings, name: str) -> None:
    own_images(settings.datasets_dir)
    assert client.get(f"/api/v1/datasets/{name}/images/test/0.png").status_code == 404


def test_what_is_not_on_the_disk_is_not_made(client: TestClient, settings: Settings) -> None:
    told = said(client.get("/api/v1/datasets/shapes10/sheet"), 404)
    assert "not on this disk yet" in told
    assert not (settings.datasets_dir / "shapes10-v2").exists()
