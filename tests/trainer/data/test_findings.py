"""What an import finds in its images: against a count of all pairs, and in sentences that name an example."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data import sources
from trainer.data.findings import equal_images
from trainer.data.folder import import_folder

Encode = Callable[..., bytes]
Pack = Callable[[str, Mapping[str, bytes]], Path]
Stored = Callable[[Path, str], Any]


@dataclass(frozen=True)
class Image:
    class_name: str
    source: str
    digest: bytes


images = st.lists(
    st.builds(
        lambda name, picture, number: Image(name, f"{name}/{number}", bytes([picture])),
        st.sampled_from("abc"),
        st.integers(0, 4),
        st.integers(0, 99),
    ),
    max_size=12,
)


@given(images, images)
def test_equal_images_are_those_of_all_pairs(train: list[Image], test: list[Image]) -> None:
    found = equal_images(train, test)
    assert found.test_in_train == sum(any(one.digest == other.digest for other in train) for one in test)
    assert found.repeated == sum(
        any((one.digest, one.class_name) == (other.digest, other.class_name) for other in train[:place])
        for place, one in enumerate(train)
    )
    pairs = itertools.combinations([*train, *test], 2)
    contradicting = [(a, b) for a, b in pairs if a.digest == b.digest and a.class_name != b.class_name]
    assert found.contradictions == len({a.digest for a, _ in contradicting})
    examples = {frozenset((a.source, b.source)) for a, b in contradicting}
    assert (frozenset(found.example) in examples) if examples else found.example == ()


def test_each_kind_is_named_once_the_gravest_first_and_kept(
    pack: Pack, encode: Encode, tmp_path: Path, stored: Stored
) -> None:
    files = {
        "train/cat/1.png": encode(1),
        "train/cat/2.png": encode(2),
        "train/cat/2 again.png": encode(2),
        "train/dog/3.png": encode(3),
        "train/dog/1 too.png": encode(1),
        "train/dog/empty.png": b"",
        "test/cat/4.png": encode(4),
        "test/cat/2 once more.png": encode(2),
        "test/dog/5.jpg": encode(5, "JPEG", 64),
    }
    report = import_folder("pets", pack("pets.zip", files), tmp_path, size=32)
    assert report.warnings == (
        "Images under more than one label: 1, such as train/cat/1.png and train/dog/1 too.png. No answer is "
        "right for both.",
        "Test images equal to a training image: 1. They measure memory, not learning.",
        "Training images that repeat another one of their class: 1. Class sizes count them, and validation "
        "may hold copies of what was trained on.",
        "Files skipped: 1. The first is train/dog/empty.png: the file is empty.",
        "Images smaller than 32 x 32, enlarged: 7.",
    )
    assert sources.describe("folder:pets", tmp_path).warnings == report.warnings
    kept = stored(tmp_path, "pets")["report"]
    assert kept["equals"] == {"test_in_train": 1, "repeated": 1, "contradictions": 1,
                              "example": ["train/cat/1.png", "train/dog/1 too.png"]}  # fmt: skip


def test_damage_is_told_beside_what_it_left_without_use(pack: Pack, encode: Encode, tmp_path: Path) -> None:
    """In the order of names the consequence would come first, and alone."""
    whole = {f"{split}/cat/{number}.png": encode(number) for number, split in enumerate(["train", "test"])}
    harmed = {f"train/ant/{number}.png": b"" for number in range(2)}
    spared = {f"test/ant/{number}.png": encode(10 + number) for number in range(3)}
    report = import_folder("pets", pack("pets.zip", whole | harmed | spared), tmp_path, size=16)
    assert (
        "Files skipped: 5. 3 such as test/ant/0.png: its class has no usable training image; 2 such as "
        "train/ant/0.png: the file is empty." in report.warnings
    )


def test_an_import_of_an_earlier_version_tells_what_it_knew(
    pack: Pack, encode: Encode, tmp_path: Path
) -> None:
    import_folder("pets", pack("pets", {f"cat/{i}.png": encode(i) for i in range(5)}), tmp_path, 16)
    info = tmp_path / "folders" / "pets" / "info.json"
    text = info.read_text()
    start = text.index(' "warnings": [')
    info.write_text(text[:start] + text[text.index(' "report"') :])
    told = sources.describe("folder:pets", tmp_path).warnings
    assert any(said.startswith("There is no test folder") for said in told)
    assert any(said.startswith("There is one class only, 'cat'") for said in told)


@pytest.mark.parametrize("damage", ["[]", "null", '"x"', '{"report": 1}', '{"report": {"warnings": 3}}'])
def test_a_damaged_report_is_no_crash(pack: Pack, encode: Encode, tmp_path: Path, damage: str) -> None:
    import_folder("pets", pack("pets", {f"cat/{i}.png": encode(i) for i in range(5)}), tmp_path, 16)
    (tmp_path / "folders" / "pets" / "info.json").write_text(damage)
    assert "folder:pets" not in [info.name for info in sources.list_datasets(tmp_path)]
