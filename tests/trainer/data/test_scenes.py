"""scenes: always the same, in turn, never twice, and on disk as drawn."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.transfer.drawn import some_scenes
from trainer.data import scenes
from trainer.data.scenes import PER_CLASS, Scenes, Split, draw_scenes, load_scenes
from trainer.errors import DataError

pytestmark = pytest.mark.slow

GOLDEN: dict[Split, str] = {
    "train": "a13 1fd 6e5 4a0 84d 684 e05 237 786 5bd",
    "readout": "6f4 791 ccb 095 77e 984 513 c6f 2b3 d8f",
    "validation": "457 a5c e72 525 9a8 c13 eac ae0 970 934",
    "test": "1a0 522 34a 9ba 3ae 63b 2cd 55d e30 14b",
}
"""The first three hex digits of the sha256 of the first image of each class."""
MEANS: dict[str, float] = {
    "x": 0.014899,
    "y": 0.015255,
    "radius": 0.593772,
    "turn": 0.015897,
    "stretch": 1.013092,
    "images": 116.0573,
    "clean": 116.078309,
    "mask": 0.162837,
    "hue": 0.52765,
    "ramp_direction": 3.287539,
    "ramp_strength": 0.108001,
    "noise": 0.039979,
    "scribbles": 1.295,
    "scribbles_seen": 1.27,
    "labels": 4.5,
}
"""Of the first 200 test images."""


def digits(drawn: Scenes) -> list[str]:
    return [hashlib.sha256(image.tobytes()).hexdigest()[:3] for image in drawn.images[:10]]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "PER_CLASS", dict.fromkeys(PER_CLASS, 2))


def test_the_images_of_a_version_have_not_drifted() -> None:
    """Another numpy may round a pixel or two in another way, no more; a new drawing needs a new version."""
    same = [
        one == other
        for split, golden in GOLDEN.items()
        for one, other in zip(digits(draw_scenes(split, 20)), golden.split(), strict=True)
    ]
    assert len(same) == 10 * len(PER_CLASS)
    assert sum(same) >= len(same) - 2


def test_what_is_kept_has_not_drifted() -> None:
    found = {name: float(np.mean(values)) for name, values in vars(some_scenes()).items()}
    assert found == pytest.approx(MEANS, rel=1e-4, abs=1e-5)


def test_each_split_is_drawn_again_the_same_and_has_images_of_its_own() -> None:
    drawn = [draw_scenes(split, 8) for split in PER_CLASS]
    assert np.array_equal(draw_scenes("readout", 8).images, drawn[1].images)
    assert len({image.tobytes() for one in drawn for image in one.images}) == 4 * 80


def test_the_shapes_come_in_turn() -> None:
    drawn = some_scenes()
    assert drawn.labels[:23].tolist() == [*range(10), *range(10), 0, 1, 2]
    assert {split: 10 * each for split, each in PER_CLASS.items()} == {
        "train": 6000, "readout": 1000, "validation": 1000, "test": 2000
    }  # fmt: skip


def test_every_part_belongs_to_its_image() -> None:
    """Rows of a part are rows of all."""
    drawn, rows = some_scenes(), np.array([17, 3])
    part = drawn.at(rows)
    assert set(vars(part)) == set(vars(drawn))
    for name, values in vars(part).items():
        assert np.array_equal(values, vars(drawn)[name][[17, 3]])
    fewer = draw_scenes("test", 2)
    assert {name: len(values) for name, values in vars(fewer).items()} == dict.fromkeys(vars(fewer), 20)


def test_numbers_stay_within_what_the_look_says() -> None:
    drawn = some_scenes()
    assert np.abs(drawn.x).max() <= 0.25
    assert np.abs(drawn.turn).max() <= 0.6
    assert drawn.radius.min() >= 0.45
    assert drawn.radius.max() <= 0.75
    assert np.abs(np.log(drawn.stretch)).max() <= 0.2001
    assert (drawn.hue >= 0).all()
    assert (drawn.hue < 1).all()
    assert (drawn.scribbles_seen <= drawn.scribbles).all()
    assert np.bincount(draw_scenes("train", 100).scribbles) / 1000 == pytest.approx([0.25] * 4, abs=0.05)


@pytest.mark.usefixtures("small")
def test_they_are_drawn_once_and_read_as_drawn(tmp_path: Path) -> None:
    said: list[str] = []
    loaded = load_scenes("readout", tmp_path, said.append)
    again = load_scenes("readout", tmp_path, said.append)
    assert said == ["Drawing scenes"]
    for name, values in vars(draw_scenes("readout", 2)).items():
        for stored in (vars(loaded)[name], vars(again)[name]):
            assert stored.dtype == values.dtype
            assert np.array_equal(stored, values)
    assert len(load_scenes("train", tmp_path, said.append).labels) == 20


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_damaged_files_are_refused(tmp_path: Path, damage: bytes | None) -> None:
    load_scenes("test", tmp_path, lambda _: None)
    file = tmp_path / "scenes-v1" / "test.npz"
    file.write_bytes(file.read_bytes()[:5000] if damage is None else damage)
    with pytest.raises(DataError, match="damaged") as caught:
        load_scenes("test", tmp_path, lambda _: None)
    assert "Delete that folder" in caught.value.hint


@pytest.mark.usefixtures("small")
def test_files_without_what_a_scene_has_are_refused(tmp_path: Path) -> None:
    load_scenes("test", tmp_path, lambda _: None)
    np.savez(tmp_path / "scenes-v1" / "test.npz", images=np.zeros(3))
    with pytest.raises(DataError, match="damaged"):
        load_scenes("test", tmp_path, lambda _: None)
