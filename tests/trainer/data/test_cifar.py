"""CIFAR-10 from small archives in its real file format: downloaded, already there, damaged, out of reach."""

import hashlib
import io
import pickle
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from trainer.data.cache import DatasetArrays, read_or_build
from trainer.data.cifar import ARCHIVE_MD5, INFO, build_cifar10
from trainer.errors import DataError

FOLDER = "cifar-10-batches-py"


def pickled(content: object) -> bytes:
    return pickle.dumps(content, protocol=2)


def batch(seed: int, images: int) -> bytes:
    random = np.random.RandomState(seed)
    return pickled(
        {
            "batch_label": f"batch {seed}",
            "labels": [number % 10 for number in range(images)],
            "data": random.randint(0, 256, (images, 3072)).astype(np.uint8),
            "filenames": [f"{number}.png" for number in range(images)],
        }
    )


@pytest.fixture
def files() -> dict[str, bytes]:
    names = {"label_names": list(INFO.class_names), "num_cases_per_batch": 20, "num_vis": 3072}
    train = {f"data_batch_{number}": batch(number, 20) for number in range(1, 6)}
    return {**train, "test_batch": batch(9, 10), "batches.meta": pickled(names)}


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def reader(files: dict[str, bytes], packed: bytes, address: str) -> type[Any]:
    """torchvision's CIFAR10 with other checksums and another place to download from."""
    from torchvision.datasets import CIFAR10  # two seconds, which only these tests need

    sums = {name: md5(content) for name, content in files.items()}
    fields = {
        "url": address,
        "tgz_md5": md5(packed),
        "train_list": [[name, sums[name]] for name in files if name.startswith("data")],
        "test_list": [["test_batch", sums["test_batch"]]],
        "meta": {"filename": "batches.meta", "key": "label_names", "md5": sums["batches.meta"]},
    }
    return type("SmallCifar10", (CIFAR10,), fields)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and its address on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return None

    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/cifar-10-python.tar.gz"
        server.shutdown()
        thread.join()


def read(datasets: Path, dataset: type[Any]) -> tuple[DatasetArrays, list[str]]:
    told: list[str] = []
    arrays = read_or_build(
        datasets / "cifar10-v1", lambda folder: build_cifar10(folder, datasets, told.append, dataset)
    )
    return arrays, told


def check(arrays: DatasetArrays, files: dict[str, bytes], packed: bytes) -> None:
    first = pickle.loads(files["data_batch_1"])
    red = first["data"][0][:1024].reshape(32, 32)
    assert arrays.train_images.shape == (100, 32, 32, 3)
    assert np.array_equal(arrays.train_images[0, :, :, 0], red)
    assert arrays.train_labels[:20].tolist() == first["labels"]
    assert (arrays.info.train_counts, arrays.info.test_counts) == ((10,) * 10, (1,) * 10)
    assert arrays.info.source == f"cifar10/{md5(packed)}"
    assert arrays.info.mean == pytest.approx((arrays.train_images / 255).mean((0, 1, 2)))


def test_it_is_downloaded_checked_and_kept(
    tmp_path: Path, files: dict[str, bytes], served: tuple[Path, str]
) -> None:
    (folder, address), packed = served, archive(files)
    (folder / "cifar-10-python.tar.gz").write_bytes(packed)
    dataset = reader(files, packed, address)
    arrays, told = read(tmp_path / "datasets", dataset)
    check(arrays, files, packed)
    assert told[0].startswith("Downloading")
    (folder / "cifar-10-python.tar.gz").unlink()
    again, told = read(tmp_path / "datasets", dataset)
    assert told == []
    assert np.array_equal(arrays.train_images, again.train_images)


@pytest.mark.parametrize("unpacked", [True, False])
def test_a_copy_that_is_there_needs_no_network(
    tmp_path: Path, files: dict[str, bytes], unpacked: bool
) -> None:
    packed, root = archive(files), tmp_path / "cifar10"
    root.mkdir()
    if unpacked:
        (root / FOLDER).mkdir()
        for name, content in files.items():
            (root / FOLDER / name).write_bytes(content)
    else:
        (root / "cifar-10-python.tar.gz").write_bytes(packed)
    arrays, told = read(tmp_path, reader(files, packed, "http://127.0.0.1:9/none.tar.gz"))
    check(arrays, files, packed)
    assert told == [f"Reading CIFAR-10 from {root}"]


def test_without_a_network_the_place_for_a_copy_is_named(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(DataError, match="no sound copy of CIFAR-10") as refused:
        read(tmp_path, reader(files, archive(files), "http://127.0.0.1:9/none.tar.gz"))
    assert str(tmp_path / "cifar10") in refused.value.hint
    assert "cifar-10-python.tar.gz" in refused.value.hint
    assert not (tmp_path / "cifar10-v1").exists()


def test_a_download_that_is_not_the_archive_is_refused_unopened(
    tmp_path: Path, files: dict[str, bytes], served: tuple[Path, str]
) -> None:
    folder, address = served
    (folder / "cifar-10-python.tar.gz").write_bytes(archive({**files, "data_batch_1": b"cos\nsystem\n"}))
    with pytest.raises(DataError, match="no sound copy of CIFAR-10"):
        read(tmp_path, reader(files, archive(files), address))
    assert not (tmp_path / "cifar10" / FOLDER).exists()


def test_what_is_said_of_the_real_one_is_what_torchvision_says() -> None:
    from torchvision.datasets import CIFAR10

    assert CIFAR10.tgz_md5 == ARCHIVE_MD5
    assert INFO.source.endswith(ARCHIVE_MD5)
