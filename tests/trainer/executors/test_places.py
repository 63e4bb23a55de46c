"""What runs need of a cluster: a place that is used again, images that travel once."""

import pickle
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.data.cache import DatasetArrays, imported_folder, write_arrays
from trainer.errors import DataError
from trainer.executors import places as places_module
from trainer.executors.base import Resources
from trainer.executors.mirror import Seen, Update
from trainer.executors.node import Shipment
from trainer.executors.parcel import Parcel
from trainer.executors.places import Goods, Need, Places
from trainer.run_dir import RunDir

ONE = Need(1, 0, ())


class FakeNode:
    """A place that is only asked for."""

    def __init__(self) -> None:
        self.killed = False

    def has_place(self, seconds: float) -> bool:
        return True

    def begin(self, parcel: Parcel, shipment: Shipment, attempt: int, resources: Resources) -> None: ...

    def news(self, seen: Seen) -> Update:
        return Update(seen)

    def stop(self) -> None: ...

    def clear(self) -> None: ...

    def kill(self) -> None:
        self.killed = True


class FakeCluster:
    """Keeps what it is given to share, as bytes."""

    def __init__(self) -> None:
        self.shared: list[bytes] = []

    def share(self, arrays: DatasetArrays) -> Callable[[], DatasetArrays]:
        content = pickle.dumps(arrays)
        self.shared.append(content)
        return lambda: pickle.loads(content)

    def node(self, need: Need) -> FakeNode:
        return FakeNode()


@pytest.mark.parametrize(
    ("config", "resources", "need", "said"),
    [
        ({}, Resources(2), Need(2, 0, ()), "2 CPU"),
        ({"threads": 3}, Resources(2), Need(3, 0, ()), "3 CPU"),
        ({"device": "cuda"}, Resources(1), Need(1, 1, ()), "1 CPU, 1 GPU"),
        ({"device": "cuda"}, Resources(1, gpus=0.5), Need(1, 0.5, ()), "1 CPU, 0.5 GPU"),
        (
            {},
            Resources(1, labels=("zone=a", "big")),
            Need(1, 0, (("big", "true"), ("zone", "a"))),
            "1 CPU, big=true, zone=a",
        ),
    ],
)
def test_a_need_is_of_the_run_and_its_slot(
    config: dict[str, object], resources: Resources, need: Need, said: str
) -> None:
    found = Need.of(tiny_config(**config), resources)
    assert (found, str(found)) == (need, said)


def test_a_place_is_used_again_for_the_same_need_and_else_given_back() -> None:
    places = Places(FakeCluster())
    first = places.find(ONE)
    places.keep(ONE, first)
    assert places.find(ONE) is first
    assert places.find(ONE) is not first, "it is taken"
    places.keep(ONE, first)
    other = places.find(Need(2, 0, ()))
    assert isinstance(first, FakeNode)
    assert first.killed, "its CPU may be what the other one waits for"
    assert other is not first


def test_a_place_without_a_run_is_given_back_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    places = Places(FakeCluster())
    node = places.find(ONE)
    assert isinstance(node, FakeNode)
    places.keep(ONE, node)
    now[0] += places_module.SECONDS_TO_KEEP - 0.1
    places.give_back()
    assert not node.killed
    now[0] += 0.2
    places.give_back()
    assert node.killed
    assert places.find(ONE) is not node


def laid_out(datasets_dir: Path, source: str) -> None:
    folder = imported_folder("tiny", datasets_dir)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = tiny_arrays()
    write_arrays(folder, replace(arrays, info=replace(arrays.info, source=source)))


def test_a_data_set_is_shared_once_and_again_when_it_is_another(tmp_path: Path) -> None:
    datasets_dir, run_dir = tmp_path / "datasets", RunDir(tmp_path / "run")
    laid_out(datasets_dir, "folder:tiny/1")
    run_dir.create(tiny_config())
    cluster = FakeCluster()
    goods = Goods(cluster, datasets_dir)
    for _ in range(12):
        shipment = goods.shipment(goods.load(run_dir, tiny_config(), print))
    assert len(cluster.shared) == 1
    assert (shipment.name, shipment.source) == ("folder:tiny", "folder:tiny/1")
    assert str(datasets_dir).encode() not in cluster.shared[0], "no file of this machine is named"
    assert np.array_equal(shipment.fetch().train_images, tiny_arrays().train_images)
    laid_out(datasets_dir, "folder:tiny/2")
    assert goods.shipment(goods.load(run_dir, tiny_config(), print)).source == "folder:tiny/2"
    assert len(cluster.shared) == 2
    run_dir.create(tiny_config(), "folder:tiny/1")
    with pytest.raises(DataError, match="was imported anew since"):
        goods.load(run_dir, tiny_config(), print)
