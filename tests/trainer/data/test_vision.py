"""Published data sets from small files in their real formats: downloaded, there, damaged, out of reach."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from tests.trainer.data import published_files
from tests.trainer.data.published_files import Published
from trainer.data import sources
from trainer.data.cache import DatasetArrays, read_or_build
from trainer.data.cifar import CIFAR10, CIFAR100
from trainer.data.fashion_mnist import FASHION_MNIST
from trainer.data.svhn import SVHN
from trainer.data.vision import VisionSet
from trainer.errors import DataError

NOWHERE = "http://127.0.0.1:9/"
SETS = [CIFAR10, CIFAR100, SVHN, FASHION_MNIST]

of_every_set = pytest.mark.parametrize(
    "published",
    [
        published_files.cifar10,
        published_files.cifar100,
        published_files.svhn,
        published_files.fashion_mnist,
    ],
    ids=[known.name for known in SETS],
)
Make = Callable[[], Published]


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
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def read(datasets: Path, small: Published, address: str = NOWHERE) -> tuple[DatasetArrays, list[str]]:
    told: list[str] = []
    arrays = read_or_build(
        datasets / f"{small.known.name}-v1",
        lambda folder: small.known.build(folder, datasets, told.append, small.of(address)),
    )
    return arrays, told


def put(root: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def check(arrays: DatasetArrays, small: Published) -> None:
    assert np.array_equal(arrays.train_images, small.train)
    assert arrays.train_labels.tolist() == small.labels
    assert np.array_equal(arrays.test_images, small.test)
    assert arrays.test_labels.tolist() == small.test_labels
    assert str(arrays.train_images.dtype) == str(arrays.test_images.dtype) == "uint8"
    info = arrays.info
    assert info.train_counts == tuple(small.labels.count(label) for label in range(len(info.class_names)))
    assert info.test_counts == tuple(small.test_labels.count(label) for label in range(len(info.class_names)))
    assert (info.ready, info.needs_network, info.source) == (True, False, small.known.info.source)
    assert info.mean == pytest.approx((small.train / 255).mean((0, 1, 2)))
    assert info.std == pytest.approx((small.train / 255).std((0, 1, 2)))


@of_every_set
def test_it_is_downloaded_checked_and_kept(tmp_path: Path, published: Make, served: tuple[Path, str]) -> None:
    small, (folder, address) = published(), served
    put(folder, small.files)
    arrays, told = read(tmp_path / "datasets", small, address)
    check(arrays, small)
    assert told[0].startswith("Downloading")
    kept = tmp_path / "datasets" / small.known.name / small.known.folder
    assert {name: (kept / name).read_bytes() for name in small.files} == small.files
    again, told = read(tmp_path / "datasets", small)
    assert told == []
    assert np.array_equal(arrays.train_images, again.train_images)


@of_every_set
@pytest.mark.parametrize("unpacked", [True, False])
def test_a_copy_that_is_there_needs_no_network(tmp_path: Path, published: Make, unpacked: bool) -> None:
    small = published()
    root = tmp_path / small.known.name
    put(*((root, small.unpacked) if unpacked else (root / small.known.folder, small.files)))
    note = small.known.described(tmp_path)
    assert not note.needs_network
    assert f"Its files are in {tmp_path.name}/{small.known.name}" in note.note
    arrays, told = read(tmp_path, small)
    check(arrays, small)
    assert told == [f"Reading {small.known.title} from {root / small.known.folder}"]


@of_every_set
def test_without_a_network_what_to_fetch_is_said_and_where_to_put_it(tmp_path: Path, published: Make) -> None:
    small = published()
    with pytest.raises(DataError, match=f"no sound copy of {small.known.title.split()[0]}") as refused:
        read(tmp_path, small)
    hint = refused.value.hint
    assert f"{small.known.address} and put" in hint
    assert str(tmp_path / small.known.name / small.known.folder) in hint
    for name, content in small.files.items():
        assert f"{name} (md5 {published_files.md5(content)})" in hint
    assert "\n" not in refused.value.message
    assert not (tmp_path / f"{small.known.name}-v1").exists()


@of_every_set
def test_other_content_is_refused_unread(tmp_path: Path, published: Make, served: tuple[Path, str]) -> None:
    small, (folder, address) = published(), served
    harmful = published_files.packed(small.known.unpacked or "x", {"train": b"cos\nsystem\n"})
    put(folder, dict.fromkeys(small.files, harmful))
    with pytest.raises(DataError, match="no sound copy"):
        read(tmp_path, small, address)
    put(tmp_path / small.known.name / small.known.folder, dict.fromkeys(small.files, harmful))
    with pytest.raises(DataError, match="no sound copy"):
        read(tmp_path, small)
    root = tmp_path / small.known.name
    assert not small.known.unpacked or not (root / small.known.unpacked).exists()


def test_fashion_mnist_is_unpacked_anew_since_nothing_checks_unpacked_files(tmp_path: Path) -> None:
    small = published_files.fashion_mnist()
    raw = tmp_path / "fashion_mnist" / small.known.folder
    put(raw, small.files)
    name = "train-images-idx3-ubyte"
    spoilt = bytearray(gzip.decompress(small.files[f"{name}.gz"]))
    spoilt[16] ^= 255
    (raw / name).write_bytes(spoilt)
    check(read(tmp_path, small)[0], small)


@pytest.mark.parametrize("known", SETS, ids=lambda known: known.name)
def test_what_is_said_of_the_real_files_is_what_torchvision_says(known: VisionSet) -> None:
    from torchvision import datasets

    theirs = {
        "cifar10": [(datasets.CIFAR10.url, datasets.CIFAR10.tgz_md5)],
        "cifar100": [(datasets.CIFAR100.url, datasets.CIFAR100.tgz_md5)],
        "svhn": [(datasets.SVHN.split_list[split][0], datasets.SVHN.split_list[split][2])
                 for split in ("train", "test")],
        "fashion_mnist": [(datasets.FashionMNIST.mirrors[0] + name, md5)
                          for name, md5 in datasets.FashionMNIST.resources],
    }  # fmt: skip
    assert [(known.address + name, md5) for name, md5 in known.files] == theirs[known.name]


def test_sizes_and_class_names_are_the_published_ones() -> None:
    from torchvision.datasets import FashionMNIST

    sizes = {known.name: (sum(known.train_counts), sum(known.test_counts)) for known in SETS}
    assert sizes == {
        "cifar10": (50_000, 10_000),
        "cifar100": (50_000, 10_000),
        "svhn": (73_257, 26_032),
        "fashion_mnist": (60_000, 10_000),
    }
    for known in SETS:
        assert len(set(known.class_names)) == len(known.train_counts) == len(known.test_counts)
    assert list(FASHION_MNIST.class_names) == FashionMNIST.classes
    assert list(CIFAR100.class_names) == sorted(CIFAR100.class_names)
    assert CIFAR100.class_names[::33] == ("apple", "forest", "raccoon", "worm")


def test_the_identity_of_cifar10_is_that_of_stored_runs() -> None:
    assert CIFAR10.info.source == "cifar10/c58f30108f718f92721af3b95e74349a"


def test_the_identity_of_several_files_is_made_of_all() -> None:
    names = {known.info.source for known in SETS}
    assert len(names) == 4
    for position in range(len(FASHION_MNIST.files)):
        files = [(name, "0" if at == position else md5) for at, (name, md5) in enumerate(FASHION_MNIST.files)]
        assert replace(FASHION_MNIST, files=tuple(files)).info.source not in names


@pytest.mark.parametrize("known", SETS, ids=lambda known: known.name)
def test_a_run_may_name_it_and_its_description_says_how_it_comes_here(
    tmp_path: Path, known: VisionSet
) -> None:
    info = sources.describe(known.name, tmp_path / "datasets")
    assert (info.title, info.ready, info.needs_network) == (known.title, False, True)
    assert f"The first run downloads {known.megabytes} MB" in info.note
    assert known.address in info.note
    assert f"datasets/{known.name}" in info.note
    assert str(tmp_path) not in info.note
