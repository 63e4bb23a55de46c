"""Duplicates: hashes against Pillow's shrinking, pairs against all pairs, planted copies, no false alarm."""

import io
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from trainer.data import alike as finding
from trainer.data.alike import BITS, CORRELATION, alike, hashes_of
from trainer.data.cache import read_info
from trainer.data.duplicate_groups import MANY, Duplicates
from trainer.data.duplicates import note_duplicates, read_duplicates
from trainer.data.folder import import_folder
from trainer.data.synthetic import V2, builder

Encode = Callable[..., bytes]
Pack = Callable[[str, Mapping[str, bytes]], Path]
Pixels = NDArray[np.uint8]


def photographs(number: int, seed: int, size: int = 32) -> Pixels:
    """Independent pictures with the spectrum of natural ones: amplitude 1/f, three channels much alike."""
    random = np.random.RandomState(seed)
    down, across = np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None]
    fall = 1 / np.maximum(np.hypot(down, across), 1 / size)
    shared = random.randn(number, size, size, 1) + 0.4 * random.randn(number, size, size, 3)
    waves = np.fft.ifft2(np.fft.fft2(shared, axes=(1, 2)) * fall[..., None], axes=(1, 2)).real
    waves /= waves.std(axis=(1, 2), keepdims=True)
    return np.clip(128 + 50 * waves, 0, 255).astype(np.uint8)


def png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_hash_is_that_of_a_box_filter_and_a_comparison() -> None:
    images = photographs(50, seed=1, size=72)
    hashes, is_flat = hashes_of(images)
    for image, found in zip(images, hashes, strict=True):
        gray = image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        small = np.asarray(Image.fromarray(gray, "F").resize((9, 8), Image.Resampling.BOX))
        gaps = np.diff(small, axis=1)
        bits = np.array([int(bit) for bit in f"{int(found):064b}"]).reshape(8, 8)
        telling = np.abs(gaps) > 0.01  # where two means are equal, rounding decides
        assert (bits == (gaps > 0))[telling].all()
    assert not is_flat.any()


def test_pairs_are_those_of_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_PAIRS_AT_ONCE", 500)
    monkeypatch.setattr(finding, "_AT_ONCE", 7)
    images = photographs(60, seed=2)
    noise = np.random.RandomState(3).normal(0, 14, (60, 32, 32, 3))
    shaken = np.clip(images + noise * np.linspace(0, 4, 60)[:, None, None, None], 0, 255).astype(np.uint8)
    found = alike(images, shaken)
    both = np.concatenate([images, shaken])
    hashes = [int(one) for one in hashes_of(both)[0]]
    flat = both.reshape(len(both), -1).astype(np.float64)
    correlations: NDArray[np.float64] = np.asarray(np.corrcoef(flat))
    expected = [
        (one, other)
        for one, other in itertools.combinations(range(len(both)), 2)
        if (hashes[one] ^ hashes[other]).bit_count() <= BITS and correlations[one, other] >= CORRELATION
    ]
    assert [tuple(pair) for pair in found.pairs.tolist()] == expected
    assert 10 < len(expected) < 60
    assert found.is_whole


def test_it_gives_up_beyond_so_many_candidates_and_says_so() -> None:
    images = np.repeat(photographs(1, seed=4), 50, axis=0)
    assert not alike(images, images, most_candidates=1000).is_whole


def copies(picture: Image.Image) -> dict[str, bytes]:
    """What people do to a picture that stays the same picture."""

    def encoded(image: Image.Image, kind: str = "PNG", **options: int) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    width, height = picture.size
    return {
        "equal": encoded(picture),
        "recompressed": encoded(picture, "JPEG", quality=50),
        "small": encoded(picture.resize((width // 2, height // 2), Image.Resampling.LANCZOS)),
        "brighter": encoded(ImageEnhance.Brightness(picture).enhance(1.3)),
        "trimmed": encoded(picture.crop((1, 1, width - 1, height - 1))),
    }


def imported(datasets: Path, packed: Path) -> Duplicates:
    report = import_folder("pets", packed, datasets)
    folder = datasets / "folders" / "pets"
    info = read_info(folder)
    assert info is not None
    assert info.warnings == report.warnings
    found = read_duplicates(folder, info.source)
    assert found is not None
    return found


@pytest.mark.slow
def test_planted_copies_are_found_counted_and_named(pack: Pack, tmp_path: Path) -> None:
    pictures = photographs(40, seed=5, size=64)
    files = {f"train/cat/{number}.png": png(image) for number, image in enumerate(pictures[:20])}
    files |= {f"train/dog/{number}.png": png(image) for number, image in enumerate(pictures[20:30])}
    files |= {f"test/cat/{number}.png": png(image) for number, image in enumerate(pictures[30:35])}
    files |= {f"test/dog/{number}.png": png(image) for number, image in enumerate(pictures[35:])}
    for kind, content in copies(Image.fromarray(pictures[0])).items():
        files[f"test/cat/copy-{kind}"[:60] + (".jpg" if kind == "recompressed" else ".png")] = content
    files["train/dog/cat.jpg"] = copies(Image.fromarray(pictures[1]))["recompressed"]
    found = imported(tmp_path / "datasets", pack("pets.zip", files))
    assert found.equal.test_in_train == 1
    assert found.alike.test_in_train == 4
    assert found.alike.across_classes == 2
    first, second = found.groups
    assert {member.path for member in first.members} >= {"train/cat/0.png", "test/cat/copy-small.png"}
    assert (first.images, first.splits, first.classes, first.are_equal) == (6, 2, 1, False)
    assert {(it.class_name, it.path) for it in second.members} == {
        ("cat", "train/cat/1.png"),
        ("dog", "train/dog/cat.jpg"),
    }
    told = " ".join(found.warnings)
    assert "look like a training image, without being equal to it: 4" in told
    assert "under another label: 2" in told


@pytest.mark.slow
def test_independent_pictures_raise_no_alarm() -> None:
    """Of boards without a copy, at most 5 % may claim one; none does."""
    boards = ((photographs(300, 2 * it), photographs(100, 2 * it + 1)) for it in range(20))
    assert sum(len(alike(*board).pairs) > 0 for board in boards) == 0


def test_flat_pictures_have_no_hash_to_compare() -> None:
    levels = np.arange(0, 240, 12, dtype=np.uint8)
    flat = np.broadcast_to(levels[:, None, None, None], (len(levels), 32, 32, 3))
    assert len(alike(flat, flat[:0]).pairs) == 0


def test_pictures_that_are_alike_by_nature_are_said_to_be_so(pack: Pack, tmp_path: Path) -> None:
    bar = np.zeros((32, 32, 3), np.uint8)
    bar[4:28, 12:19] = 255
    shaken = [np.roll(bar, (it % 3, it // 3 % 2), (0, 1)) // (1 + it / 40) for it in range(24)]
    names = ["train/one/{}.png", "test/one/{}.png"]
    files = {names[it % 2].format(it): png(image.astype(np.uint8)) for it, image in enumerate(shaken)}
    found = imported(tmp_path / "datasets", pack("bars.zip", files))
    assert found.alike.share > MANY
    assert "much alike by nature" in found.warnings[-1]


@pytest.mark.slow
def test_a_set_that_was_never_looked_through_is_looked_through_once_asked(tmp_path: Path) -> None:
    folder = tmp_path / "shapes10-v2"
    folder.mkdir()
    builder(V2)(folder, tmp_path, lambda _: None)
    assert read_duplicates(folder, V2.info.source) is None
    found = note_duplicates(folder)
    assert read_duplicates(folder, V2.info.source) == found
    assert read_duplicates(folder, "another") is None
    info = read_info(folder)
    assert info is not None
    assert info.warnings == found.warnings == ()
