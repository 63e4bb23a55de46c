"""A run on a node, without a cluster: what it is given, what it leaves, what another code would do."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.data.cache import DatasetArrays, DatasetInfo
from trainer.data.sources import load
from trainer.data.synthetic import V1
from trainer.errors import CheckpointError, ExecutorError
from trainer.executors import node as nodes
from trainer.executors import parcel as parcels
from trainer.executors.base import ExitStatus, Resources
from trainer.executors.mirror import Mirror, Seen
from trainer.executors.node import NodeRun, Shipment
from trainer.executors.parcel import pack
from trainer.run_dir import RunDir


@pytest.fixture(autouse=True)
def node_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(nodes.FOLDER, str(tmp_path / "node"))
    return tmp_path / "node"


@pytest.fixture
def node() -> Iterator[NodeRun]:
    made = NodeRun()
    yield made
    made.clear()


def no_more() -> DatasetArrays:
    raise AssertionError("it is here already")


@pytest.mark.slow
def test_images_stay_on_the_node_and_nothing_else_does(
    node: NodeRun, run_dir: RunDir, node_dir: Path
) -> None:
    run_dir.create(tiny_config(optim={"epochs": 1, "milestones": []}))
    for fetch in (tiny_arrays, no_more):
        run_dir.events.unlink(missing_ok=True)
        (run_dir.checkpoints / "last.pt").unlink(missing_ok=True)
        shipment = Shipment("folder:tiny", tiny_arrays().info.source, fetch)
        with Mirror(run_dir) as mirror:
            seen, update = mirror.seen(), None
            node.begin(pack(run_dir), shipment, 1, Resources(1))
            until = time.monotonic() + 60
            while update is None or update.status is None:
                assert time.monotonic() < until
                update = node.news(seen)
                seen = mirror.take(update)
        assert update.status == ExitStatus(0, None)
        node.clear()
        assert list((node_dir / "runs").iterdir()) == []
    assert len(list((node_dir / "datasets").iterdir())) == 1


def test_the_images_that_arrive_are_what_a_run_finds(tmp_path: Path) -> None:
    """An earlier data set of the same name, too, in the folder where this name's loader looks for it."""
    from trainer.data.sources import keep

    for name, source in (("folder:tiny", "folder:tiny/test"), ("shapes10", V1.info.source)):
        arrays = tiny_arrays()
        info: DatasetInfo = arrays.info
        sent = DatasetArrays(
            type(info)(**{**vars(info), "name": name, "source": source}),
            arrays.train_images, arrays.train_labels, arrays.test_images, arrays.test_labels,
        )  # fmt: skip
        keep(sent, tmp_path)
        found = load(name, tmp_path, print, source)
        assert (found.info.source, found.info.mean, found.info.std) == (source, info.mean, info.std)
        for part in ("train_images", "train_labels", "test_images", "test_labels"):
            assert (getattr(found, part) == getattr(sent, part)).all()


def test_what_a_killed_run_left_goes_with_the_next_and_what_runs_stays(node_dir: Path) -> None:
    running = nodes._Place(node_dir)
    left = node_dir / "runs" / "left"
    left.mkdir()
    (left / "last.pt").write_text("a killed one")
    nodes._Place(node_dir).clear()
    assert not left.exists()
    assert running.folder.exists()
    running.clear()
    assert not running.folder.exists()


def test_other_code_on_a_node_trains_nothing(
    run_dir: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir.create(tiny_config())
    parcel = pack(run_dir)
    monkeypatch.setattr(parcels, "code_identity", lambda: "0.0.1, 0123")
    with pytest.raises(ExecutorError, match=r"has other code of betaboard \(0.0.1, 0123\)") as refused:
        parcel.unpack(tmp_path / "there")
    assert "Install the same version" in refused.value.hint
    assert not (tmp_path / "there").exists()


def test_a_parcel_holds_what_a_run_goes_on_from(run_dir: RunDir, tmp_path: Path) -> None:
    first = RunDir(tmp_path / "first")
    run_dir.create(tiny_config(second_stage={"name": "ncm"}), "folder:tiny/test")
    run_dir.write_first_stage(first.path)
    with pytest.raises(CheckpointError, match="The run to begin with has no checkpoint"):
        pack(run_dir)
    first.checkpoints.mkdir(parents=True)
    (first.checkpoints / "last.pt").write_bytes(b"of the first")
    first.events.write_bytes(b"of the first\n")
    first.predictions.mkdir()
    first.predictions_file("test", "last").write_bytes(b"predicted")
    run_dir.events.write_bytes(b"one\n")
    (run_dir.checkpoints / "best.pt.part").write_bytes(b"half")
    (tmp_path / "node").mkdir()
    there = pack(run_dir).unpack(tmp_path / "node")
    found = there.read_first_stage()
    assert found is not None
    assert (found.checkpoints / "last.pt").read_bytes() == b"of the first"
    assert found.events.read_bytes() == b"of the first\n", "who goes on from it tells its epochs"
    assert found.predictions_file("test", "last").read_bytes() == b"predicted"
    assert found.path.name == "first"
    assert there.read_config() == run_dir.read_config()
    assert there.read_source() == "folder:tiny/test"
    assert there.events.read_bytes() == b"one\n"
    assert list(there.checkpoints.glob("*")) == []
    (run_dir.checkpoints / "last.pt").write_bytes(b"its own")
    assert pack(run_dir).upon is None, "it goes on from its own"


def test_news_begin_with_nothing_seen() -> None:
    assert Seen() == Seen(0, 0, {})
