"""Kept predictions: those of the network in the checkpoint, of the epoch they name, whatever is cut short."""

import errno
import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray

from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer import loop
from trainer.assembly import assemble
from trainer.checkpoint import load_checkpoint
from trainer.config import RunConfig
from trainer.data.cache import DatasetArrays
from trainer.data.loader import ImageSet
from trainer.errors import PredictionsError
from trainer.events import Epoch, Event, Failed, Finished
from trainer.loop import train
from trainer.metrics.outcome import confusion_matrix
from trainer.models.layered import build_layered
from trainer.prediction_file import VERSION, Answers, LastLayer, encode, read_members
from trainer.run_dir import EpochName, RunDir, SplitName
from trainer.runner import Ending, run_child

SPLITS: tuple[SplitName, ...] = ("test", "validation")
PLACES: list[tuple[SplitName, EpochName]] = [
    ("test", "last"), ("test", "best"), ("validation", "last"), ("validation", "best"),
]  # fmt: skip
ALL = ("epoch", "logits", "predicted", "labels", "last_bias", "weight_norms", "fingerprint", "source")


def validated(**optim: Any) -> RunConfig:
    """A run with a validation split whose best epoch is not its last."""
    optim = {"epochs": 4, **optim}
    return tiny_config(data={"validation_fraction": 0.25}, model={"width": 4}, optim=optim)


def run(config: RunConfig, arrays: DatasetArrays, run_dir: RunDir) -> list[Event]:
    return list(train(config, arrays, run_dir, lambda: False))


def kept(run_dir: RunDir, split: SplitName, at: EpochName) -> dict[str, NDArray[Any]]:
    return read_members(run_dir.predictions_file(split, at), *ALL)


@pytest.mark.parametrize(("split", "at"), PLACES)
def test_they_are_what_the_checkpoint_says(
    split: SplitName, at: EpochName, arrays: DatasetArrays, run_dir: RunDir
) -> None:
    """By a forward pass of its own, with batch norm unfolded, in batches of another size."""
    config = validated()
    told = {event.epoch: event for event in run(config, arrays, run_dir) if isinstance(event, Epoch)}
    found, saved = kept(run_dir, split, at), load_checkpoint(run_dir.checkpoints / f"{at}.pt")
    parts = assemble(config, arrays)
    network = build_layered(parts.spec)
    network.load_state_dict(saved["model"])
    images = parts.test if split == "test" else parts.validation
    assert isinstance(images, ImageSet)
    with torch.inference_mode():
        logits = torch.cat([network.eval()(pixels) for pixels, _ in images.batches(7)]).numpy()
    np.testing.assert_allclose(found["logits"], logits, rtol=1e-3, atol=1e-3)
    assert found["logits"].dtype == np.float16
    assert found["epoch"] == saved["epoch"]
    assert (found["predicted"] == logits.argmax(axis=1)).all()
    assert (found["labels"] == images.labels.numpy()).all()
    assert found["predicted"].dtype == found["labels"].dtype == np.uint8
    last = list(saved["model"].values())[-2:]
    np.testing.assert_array_equal(found["last_bias"], last[1])
    np.testing.assert_allclose(found["weight_norms"], np.linalg.norm(last[0], axis=1), rtol=1e-6)
    assert (str(found["fingerprint"]), str(found["source"])) == (parts.split.fingerprint, parts.info.source)
    epoch = told[int(found["epoch"])]
    if split == "test":
        pairs = found["labels"].astype(int), found["predicted"].astype(int)
        assert confusion_matrix(*pairs, classes=3).tolist() == [list(row) for row in epoch.confusion]
    else:
        assert epoch.validation_accuracy == np.mean(found["labels"] == found["predicted"])


def test_the_best_is_of_the_best_epoch(arrays: DatasetArrays, run_dir: RunDir) -> None:
    best = next(event.best for event in run(validated(), arrays, run_dir) if isinstance(event, Finished))
    assert best is not None
    assert best.epoch < 4
    assert [kept(run_dir, split, "best")["epoch"] for split in SPLITS] == [best.epoch] * 2
    assert [kept(run_dir, split, "last")["epoch"] for split in SPLITS] == [4] * 2


@pytest.mark.slow
def test_without_validation_there_is_no_file_of_it(arrays: DatasetArrays, run_dir: RunDir) -> None:
    run(tiny_config(), arrays, run_dir)
    assert sorted(path.name for path in run_dir.predictions.iterdir()) == ["test-best.npz", "test-last.npz"]


class CutShortError(BaseException):
    """Ends a run where it stands, as SIGKILL would."""


@pytest.mark.slow
def test_whatever_is_cut_short_no_file_claims_an_epoch_that_it_does_not_hold(
    arrays: DatasetArrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut before and after every renaming of the run in turn; then resumed, it ends as if it had not been."""
    config = validated(epochs=2, batch_size=54)
    whole = RunDir(tmp_path / "whole")
    contents: set[bytes] = set()
    for event in train(config, arrays, whole, lambda: False):
        if event.kind == "checkpoint":
            contents |= {path.read_bytes() for path in whole.predictions.iterdir()}
    assert len(contents) == 2 * len(SPLITS)
    for cut in itertools.count():
        run_dir = RunDir(tmp_path / str(cut))
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", cut_at(cut))
            if not was_cut(config, arrays, run_dir):
                break
        found = [run_dir.predictions_file(*place) for place in PLACES]
        assert {path.read_bytes() for path in found if path.exists()} <= contents, "epoch and content"
        run(config, arrays, run_dir)
        for split, at in PLACES:
            there, here = whole.predictions_file(split, at), run_dir.predictions_file(split, at)
            assert here.read_bytes() == there.read_bytes()
    assert cut >= 2 * 2 * (2 + 1), "two epochs, at least two files of predictions and a checkpoint each"


def cut_at(number: int) -> Any:
    """In place of Path.replace: the first `number // 2` are done; the next one, where that is odd, too."""
    replace, count = os.replace, itertools.count()

    def cut(path: Path, target: Path) -> None:
        at = next(count)
        if at == number // 2 and number % 2 == 0:
            raise CutShortError
        replace(path, target)
        if at == number // 2:
            raise CutShortError

    return cut


def was_cut(config: RunConfig, arrays: DatasetArrays, run_dir: RunDir) -> bool:
    try:
        run(config, arrays, run_dir)
    except CutShortError:
        return True
    return False


@pytest.mark.slow
def test_a_full_disk_ends_the_run_and_says_so(
    run_dir: RunDir, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run_dir.create(tiny_config())
    monkeypatch.setattr(loop, "write_atomic", full)
    told: list[Event] = []
    assert (
        run_child(run_dir, datasets_dir, 1, lambda: False, lambda it: told.append(it.event)) is Ending.FAILED
    )
    assert isinstance(told[-1], Failed)
    assert told[-1].error_type == "DiskFull"
    monkeypatch.undo()
    assert run_child(run_dir, datasets_dir, 2, lambda: False, lambda _: None) is Ending.FINISHED
    assert kept(run_dir, "test", "last")["epoch"] == 3


def test_a_diverged_network_has_answers_that_are_no_numbers(run_dir: RunDir) -> None:
    config = tiny_config(optim={"epochs": 1, "batch_size": 72, "milestones": []})
    broken = config.model_copy(update={"optim": config.optim.model_copy(update={"learning_rate": 1e38})})
    [epoch] = [event for event in run(broken, tiny_arrays(), run_dir) if isinstance(event, Epoch)]
    found = kept(run_dir, "test", "last")
    assert np.isnan(found["logits"]).all()
    assert np.bincount(found["predicted"], minlength=3).tolist() == list(epoch.predicted)
    assert not run_dir.predictions_file("test", "best").exists()


def layer(classes: int) -> LastLayer:
    return LastLayer(np.zeros(classes, np.float32), np.ones(classes, np.float32))


@given(
    arrays_of.arrays(
        np.float32,
        st.tuples(st.integers(0, 5), st.integers(1, 4)),
        elements=st.floats(width=32),
    )
)
def test_a_file_gives_back_what_was_put_in(tmp_path_factory: pytest.TempPathFactory, logits: Any) -> None:
    """Logits to half precision, beyond its range its ends, and never an infinity."""
    path = tmp_path_factory.mktemp("file") / "test-last.npz"
    predicted = logits.argmax(axis=1)
    path.write_bytes(encode(Answers(logits, predicted, predicted[::-1]), layer(logits.shape[1]), 7, "f", "s"))
    found = read_members(path, *ALL)
    assert (found["predicted"] == predicted).all()
    assert (found["labels"] == predicted[::-1]).all()
    assert not np.isinf(found["logits"]).any()
    expected = np.clip(logits.astype(np.float64), -65504, 65504)
    np.testing.assert_allclose(found["logits"], expected, rtol=2**-11, atol=2**-25)
    assert (int(found["epoch"]), str(found["fingerprint"]), str(found["source"])) == (7, "f", "s")


@pytest.mark.parametrize(("classes", "kind"), [(10, np.uint8), (255, np.uint8), (1000, np.uint16)])
def test_classes_take_the_room_that_they_need(classes: int, kind: type, tmp_path: Path) -> None:
    last = np.array([classes - 1])
    answers = Answers(np.zeros((1, classes), np.float32), last, last)
    (tmp_path / "a.npz").write_bytes(encode(answers, layer(classes), 1, "f", "s"))
    found = read_members(tmp_path / "a.npz", "predicted", "labels")
    assert found["predicted"].dtype == found["labels"].dtype == kind
    assert found["predicted"] == found["labels"] == last


def whole_file() -> dict[str, Any]:
    one = np.zeros(1, np.uint8)
    return {
        "version": np.int64(VERSION), "epoch": np.int64(1), "logits": np.zeros((1, 2), np.float16),
        "predicted": one, "labels": one,
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"version": np.int64(2)},
        {"version": np.array([1, 1])},
        {"epoch": np.float64(1)},
        {"labels": np.zeros(2, np.uint8)},
        {"labels": np.zeros((1, 1), np.uint8)},
        {"predicted": np.zeros(1)},
        {"logits": np.zeros(1, np.float16)},
        {"logits": np.zeros((2, 2), np.float16)},
        {"labels": np.array([{}], dtype=object)},
    ],
)
def test_a_file_of_another_form_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    names = ("epoch", "logits", "predicted", "labels")
    np.savez(tmp_path / "good.npz", **whole_file())
    assert read_members(tmp_path / "good.npz", *names)["epoch"] == 1
    np.savez(tmp_path / "bad.npz", **(whole_file() | change))
    with pytest.raises(PredictionsError, match=r"bad\.npz"):
        read_members(tmp_path / "bad.npz", *names)


@pytest.mark.parametrize("content", [b"", b"no file of arrays", b"PK\x03\x04" + bytes(100)])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(PredictionsError, match=r"a\.npz cannot be read"):
        read_members(tmp_path / "a.npz", "epoch")


def test_a_file_that_lost_its_end_or_a_byte_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **whole_file())
    content = (tmp_path / "a.npz").read_bytes()
    at = content.index(b"predicted.npy") + 200
    flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    for bad in (content[:-40], content[: len(content) // 2], flipped):
        (tmp_path / "a.npz").write_bytes(bad)
        with pytest.raises(PredictionsError):
            read_members(tmp_path / "a.npz", "epoch", "labels", "predicted")
    np.save(tmp_path / "alone.npy", np.zeros(3))
    with pytest.raises(PredictionsError):
        read_members(tmp_path / "alone.npy", "epoch")
