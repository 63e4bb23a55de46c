"""The data sets a run may name: listed and described without work, loaded by anyone at any time."""

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from trainer.data import sources, synthetic
from trainer.data.cache import DatasetArrays, imported_folder, write_arrays
from trainer.errors import DataError


def test_built_in_data_sets_are_known_before_they_are_on_disk(tmp_path: Path) -> None:
    shapes, cifar, *others, earlier = sources.list_datasets(tmp_path / "nothing")
    assert (shapes.name, shapes.train_counts, shapes.ready, shapes.mean) == (
        "shapes10",
        (1000,) * 10,
        False,
        None,
    )
    assert (cifar.name, cifar.train_counts, cifar.test_counts) == ("cifar10", (5000,) * 10, (1000,) * 10)
    assert cifar.class_names[0] == "airplane"
    assert [info.name for info in others] == ["cifar100", "svhn", "fashion_mnist"]
    assert [info.needs_network for info in (shapes, cifar, *others, earlier)] == [False, *[True] * 4, False]
    assert (shapes.source, earlier.name, earlier.source) == ("shapes10/v2", "shapes10-v1", "shapes10/v1")
    assert not (tmp_path / "nothing").exists()


def test_imported_data_sets_are_listed_by_name_and_damaged_ones_only_described(
    tmp_path: Path, arrays: DatasetArrays
) -> None:
    for name in ("pets", "birds", "broken"):
        folder = imported_folder(name, tmp_path)
        folder.mkdir(parents=True)
        write_arrays(folder, arrays)
    (imported_folder("broken", tmp_path) / "info.json").write_text("{")
    assert len(sources.list_datasets(tmp_path)) == 8
    assert sources.load("folder:pets", tmp_path, print).info.ready
    with pytest.raises(DataError, match="is damaged"):
        sources.describe("folder:broken", tmp_path)


@pytest.mark.parametrize("name", ["shapes", "folder:pets", "folder:../x", "folder:", "", "../shapes10-v1"])
def test_an_unknown_name_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError) as refused:
        sources.describe(name, tmp_path)
    assert refused.value.hint
    with pytest.raises(DataError) as refused:
        sources.load(name, tmp_path, print)
    assert refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_near_miss_gets_a_guess(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        sources.describe("shape10", tmp_path)
    assert "Did you mean shapes10?" in refused.value.hint


@pytest.mark.usefixtures("quickly_drawn")
def test_a_name_means_what_its_source_says(tmp_path: Path) -> None:
    today = sources.load("shapes10", tmp_path, print)
    former = sources.load("shapes10", tmp_path, print, source="shapes10/v1")
    by_name = sources.load("shapes10-v1", tmp_path, print)
    assert (today.info.source, former.info.source) == ("shapes10/v2", "shapes10/v1")
    assert not np.array_equal(today.train_images, former.train_images)
    assert np.array_equal(former.train_images, by_name.train_images)
    assert sources.describe("shapes10", tmp_path, "shapes10/v1").ready


@pytest.mark.usefixtures("quickly_drawn")
def test_an_earlier_version_on_disk_is_not_listed_as_todays(tmp_path: Path, arrays: DatasetArrays) -> None:
    """Its folder was written when it was called shapes10."""
    folder = tmp_path / "shapes10-v1"
    folder.mkdir()
    stored = replace(synthetic.V1.info, name="shapes10", title="Shapes")
    write_arrays(folder, replace(synthetic.make_shapes10(2, 1, synthetic.V1), info=stored))
    ready = {info.name: info.ready for info in sources.list_datasets(tmp_path)}
    assert [name for name, there in ready.items() if there] == ["shapes10-v1"]
    assert not ready["shapes10"]


def test_other_images_than_asked_for_are_refused_and_nothing_is_drawn(
    tmp_path: Path, arrays: DatasetArrays
) -> None:
    folder = imported_folder("pets", tmp_path / "of folder")
    folder.mkdir(parents=True)
    write_arrays(folder, replace(arrays, info=replace(arrays.info, source="folder:pets/new")))
    for ask in (sources.describe, partial(sources.load, say=print)):
        with pytest.raises(
            DataError, match="was imported anew since: its source is folder:pets/new"
        ) as refused:
            ask("folder:pets", tmp_path / "of folder", source="folder:pets/old")
        assert "launch a new run" in refused.value.hint
    with pytest.raises(DataError, match="has other images here"):
        sources.load("shapes10", tmp_path / "of shapes", print, source="shapes10/v9")
    assert not (tmp_path / "of shapes").exists()


LOAD = """
import sys
from pathlib import Path
from trainer.data.sources import load
arrays = load("shapes10", Path(sys.argv[1]), lambda text: print(text))
assert "torch" not in sys.modules
print(arrays.train_images.shape, int(arrays.train_images.sum()))
"""


@pytest.mark.slow
def test_two_processes_may_load_shapes10_at_once(tmp_path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", LOAD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0].splitlines() for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert said[0][-1] == said[1][-1]
    assert sorted(len(lines) for lines in said) == [1, 2], "one draws, the other waits for it"
    assert [path.name for path in tmp_path.iterdir()] == ["shapes10-v2"]
    loaded = sources.load("shapes10", tmp_path, pytest.fail)
    assert loaded.info == sources.describe("shapes10", tmp_path)
    assert np.bincount(loaded.train_labels).tolist() == [1000] * 10
