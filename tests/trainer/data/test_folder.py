"""Importing folders and archives of images: the trials S01 to S06, and that a bad import leaves nothing."""

import io
import os
import posixpath
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from trainer.config import DataConfig, LossConfig
from trainer.data import sources
from trainer.data.findings import ImportReport
from trainer.data.folder import import_folder
from trainer.data.longtail import draw
from trainer.data.tree import Limits
from trainer.errors import DataError
from trainer.weighting import class_weights

Encode = Callable[..., bytes]
Pack = Callable[[str, Mapping[str, bytes]], Path]
Stored = Callable[[Path, str], Any]


def by_class(report: ImportReport) -> dict[str, tuple[int, int]]:
    return {count.name: (count.train, count.test) for count in report.classes}


def skipped(report: ImportReport) -> dict[str, str]:
    return {item.path: item.reason for item in report.skipped}


def pets(encode: Encode, names: str = "cat dog", each: int = 2, split: str = "test") -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for folder in ("train", split):
        for name in names.split():
            for _ in range(each):
                files[f"{folder}/{name}/{len(files)}.png"] = encode(len(files))
    return files


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    return tmp_path / "datasets"


def test_s01_every_mode_becomes_honest_rgb_and_is_counted(pack: Pack, datasets: Path) -> None:
    def png(image: Image.Image, kind: str = "PNG") -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, kind)
        return buffer.getvalue()

    ramp = np.arange(256).reshape(16, 16)
    files = {
        "a/deep.png": png(Image.fromarray((257 * ramp).astype(np.uint16))),
        "a/twin.png": png(Image.fromarray(ramp.astype(np.uint8))),
        "b/ink.jpg": png(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"),
        "b/rgba.png": png(Image.new("RGBA", (16, 16), (0, 0, 255, 255))),
        "b/palette.png": png(Image.new("P", (16, 16))),
        "b/bit.png": png(Image.new("1", (16, 16), 1)),
    }
    both = {f"{split}/{path}": content for split in ("train", "test") for path, content in files.items()}
    report = import_folder("modes", pack("modes", both), datasets, size=16)
    assert report.modes == {"1": 2, "CMYK": 2, "I;16": 2, "L": 2, "P": 2, "RGBA": 2}
    arrays = sources.load("folder:modes", datasets, print)
    deep, twin, bit, ink, _, rgba = arrays.train_images
    assert np.array_equal(deep, twin)
    assert deep.mean() == 127.5
    assert len(np.unique(deep)) == 256
    assert np.abs(ink.astype(int) - [255, 0, 0]).max() <= 2
    assert (rgba == [0, 0, 255]).all()
    assert (bit == 255).all()


def test_s02_damaged_files_are_listed_before_any_run(pack: Pack, encode: Encode, datasets: Path) -> None:
    cut = encode(99, "JPEG", 64)
    bad = {
        "train/cat/cut.jpg": cut[: len(cut) // 2],
        "train/cat/zero.png": b"",
        "train/dog/words.jpg": b"these are words",
    }
    report = import_folder("pets", pack("pets", {**pets(encode, each=10), **bad}), datasets, size=16)
    assert report.train_images + report.test_images == 40
    assert set(skipped(report)) == set(bad)
    assert "cut off" in skipped(report)["train/cat/cut.jpg"]
    assert skipped(report)["train/cat/zero.png"] == "the file is empty"
    assert "not an image" in skipped(report)["train/dog/words.jpg"]


def test_s03_classes_are_matched_by_name_across_splits(pack: Pack, encode: Encode, datasets: Path) -> None:
    pictures = {name: encode(seed) for seed, name in enumerate(("cat", "dog", "fox", "owl"))}
    train = {f"train/{name}/1.png": pictures[name] for name in ("cat", "dog", "fox")}

    fewer = {f"val/{name}/1.png": pictures[name] for name in ("dog", "fox")}
    report = import_folder("fewer", pack("fewer", train | fewer), datasets, size=16)
    assert by_class(report) == {"cat": (1, 0), "dog": (1, 1), "fox": (1, 1)}
    assert "Class 'cat' has no test images" in " ".join(report.warnings)
    assert accuracy_of_memory(datasets, "fewer") == 1

    other = {f"val/{name}/1.png": pictures[name] for name in ("dog", "fox", "owl")}
    report = import_folder("other", pack("other", train | other), datasets, size=16)
    assert by_class(report) == {"cat": (1, 0), "dog": (1, 1), "fox": (1, 1)}
    assert "Class 'owl' has no usable training image: its test images (1) are left out." in report.warnings
    assert "val/owl/1.png" in skipped(report)
    assert accuracy_of_memory(datasets, "other") == 1


def accuracy_of_memory(datasets: Path, name: str) -> float:
    """Test accuracy of a model that knows every training image by heart."""
    arrays = sources.load(f"folder:{name}", datasets, print)
    memory = {
        image.tobytes(): label for image, label in zip(arrays.train_images, arrays.train_labels, strict=True)
    }
    guesses = [memory[image.tobytes()] for image in arrays.test_images]
    return float(np.mean(np.array(guesses) == arrays.test_labels))


def test_s04_wrappers_and_litter_make_no_classes(pack: Pack, encode: Encode, datasets: Path) -> None:
    wrapped = {f"pets/{path}": content for path, content in pets(encode, split="val").items()}
    litter = {"__MACOSX/pets/train/cat/._1.jpg": b"\0\5\x16\7", "pets/.DS_Store": b"\0\0\0\1Bud1"}
    report = import_folder("pets", pack("pets.zip", {**wrapped, **litter}), datasets, size=16)
    assert by_class(report) == {"cat": (2, 2), "dog": (2, 2)}
    assert report.litter == 2
    assert report.warnings == ("'val' is taken as the test set.",)

    flat = {f"{name}/{number}.png": encode(number) for name in ("cat", "dog") for number in range(10)}
    report = import_folder("flat", pack("flat.zip", flat), datasets, size=16)
    assert by_class(report) == {"cat": (8, 2), "dog": (8, 2)}
    assert "no test folder: 20% of each class" in report.warnings[0]


def test_s05_every_spelling_of_an_extension_counts_once(pack: Pack, encode: Encode, datasets: Path) -> None:
    names = ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.JPG", "6.JPG", "7.jpeg", "8.jpeg", "9.webp", "10.PNG"]
    kinds = {"jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "png": "PNG"}
    files = {f"cat/{name}": encode(i, kinds[name.split(".")[1].lower()]) for i, name in enumerate(names)}
    report = import_folder("cats", pack("cats", {**files, "cat/11.heic": b"ftypheic"}), datasets, size=16)
    assert report.train_images + report.test_images == 10
    assert report.skipped_files == 1
    assert skipped(report) == {"cat/11.heic": "unsupported kind of file (.heic)"}


def test_s06_an_empty_class_is_left_out_and_the_weights_stay_finite(
    pack: Pack, encode: Encode, datasets: Path
) -> None:
    counts = {"a": 120, "b": 30}
    files = {
        f"train/{name}/{i}.png": encode(1000 * ord(name) + i)
        for name, count in counts.items()
        for i in range(count)
    }
    path = pack("abc", {**files, "test/a/1.png": encode(500), "test/b/1.png": encode(501)})
    (path / "train" / "c").mkdir()
    report = import_folder("abc", path, datasets, size=16)
    assert by_class(report) == {"a": (120, 1), "b": (30, 1)}
    assert report.warnings == ("Class 'c' has no usable training image: it is left out.",)
    loss = LossConfig(weighting="class_balanced", beta=0.999)
    assert class_weights([120, 30], loss) == pytest.approx((0.4144, 1.5856), abs=5e-5)


@pytest.mark.parametrize("name", ["../secret.png", "/secret.png", "train/../../secret.png"])
@pytest.mark.parametrize("kind", ["bad.zip", "bad.tar.gz"])
def test_s21_an_archive_that_reaches_outside_leaves_nothing(
    pack: Pack, encode: Encode, datasets: Path, kind: str, name: str
) -> None:
    path = pack(kind, {**pets(encode), name: encode(50)})
    with pytest.raises(DataError, match="refused and nothing of it was read"):
        import_folder("bad", path, datasets, size=16)
    assert not datasets.exists()


def test_the_same_images_give_the_same_data_set_however_they_are_packed(
    pack: Pack, encode: Encode, datasets: Path
) -> None:
    files = pets(encode, each=3)
    shuffled = dict(sorted(files.items(), key=lambda item: item[0][::-1]))
    wrapped = {f"wrap/{path}": content for path, content in reversed(files.items())}
    for name, path in (
        ("one", pack("plain", files)),
        ("two", pack("x.zip", shuffled)),
        ("three", pack("x.tar.gz", wrapped)),
    ):
        import_folder(name, path, datasets, size=16)
    one, two, three = (sources.load(f"folder:{name}", datasets, print) for name in ("one", "two", "three"))
    for other in (two, three):
        assert np.array_equal(one.train_images, other.train_images)
        assert np.array_equal(one.test_images, other.test_images)
        assert one.info.source.split("/")[1] == other.info.source.split("/")[1]
    assert one.train_labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_one_changed_pixel_changes_the_identity(pack: Pack, encode: Encode, datasets: Path) -> None:
    files = pets(encode)
    import_folder("pets", pack("one", files), datasets, size=16)
    before = sources.describe("folder:pets", datasets).source
    import_folder("pets", pack("two", {**files, "train/cat/0.png": encode(77)}), datasets, 16, replace=True)
    assert sources.describe("folder:pets", datasets).source != before


def test_an_imported_data_set_is_described_and_can_be_drawn_from(
    pack: Pack, encode: Encode, datasets: Path, stored: Stored
) -> None:
    report = import_folder("pets", pack("pets", pets(encode, each=5)), datasets)
    info = sources.describe("folder:pets", datasets)
    assert (info.class_names, info.train_counts, info.test_counts) == (("cat", "dog"), (5, 5), (5, 5))
    assert (info.image_size, info.ready) == (32, True)
    arrays = sources.load("folder:pets", datasets, print)
    assert arrays.train_images.shape == (10, 32, 32, 3)
    scaled = arrays.train_images / 255
    assert info.mean == pytest.approx(scaled.mean((0, 1, 2)))
    assert info.std == pytest.approx(scaled.std((0, 1, 2)))
    split = draw(arrays.train_labels, DataConfig(imbalance_ratio=5), info.source, 2, info.class_names)
    assert split.plan.train_counts == (5, 1)
    assert stored(datasets, "pets")["report"]["train_images"] == report.train_images == 10


def test_small_classes_survive_the_split(pack: Pack, encode: Encode, datasets: Path) -> None:
    sizes = {"one": 1, "two": 2, "four": 4, "ten": 10}
    files = {f"{name}/{i}.png": encode(1000 * len(name) + i) for name, n in sizes.items() for i in range(n)}
    report = import_folder("small", pack("small", files), datasets, size=16)
    assert by_class(report) == {"four": (3, 1), "one": (1, 0), "ten": (8, 2), "two": (1, 1)}


def test_test_images_that_are_training_images_are_counted(pack: Pack, encode: Encode, datasets: Path) -> None:
    same = pets(encode) | {"test/cat/copy.png": encode(0)}
    report = import_folder("pets", pack("pets", same), datasets, size=16)
    assert "Test images equal to a training image: 1." in report.warnings[0]


@pytest.mark.parametrize("name", ["", "Pets", "../pets", "a/b", "pets.zip", "-x", "a" * 65, "pets\n"])
def test_a_name_that_breaks_the_rule_is_refused(
    pack: Pack, encode: Encode, datasets: Path, name: str
) -> None:
    with pytest.raises(DataError, match="cannot be the name"):
        import_folder(name, pack("pets", pets(encode)), datasets)


def test_a_taken_name_is_refused_unless_it_is_to_be_replaced(
    pack: Pack, encode: Encode, datasets: Path
) -> None:
    path = pack("pets", pets(encode))
    import_folder("pets", path, datasets, size=16)
    with pytest.raises(DataError, match="already"):
        import_folder("pets", path, datasets, size=24)
    reading = sources.load("folder:pets", datasets, print)
    import_folder("pets", path, datasets, size=24, replace=True)
    assert sources.describe("folder:pets", datasets).image_size == 24
    assert reading.train_images[0].shape == (16, 16, 3)


@pytest.mark.parametrize(
    ("files", "limits", "words"),
    [
        ({}, Limits(), "no images"),
        ({"train/cat/1.png": b"no", "test/cat/1.png": b"no"}, Limits(), "no usable training image"),
        ({"cat/1.png": None}, Limits(), "no usable test image"),
        ({"cat/1.png": None, "dog/1.png": None}, Limits(classes=1), "2 classes; 1 is the most"),
        ({"cat/1.png": None, "dog/1.png": None}, Limits(stored_bytes=1000), "1,536 bytes; 1,000 is the most"),
        ({"cat/1.png": None, "cat/2.png": None}, Limits(pixels=100), "no usable training image"),
    ],
)
def test_a_refused_import_leaves_nothing_and_keeps_what_was_there(
    pack: Pack,
    encode: Encode,
    datasets: Path,
    files: dict[str, bytes | None],
    limits: Limits,
    words: str,
) -> None:
    import_folder("kept", pack("good", pets(encode)), datasets, size=16)
    before = sorted(os.walk(datasets))
    path = pack("bad", {"notes.txt": b"x"} | {k: encode(1) if v is None else v for k, v in files.items()})
    for name, replace in (("new", False), ("kept", True)):
        with pytest.raises(DataError, match=words) as refused:
            import_folder(name, path, datasets, 16, replace, limits)
        assert refused.value.hint
    assert sorted(os.walk(datasets)) == before
    assert sources.load("folder:kept", datasets, print).info.train_counts == (2, 2)


@pytest.mark.parametrize("size", [15, 257])
def test_a_size_out_of_bounds_is_refused(pack: Pack, encode: Encode, datasets: Path, size: int) -> None:
    with pytest.raises(DataError, match=f"Size {size} is refused"):
        import_folder("pets", pack("pets", pets(encode)), datasets, size=size)


def test_a_zip_that_lies_about_its_size_is_not_read_past_it(
    pack: Pack, encode: Encode, datasets: Path
) -> None:
    path = pack("bomb.zip", pets(encode))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train/cat/bomb.png", b"\0" * 5_000_000)
    raw = bytearray(path.read_bytes())
    record = raw.rindex(b"PK\x01\x02")
    raw[record + 24 : record + 28] = (100).to_bytes(4, "little")
    path.write_bytes(raw)
    report = import_folder("bomb", path, datasets, size=16)
    assert set(skipped(report)) == {"train/cat/bomb.png"}
    assert by_class(report) == {"cat": (2, 2), "dog": (2, 2)}


def test_class_names_are_text(pack: Pack, encode: Encode, datasets: Path) -> None:
    odd = ["<b onclick=x>cat", "dog 'n\" fox", "日本"]
    files = {f"{split}/{name}/1.png": encode(i) for i, name in enumerate(odd) for split in ("train", "test")}
    import_folder("odd", pack("odd.zip", files), datasets, size=16)
    assert sources.describe("folder:odd", datasets).class_names == tuple(sorted(odd))


def _archive_of_cifar10() -> Path:
    given = os.environ.get("BETABOARD_TEST_CIFAR10_JPEG")
    return Path(given) if given else Path(__file__).parents[4] / "shared" / "data" / "cifar10-jpeg.tar.gz"


def _fifth(archive: Path, folder: Path) -> Path:
    path, seen = folder / archive.name, Counter[str]()
    with tarfile.open(archive) as whole, tarfile.open(path, "w:gz", compresslevel=1) as part:
        for member in whole:
            if member.isfile():
                seen[posixpath.dirname(member.name)] += 1
                if seen[posixpath.dirname(member.name)] % 5 == 0:
                    part.addfile(member, whole.extractfile(member))
    assert sum(seen.values()) == 60_000
    return path


@pytest.mark.slow
@pytest.mark.skipif(
    not _archive_of_cifar10().is_file(),
    reason="no JPEG copy of CIFAR-10: set BETABOARD_TEST_CIFAR10_JPEG to its archive",
)
def test_the_jpeg_copy_of_cifar10(datasets: Path, tmp_path: Path) -> None:
    """Of each of its folders every fifth file, in a copy of the archive."""
    told: list[str] = []
    report = import_folder("cifar10-jpeg", _fifth(_archive_of_cifar10(), tmp_path), datasets, say=told.append)
    assert set(by_class(report).values()) == {(1000, 200)}
    assert [count.name for count in report.classes] == list(sources.describe("cifar10", datasets).class_names)
    assert (report.skipped, report.modes) == ((), {"RGB": 12_000})
    (alike,) = report.warnings
    assert alike.startswith("Test images that look like a training image, without being equal to it: 2 (")
    assert told[-2:] == ["10,000 of 12,000 images read", "Looking for duplicates"]
    assert sources.describe("folder:cifar10-jpeg", datasets).mean == pytest.approx(
        (0.491, 0.482, 0.447), abs=5e-3
    )
