"""`betaboard data`: importing from a folder, the report, refusals, and the list."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from app.cli import main
from app.settings import Settings


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes, five training and two test images each, and a file that is no image."""
    root = tmp_path / "pets"
    for split, number in (("train", 5), ("test", 2)):
        for value, name in enumerate(("cat", "dog")):
            folder = root / split / name
            folder.mkdir(parents=True)
            for index in range(number):
                Image.new("RGB", (20, 20), (value * 200, index * 10, 0)).save(folder / f"{index}.png")
    (root / "train" / "cat" / "broken.png").write_bytes(b"")
    return root


def data(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["data", *arguments, "--data-dir", str(tmp_path / "board")])


def test_add_reports_counts_and_what_it_skipped(tmp_path: Path, pictures: Path) -> None:
    result = data(tmp_path, "add", "pets", str(pictures))
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "folder:pets: 2 classes, 10 training and 4 test images of 32 x 32 (modes: RGB 14)"
    assert "  cat: 5 training, 2 test" in lines
    assert any("train/cat/broken.png" in line for line in lines)


def test_add_says_how_equal_classes_become_a_long_tail(tmp_path: Path, pictures: Path) -> None:
    equal = data(tmp_path, "add", "pets", str(pictures)).stdout
    assert "As a long tail: betaboard launch --set data.dataset=folder:pets" in equal
    (pictures / "train" / "cat" / "0.png").unlink()
    assert "As a long tail" not in data(tmp_path, "add", "pets", str(pictures), "--replace").stdout


def test_add_as_json_and_list(tmp_path: Path, pictures: Path) -> None:
    report = json.loads(data(tmp_path, "add", "pets", str(pictures), "--size", "16", "--json").stdout)
    assert (report["dataset"], report["image_size"], report["train_images"]) == ("folder:pets", 16, 10)
    listed = data(tmp_path, "list").stdout
    assert "folder:pets: 2 classes, 10 training and 4 test images\n" in listed
    assert "shapes10: 10 classes" in listed
    found = json.loads(data(tmp_path, "list", "--json").stdout)
    published = ["cifar10", "cifar100", "svhn", "fashion_mnist"]
    assert [info["name"] for info in found] == ["shapes10", *published, "shapes10-v1", "folder:pets"]


def test_name_that_is_taken_needs_replace(tmp_path: Path, pictures: Path) -> None:
    data(tmp_path, "add", "pets", str(pictures))
    refused = data(tmp_path, "add", "pets", str(pictures))
    assert refused.exit_code == 2
    assert "--replace" in refused.stderr
    assert data(tmp_path, "add", "pets", str(pictures), "--replace").exit_code == 0


@pytest.mark.parametrize(("name", "path"), [("../x", "."), ("pets", "/nowhere"), ("", ".")])
def test_refusals_are_one_sentence(tmp_path: Path, name: str, path: str) -> None:
    result = data(tmp_path, "add", name, path)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output


@pytest.fixture
def kinds(tmp_path: Path, pictures: Path) -> Path:
    """The same pictures as train/animals/cat and so on."""
    root = tmp_path / "kinds"
    for split in ("train", "test"):
        for outer, inner in (("animals", "cat"), ("things", "dog")):
            (root / split / outer).mkdir(parents=True)
            shutil.copytree(pictures / split / inner, root / split / outer / inner)
    return root


def test_folders_in_class_folders_are_refused_with_both_readings(tmp_path: Path, kinds: Path) -> None:
    refused = data(tmp_path, "add", "kinds", str(kinds))
    assert refused.exit_code == 2
    assert "2 classes: animals, things (--depth 1); or 2 classes: cat, dog (--depth 2)" in refused.stderr
    assert "folder:kinds" not in data(tmp_path, "list").stdout
    assert "exclude each other" in data(tmp_path, "add", "kinds", str(kinds), "--leaf", "--depth", "1").stderr


@pytest.mark.parametrize(
    ("options", "names"), [(["--depth", "1"], ["animals", "things"]), (["--leaf"], ["cat", "dog"])]
)
def test_an_option_chooses_the_classes(
    tmp_path: Path, kinds: Path, options: list[str], names: list[str]
) -> None:
    report = json.loads(data(tmp_path, "add", "kinds", str(kinds), "--json", *options).stdout)
    assert [row["name"] for row in report["classes"]] == names


def test_a_person_at_a_terminal_is_asked(
    tmp_path: Path, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.data.has_person", lambda: True)
    arguments = ["data", "add", "kinds", str(kinds), "--data-dir", str(tmp_path / "board")]
    result = CliRunner().invoke(main, arguments, input="2\n")
    assert result.exit_code == 0, result.output
    assert "  2  2 classes: cat, dog\n" in result.stderr
    assert "  cat: 5 training, 2 test" in result.stdout.splitlines()


def test_what_was_imported_is_shown_renamed_and_deleted(settings: Settings, pictures: Path) -> None:
    board = ("--data-dir", str(settings.data_dir))

    def call(*arguments: str, said: str | None = None) -> Result:
        return CliRunner().invoke(main, ["data", *arguments, *board], input=said)

    call("add", "pets", str(pictures), "--size", "16")
    shown = call("show", "folder:pets").stdout.splitlines()
    assert shown[0].startswith("folder:pets: 2 classes of 16 x 16, 10 training and 4 test images, ")
    assert "Files of 1 sizes, 20 x 20 to 20 x 20; skipped: 1" in shown
    assert shown[-1] == "Used by 0 runs, 0 of them not ended"
    assert call("rename", "pets", "Beasts").exit_code == 2
    assert call("rename", "pets", "beasts").stdout == "It is folder:beasts now.\n"
    assert json.loads(call("show", "folder:pets", "--json").stdout)["name"] == "folder:beasts"
    assert call("delete", "beasts", said="n\n").exit_code == 1
    assert call("delete", "folder:beasts", said="y\n").stdout == "folder:beasts is deleted.\n"
    gone = call("delete", "beasts", "--yes")
    assert (gone.exit_code, "There is no data set 'folder:beasts'" in gone.stderr) == (2, True)
