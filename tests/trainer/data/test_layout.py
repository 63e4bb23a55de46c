"""Which split and class a path belongs to, on the layouts that people really have."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.layout import EXTENSIONS, arrange
from trainer.errors import DataError


def classes(files: Iterable[str], folders: Iterable[str] = ()) -> dict[str, set[str]]:
    """{split: classes} of the files that have a place."""
    found: dict[str, set[str]] = {}
    for place in arrange(files, folders).files.values():
        found.setdefault(place.split, set()).add(place.class_name)
    return found


BOTH = {"train": {"cat", "dog"}, "test": {"cat", "dog"}}
SPLIT = [f"{split}/{name}/1.png" for split in ("train", "test") for name in ("cat", "dog")]


@pytest.mark.parametrize("wrapper", ["", "pets/", "archive/pets/", "test/", "train/", "images 2024/"])
def test_folders_around_the_data_set_are_looked_through(wrapper: str) -> None:
    assert classes(wrapper + path for path in SPLIT) == BOTH
    flat = [f"{wrapper}{name}/1.png" for name in ("cat", "dog")]
    if wrapper not in ("test/", "train/"):
        assert classes(flat) == {"all": {"cat", "dog"}}


@pytest.mark.parametrize("name", ["val", "valid", "validation", "VAL", "Testing"])
def test_a_validation_folder_alone_is_the_test_set(name: str) -> None:
    layout = arrange([path.replace("test/", f"{name}/") for path in SPLIT], [])
    assert {place.split for place in layout.files.values()} == {"train", "test"}
    assert layout.warnings == ([] if name == "Testing" else [f"{name!r} is taken as the test set."])


def test_beside_a_test_folder_the_validation_folder_is_left_out_and_said_so() -> None:
    layout = arrange([*SPLIT, "val/cat/2.png"], [])
    assert "val/cat/2.png" not in layout.files
    assert layout.warnings == ["'val' is left out: 'test' is the test set."]
    assert layout.skipped == [("val/cat/2.png", "the folder 'val' is left out")]


def test_a_training_folder_alone_is_to_be_split() -> None:
    assert classes(["train/cat/1.png", "train/dog/1.png"]) == {"all": {"cat", "dog"}}
    assert classes(["train/cat/1.png"]) == {"all": {"cat"}}


def test_test_images_without_classes_do_not_count() -> None:
    layout = arrange(["train/cat/1.png", "train/dog/1.png", "test/1.png"], [])
    assert {place.split for place in layout.files.values()} == {"all"}
    assert layout.skipped == [("test/1.png", "lies in no class folder")]


def test_a_class_may_be_called_train() -> None:
    assert classes(["car/1.png", "train/1.png", "bus/1.png"]) == {"all": {"car", "train", "bus"}}
    assert classes(["train/train/1.png", "test/train/1.png"]) == {"train": {"train"}, "test": {"train"}}


def test_one_class_alone_is_a_class() -> None:
    assert classes(["cat/1.png"]) == classes(["pets/cat/1.png"]) == {"all": {"cat"}}


def test_everything_below_a_class_folder_belongs_to_the_class() -> None:
    layout = arrange(["train/cat/2020/1.png", "train/cat/2.png", "test/cat/3.png"], [])
    assert {place.class_name for place in layout.files.values()} == {"cat"}
    assert layout.files["train/cat/2020/1.png"].inner == "2020/1.png"


def test_stray_images_are_named_and_do_not_make_classes() -> None:
    layout = arrange(["cover.jpg", "pets/cover.jpg", "pets/cat/1.png", "pets/dog/1.png"], [])
    assert {place.class_name for place in layout.files.values()} == {"cat", "dog"}
    assert layout.skipped == [
        ("cover.jpg", "lies in no class folder"),
        ("pets/cover.jpg", "lies in no class folder"),
    ]


def test_litter_is_counted_and_other_files_are_named() -> None:
    litter = ["__MACOSX/pets/train/cat/._1.jpg", "pets/.DS_Store", "pets/train/cat/Thumbs.db",
              "pets/train/dog/desktop.ini", ".git/objects/1.png", "pets/train/cat/._2.png"]  # fmt: skip
    layout = arrange(
        [*(f"pets/{path}" for path in SPLIT), *litter, "pets/train/cat/7.HEIC", "pets/LICENSE"], []
    )
    assert layout.litter == len(litter)
    assert layout.skipped == [
        ("pets/train/cat/7.HEIC", "unsupported kind of file (.heic)"),
        ("pets/LICENSE", "unsupported kind of file (no extension)"),
    ]


def test_an_empty_class_folder_is_seen() -> None:
    layout = arrange(SPLIT, ["train", "train/fox", "test", "test/cat", "train/__MACOSX"])
    assert layout.classes == {
        ("train", "cat"), ("train", "dog"), ("train", "fox"), ("test", "cat"), ("test", "dog")
    }  # fmt: skip


def test_accents_are_one_letter_however_they_are_spelt() -> None:
    assert classes(["train/caf\u00e9/1.png", "test/cafe\u0301/1.png"]) == {
        "train": {"café"},
        "test": {"café"},
    }


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "no images"),
        (["cat/notes.txt"], "no images"),
        (["1.png", "2.png"], "no class folder"),
        (["train/1.png", "test/1.png"], "no class folders in them"),
        (["test/cat/1.png", "test/dog/1.png"], "no training folder"),
    ],
)
def test_what_cannot_be_a_data_set_is_refused_with_what_to_do(files: list[str], words: str) -> None:
    with pytest.raises(DataError, match=words) as refused:
        arrange(files, [])
    assert refused.value.hint


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["train", "test", "val", "cat", "dog", ".x", "__MACOSX", "pets"]),
            st.sampled_from(["train", "cat", "dog", "a"]),
            st.sampled_from(["1.png", "2.JPG", "notes.txt", ".DS_Store", "deep/3.gif"]),
        ).map("/".join),
        min_size=1,
        unique=True,
    )
)
def test_every_file_is_placed_skipped_or_litter(files: list[str]) -> None:
    try:
        layout = arrange(files, [])
    except DataError:
        return
    assert len(layout.files) + len(layout.skipped) + layout.litter == len(files)
    assert all(path.lower().endswith(EXTENSIONS) for path in layout.files)
