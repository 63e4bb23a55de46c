"""Tiny-ImageNet's layout with few classes: detection, labels from its lists, names, size, what is left."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trainer.data import sources
from trainer.data.folder import import_folder
from trainer.data.tiny_imagenet import arrange_tiny_imagenet, base_of
from trainer.errors import DataError

Encode = Callable[..., bytes]
Pack = Callable[[str, Mapping[str, bytes]], Path]

WORDS = (
    "n00001740\tentity\n"
    "n01443537\tgoldfish, Carassius auratus\n"
    "n02124075\tEgyptian cat\n"
    "n02012849\tcrane\n"
    "n03126707\tcrane\n"
    "n99999999\tnobody's class\n"
)
"""Two cranes, as in WordNet: the bird and the machine."""
WNIDS = ("n02124075", "n01443537", "n03126707", "n02012849")
"""Not in order, as in the real file."""
NAMES = ("goldfish", "n02012849", "Egyptian cat", "n03126707")
"""By number."""


def tiny(encode: Encode, base: str = "tiny-imagenet-200/", each: int = 3) -> dict[str, bytes]:
    files = {"wnids.txt": "\n".join(WNIDS).encode() + b"\n", "words.txt": WORDS.encode()}
    for at, wnid in enumerate(WNIDS):
        for number in range(each):
            files[f"train/{wnid}/images/{wnid}_{number}.JPEG"] = encode(10 * at + number, "JPEG", 64)
        files[f"train/{wnid}/{wnid}_boxes.txt"] = f"{wnid}_0.JPEG\t0\t10\t63\t58\n".encode()
    labels = [
        ("val_0.JPEG", WNIDS[2]),
        ("val_1.JPEG", WNIDS[0]),
        ("val_2.JPEG", WNIDS[1]),
        ("val_3.JPEG", WNIDS[0]),
    ]
    for at, (name, _) in enumerate(labels):
        files[f"val/images/{name}"] = encode(100 + at, "JPEG", 64)
    files["val/val_annotations.txt"] = "".join(f"{n}\t{wnid}\t0\t32\t44\t62\n" for n, wnid in labels).encode()
    files["test/images/test_0.JPEG"] = encode(200, "JPEG", 64)
    return {base + path: content for path, content in files.items()}


@pytest.mark.parametrize("name", ["folder", "tiny.zip", "tiny.tar.gz"])
def test_labels_and_names_are_those_of_the_lists(
    tmp_path: Path, encode: Encode, pack: Pack, name: str
) -> None:
    files = tiny(encode)
    report = import_folder("tiny", pack(name, files), tmp_path / "datasets")
    assert [(row.name, row.train, row.test) for row in report.classes] == [
        ("goldfish", 3, 1), ("n02012849", 3, 0), ("Egyptian cat", 3, 2), ("n03126707", 3, 1),
    ]  # fmt: skip
    arrays = sources.load("folder:tiny", tmp_path / "datasets", print)
    assert (arrays.info.class_names, arrays.info.image_size) == (NAMES, 64)
    assert arrays.train_labels.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert arrays.test_labels.tolist() == [0, 2, 2, 3]
    for split, position, path in (
        (arrays.train_images, 1, "train/n01443537/images/n01443537_1.JPEG"),
        (arrays.train_images, 8, "train/n02124075/images/n02124075_2.JPEG"),
        (arrays.test_images, 0, "val/images/val_2.JPEG"),
        (arrays.test_images, 2, "val/images/val_3.JPEG"),
    ):
        with Image.open(io.BytesIO(files[f"tiny-imagenet-200/{path}"])) as picture:
            assert np.array_equal(split[position], np.asarray(picture)), path


def test_what_has_no_label_is_left_out_and_said(tmp_path: Path, encode: Encode, pack: Pack) -> None:
    files = tiny(encode, "")
    more = {
        "val/images/val_9.JPEG": encode(300, "JPEG"),
        "train/n00001740/images/x.JPEG": encode(301, "JPEG"),
        "__MACOSX/._wnids.txt": b"",
        "other.png": encode(302),
    }
    report = import_folder("tiny", pack("folder", files | more), tmp_path / "datasets")
    reasons = {item.path: item.reason for item in report.skipped}
    boxes = {f"train/{wnid}/{wnid}_boxes.txt": "not an image" for wnid in WNIDS}
    assert reasons == boxes | {
        "val/images/val_9.JPEG": "val/val_annotations.txt does not name it",
        "train/n00001740/images/x.JPEG": "wnids.txt does not name its class",
        "test/images/test_0.JPEG": "a test image without a label",
        "other.png": "lies in no folder of the data set",
    }
    assert report.litter == 1
    assert report.train_images + report.test_images + report.skipped_files + report.litter + 3 == len(
        files | more
    )
    assert report.warnings[0] == (
        "The validation images of Tiny-ImageNet test; its own test images have no labels."
    )
    assert "Class 'n02012849' has no test images, so it has no recall." in report.warnings


def test_labels_of_images_and_classes_that_are_not_there_are_said(
    tmp_path: Path, encode: Encode, pack: Pack
) -> None:
    files = tiny(encode, "")
    files["val/val_annotations.txt"] += (
        b"val_7.JPEG\tn01443537\t0\t0\t1\t1\nval_3.JPEG\tn00001740\t0\t0\t1\t1\n"
    )
    files = {path: content for path, content in files.items() if not path.startswith("train/n03126707/")}
    report = import_folder("tiny", pack("folder", files), tmp_path / "datasets")
    assert [row.name for row in report.classes] == ["goldfish", "n02012849", "Egyptian cat"]
    told = " ".join(report.warnings)
    assert "val/val_annotations.txt names 1 images that are not there." in told
    assert "Class 'n03126707' has no usable training image: its test images (1) are left out." in told
    assert "Class 'n00001740' has no usable training image: its test images (1) are left out." in told


def test_a_size_that_is_said_holds_and_other_layouts_stay_at_32(
    tmp_path: Path, encode: Encode, pack: Pack
) -> None:
    path = pack("folder", tiny(encode, ""))
    assert import_folder("small", path, tmp_path / "datasets", size=16).image_size == 16
    plain = pack("plain", {f"{split}/cat/{split}.png": encode(size=64) for split in ("train", "test")})
    assert import_folder("plain", plain, tmp_path / "datasets").image_size == 32


def test_a_depth_reads_it_by_its_folders(tmp_path: Path, encode: Encode, pack: Pack) -> None:
    path = pack("folder", tiny(encode, ""))
    with pytest.raises(DataError, match="no class in common: 'n01443537', 'n02012849', 'n02124075'"):
        import_folder("tiny", path, tmp_path / "datasets", depth=1)


def test_it_is_recognised_by_all_of_its_lists_and_an_image_that_they_label(encode: Encode) -> None:
    whole = list(tiny(encode, "a/b/"))
    assert base_of(whole) == "a/b/"
    assert base_of(path.removeprefix("a/b/") for path in whole) == ""
    for needed in ("wnids.txt", "words.txt", "val/val_annotations.txt"):
        assert base_of(path for path in whole if not path.endswith(needed)) is None
    sorted_by_hand = [path.replace("val/images/", "val/n01443537/") for path in whole]
    assert base_of(sorted_by_hand) is None, "whose validation images lie in class folders reads these"


WNID = st.sampled_from(["n1", "n2", "n3", "n4"])


@given(
    st.sets(WNID, min_size=1), st.dictionaries(WNID, st.sampled_from(["n1", "n2", "cat", "dog", "", " cat"]))
)
def test_no_two_classes_share_a_name_whatever_the_words_say(wnids: set[str], words: dict[str, str]) -> None:
    texts = {
        "wnids.txt": "\n".join(wnids),
        "words.txt": "\n".join(f"{wnid}\t{word}, other" for wnid, word in words.items()),
        "val/val_annotations.txt": "",
    }
    files = [f"train/{wnid}/images/{wnid}_0.JPEG" for wnid in sorted(wnids)]
    layout = arrange_tiny_imagenet(files, "", texts)
    names = [layout.files[path].class_name for path in files]
    assert len(set(names)) == len(wnids)
    assert sorted(names, key=layout.rank) == names
    chosen = [words.get(wnid, "").strip() for wnid in sorted(wnids)]
    for wnid, name, word in zip(sorted(wnids), names, chosen, strict=True):
        own = word and chosen.count(word) == 1 and word not in wnids
        assert name == (word if own else wnid)


@pytest.mark.parametrize("line", ["val_0.JPEG n01443537 0 0 1 1", "just words"])
def test_a_line_that_is_no_label_is_refused_with_its_number(line: str) -> None:
    texts = {
        "wnids.txt": "n1",
        "words.txt": "",
        "val/val_annotations.txt": f"val_1.JPEG\tn1\n\n{line}\n",
    }
    with pytest.raises(DataError, match=r"Line 3 of val/val_annotations\.txt is no file name, tab and class"):
        arrange_tiny_imagenet(["val/images/val_1.JPEG"], "", texts)


def test_a_list_that_is_no_list_is_refused(tmp_path: Path, encode: Encode, pack: Pack) -> None:
    files = tiny(encode, "") | {"words.txt": b"x" * (8 * 2**20 + 1)}
    with pytest.raises(DataError, match=r"words.txt is larger than 8,388,608 bytes"):
        import_folder("tiny", pack("folder", files), tmp_path / "datasets")
    assert not (tmp_path / "datasets" / "folders" / "tiny").exists()
