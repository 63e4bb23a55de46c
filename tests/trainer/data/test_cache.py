"""A data set on disk is whole or absent, also when it breaks or when two build it at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as drawn_arrays

from trainer.data.cache import (
    ARRAYS,
    DatasetArrays,
    DatasetInfo,
    Images,
    channel_statistics,
    imported_names,
    read_arrays,
    read_info,
    read_or_build,
    write_arrays,
)
from trainer.errors import DataError

INFO = DatasetInfo("x", "X", ("a", "b"), (1, 1), (1, 1), 2, "x/1", False, None, None)


def tiny() -> DatasetArrays:
    images = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    return DatasetArrays(INFO, images, np.array([0, 1]), images + np.uint8(100), np.array([1, 0]))


@given(drawn_arrays(np.uint8, st.tuples(st.integers(1, 5), st.just(3), st.just(2), st.just(3))))
def test_statistics_are_those_of_the_pixels(images: Images) -> None:
    mean, std = channel_statistics(images)
    assert mean == pytest.approx((images / 255).mean((0, 1, 2)), abs=1e-12)
    assert std == pytest.approx((images / 255).std((0, 1, 2)), abs=1e-7)


def test_what_is_written_is_read_back_and_marked_ready(tmp_path: Path) -> None:
    write_arrays(tmp_path, tiny())
    found = read_arrays(tmp_path)
    assert found is not None
    mean, std = channel_statistics(tiny().train_images)
    assert found.info == replace(INFO, ready=True, mean=mean, std=std)
    for name in ARRAYS:
        assert np.array_equal(getattr(found, name), getattr(tiny(), name))


def test_nothing_there_is_none(tmp_path: Path) -> None:
    assert read_info(tmp_path / "none") is None
    assert read_arrays(tmp_path) is None
    assert imported_names(tmp_path) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": 3}'])
def test_a_damaged_description_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "info.json").write_text(content)
    with pytest.raises(DataError, match="is damaged") as refused:
        read_info(tmp_path)
    assert "Delete that folder" in refused.value.hint


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("size", [None, 0, 100])
def test_a_lost_or_cut_array_says_what_to_do(tmp_path: Path, name: str, size: int | None) -> None:
    write_arrays(tmp_path, tiny())
    path = tmp_path / f"{name}.npy"
    if size is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match="is damaged"):
        read_arrays(tmp_path)


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise DataError("no", "hint")

    with pytest.raises(DataError, match="no"):
        read_or_build(tmp_path / "x-v1", fail)
    assert list(tmp_path.iterdir()) == []


def test_many_readers_at_once_build_once(tmp_path: Path) -> None:
    built, start = [], Barrier(8)

    def build(folder: Path) -> None:
        built.append(folder)
        write_arrays(folder, tiny())

    def load(_: int) -> DatasetArrays:
        start.wait()
        return read_or_build(tmp_path / "x-v1", build)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(load, range(8)))
    assert len(built) == 1
    assert all(np.array_equal(arrays.train_images, tiny().train_images) for arrays in found)
    assert [path.name for path in tmp_path.iterdir()] == ["x-v1"]
