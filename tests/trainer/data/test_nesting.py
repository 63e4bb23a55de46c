"""Folders in class folders: asked about where they can be read in two ways, and read as chosen."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.folder import import_folder
from trainer.data.layout import arrange
from trainer.data.nesting import LEAF, NestedError
from trainer.errors import DataError

Encode = Callable[..., bytes]
Pack = Callable[[str, Mapping[str, bytes]], Path]

SCENES = ["a/abbey", "a/airport_terminal", "b/bar", "z/zoo"]
DEEPER = ["a/abbey", "a/apartment/indoor", "a/apartment/outdoor", "b/bar", "b/barn/outdoor"]
KINDS = ["animals/cat", "animals/dog", "vehicles/car", "vehicles/bus"]


def tree(folders: list[str], splits: tuple[str, ...] = ("train/", "test/")) -> list[str]:
    return [f"{split}{folder}/{number}.png" for split in splits for folder in folders for number in range(2)]


def classes(files: list[str], depth: int | None) -> dict[str, list[str]]:
    """Split -> classes."""
    found: dict[str, set[str]] = {}
    for place in arrange(files, [], depth).files.values():
        found.setdefault(place.split, set()).add(place.class_name)
    return {split: sorted(names) for split, names in found.items()}


def readings(files: list[str]) -> dict[str, tuple[str, ...]]:
    with pytest.raises(NestedError) as asked:
        arrange(files, [])
    for reading in asked.value.readings:
        assert reading.option in asked.value.message
        assert f"{len(reading.classes)} class" in asked.value.message
        assert sorted(next(iter(classes(files, reading.depth).values()))) == list(reading.classes)
    return {reading.option: reading.classes for reading in asked.value.readings}


@pytest.mark.parametrize(
    "splits", [("train/", "test/"), ("",), ("places/train/", "places/val/"), ("train/",)]
)
def test_letters_and_scenes_are_asked_about(splits: tuple[str, ...]) -> None:
    assert readings(tree(SCENES, splits)) == {
        "--depth 1": ("a", "b", "z"),
        "--depth 2": ("abbey", "airport_terminal", "bar", "zoo"),
    }


def test_letters_scenes_and_their_kinds_are_asked_about() -> None:
    assert readings(tree(DEEPER)) == {
        "--depth 1": ("a", "b"),
        "--depth 2": ("abbey", "apartment", "bar", "barn"),
        "--leaf": ("abbey", "apartment/indoor", "apartment/outdoor", "bar", "barn/outdoor"),
    }


def test_kinds_of_kinds_are_asked_about_with_an_example_of_each() -> None:
    assert readings(tree(KINDS)) == {
        "--depth 1": ("animals", "vehicles"),
        "--depth 2": ("bus", "car", "cat", "dog"),
    }
    with pytest.raises(NestedError, match=r"2 classes: animals, vehicles \(--depth 1\); or 4 classes: bus"):
        arrange(tree(KINDS), [])


def test_one_class_folder_that_holds_folders_only_is_enough_to_ask() -> None:
    assert set(readings(tree(["cat", "dog", "fox/red", "fox/gray"]))) == {"--depth 1", "--leaf"}


def test_a_folder_of_one_name_in_every_class_folder_means_nothing() -> None:
    assert classes(tree(["cat/images", "dog/images"]), None)["train"] == ["cat", "dog"]


def test_names_that_would_be_equal_keep_what_tells_them_apart() -> None:
    files = tree(["red/small", "red/large", "blue/small", "blue/large"])
    assert classes(files, 2)["train"] == ["blue/large", "blue/small", "red/large", "red/small"]


def test_train_and_test_that_are_nested_differently_are_refused() -> None:
    files = [*tree(SCENES, ("train/",)), *tree([scene.split("/")[1] for scene in SCENES], ("test/",))]
    for depth in (1, LEAF):
        with pytest.raises(DataError, match=r"no class in common: 'a.* and 'abbey'"):
            arrange(files, [], depth)


def test_a_depth_that_nothing_has_is_refused_and_shallow_images_are_named() -> None:
    with pytest.raises(DataError, match="No image lies 4 folders deep"):
        arrange(tree(SCENES), [], 4)
    layout = arrange([*tree(SCENES), "train/a/cover.png"], [], 2)
    assert ("train/a/cover.png", "lies in no class folder") in layout.skipped


def test_an_empty_folder_of_the_chosen_depth_is_a_class_without_images() -> None:
    assert ("train", "attic") in arrange(tree(SCENES), ["train/a/attic", "train/a"], 2).classes


def test_a_nested_tree_is_imported_as_chosen_and_not_otherwise(
    pack: Pack, encode: Encode, tmp_path: Path
) -> None:
    files = {path: encode(number) for number, path in enumerate(tree(KINDS))}
    path = pack("kinds.zip", files)
    with pytest.raises(NestedError):
        import_folder("kinds", path, tmp_path / "sets", 16)
    assert not list((tmp_path / "sets").rglob("*.npy"))
    for depth, names in ((1, ["animals", "vehicles"]), (2, ["bus", "car", "cat", "dog"])):
        report = import_folder("kinds", path, tmp_path / "sets", 16, replace=True, depth=depth)
        assert [row.name for row in report.classes] == names
        assert report.train_images == report.test_images == 8


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join), min_size=1, unique=True),
    st.sampled_from([1, 2, 3, LEAF]),
)
def test_different_class_folders_have_different_names(folders: list[str], depth: int) -> None:
    try:
        layout = arrange(tree(folders, ("train/", "test/")), [], depth)
    except DataError:
        return
    paths = {folder if depth == LEAF else "/".join(folder.split("/")[:depth])
             for folder in folders if folder.count("/") + 1 >= depth}  # fmt: skip
    assert len({place.class_name for place in layout.files.values()}) == len(paths)
    assert len(layout.files) + len(layout.skipped) == 4 * len(folders)
