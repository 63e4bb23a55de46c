"""Transfers in a folder: which images are drawn, what is measured, and going on after a stop or a kill."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import at_most
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.config import as_json
from trainer.data.cache import imported_folder, write_arrays
from trainer.errors import ConfigError, DataError
from trainer.events import Begun, Event, Failed, Piece
from trainer.executors.base import Resources
from trainer.journal import read_entries
from trainer.models import MODELS, ModelContext
from trainer.run_dir import RunDir
from trainer.runner import Ending, run_child
from trainer.transfer.answers import read_answers
from trainer.transfer.config import Source, TransferConfig
from trainer.transfer.estimates import leep
from trainer.transfer.measure import drawn, scores


@settings(max_examples=at_most(60))
@given(
    counts=st.lists(st.integers(0, 60), min_size=2, max_size=6),
    images=st.integers(12, 200),
    seed=st.integers(0, 9),
)
def test_draws_are_in_proportion_with_two_of_each_class(counts: list[int], images: int, seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    chosen = drawn(labels, images, len(counts), seed)
    assert len(set(chosen.tolist())) == len(chosen) == min(images, len(labels))
    taken = np.bincount(labels[chosen], minlength=len(counts))
    assert (taken >= np.minimum(counts, 2)).all()
    order = np.argsort(counts, kind="stable")
    assert (np.diff(taken[order]) >= -1).all(), "a larger class has no fewer, rounding aside"
    assert (chosen == drawn(labels, images, len(counts), seed)).all()


def test_too_few_images_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(DataError, match="fewer than two of each of 6 classes") as refused:
        drawn(np.repeat(np.arange(6), 5), 11, 6, 0)
    assert "12" in refused.value.hint


def test_scores_are_those_of_the_answers() -> None:
    logits = torch.tensor([[2.0, 0, 0], [0, 2.0, 0], [0, 2.0, 0], [2.0, 0, 0]])
    told = scores(logits, torch.tensor([0, 0, 1, 1]), 3)
    assert told["accuracy"] == told["balanced_accuracy"] == 0.5
    right, wrong = -np.log(np.exp(2) / (np.exp(2) + 2)), -np.log(1 / (np.exp(2) + 2))
    assert told["cross_entropy"] == pytest.approx((right + wrong) / 2)
    told = scores(logits, torch.tensor([0, 0, 0, 1]), 3)
    assert told["accuracy"] == 0.25
    assert told["balanced_accuracy"] == pytest.approx((1 / 3 + 0) / 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folders of two trained runs, 1 and 2, and the data set tiny."""
    images = imported_folder("tiny", tmp_path / "datasets")
    images.mkdir(parents=True)
    write_arrays(images, tiny_arrays((40, 20, 10)))
    for number in (1, 2):
        run = RunDir(tmp_path / "runs" / str(number))
        run.create(config(number))
        assert (
            run_child(run, tmp_path / "datasets", 1, lambda: False, lambda _: None, Resources(1))
            is Ending.FINISHED
        )
    return tmp_path


def config(seed: int) -> Any:
    return tiny_config(seed=seed, optim={"epochs": 1, "milestones": []}, model={"width": 2})


def asked(**changes: Any) -> TransferConfig:
    sources = [Source(run=number, label=f"run {number}", config=as_json(config(number))) for number in (1, 2)]
    sources.append(Source(run=None, label="random", config=as_json(config(1))))
    return TransferConfig.model_validate(
        {"sources": sources, "dataset": "folder:tiny", "images": 30, "seeds": (0, 1), "device": "cpu"}
        | changes
    )


def carried_out(
    folder: Path, name: str, config: TransferConfig, stop: Callable[[], bool] = lambda: False
) -> Ending:
    job = RunDir(folder / "runs" / name)
    job.create(config)
    return run_child(job, folder / "datasets", 1, stop, lambda _: None, Resources(1))


def events(folder: Path, name: str) -> list[Event]:
    return [entry.event for entry, _ in read_entries(RunDir(folder / "runs" / name).events)]


def pieces(folder: Path, name: str) -> dict[str, dict[str, float | None]]:
    found = [event for event in events(folder, name) if isinstance(event, Piece)]
    assert len({piece.name for piece in found}) == len(found), "no piece is measured twice"
    return {piece.name: piece.figures for piece in found}


def _is_over(questions: Iterator[int]) -> bool:
    """Whether no question is left."""
    return next(questions, None) is None


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["linear", "finetune"])
def test_interrupted_anywhere_it_goes_on_and_ends_with_equal_figures(folder: Path, mode: str) -> None:
    """Stopped at the k-th question whether to stop, for several k, then let go."""
    assert carried_out(folder, "whole", asked(mode=mode)) is Ending.FINISHED
    whole = pieces(folder, "whole")
    assert list(whole) == [f"source {place}, seed {seed}" for place in range(3) for seed in (0, 1)]
    for asked_times in (7, *[60] * 40):
        questions = iter(range(asked_times))
        if carried_out(folder, "cut", asked(mode=mode), partial(_is_over, questions)) is Ending.FINISHED:
            break
    assert pieces(folder, "cut") == whole
    starts = [event for event in events(folder, "cut") if isinstance(event, Begun)]
    assert len(starts) > 1
    assert starts[-1].done > 0
    for place in range(3):
        one, other = (read_answers(RunDir(folder / "runs" / name), place, 1) for name in ("whole", "cut"))
        assert one is not None
        assert other is not None
        assert (one[0] == other[0]).all()


@pytest.mark.slow
def test_a_source_whose_checkpoint_is_gone_ends_it_by_name(folder: Path) -> None:
    (folder / "runs" / "2" / "checkpoints" / "last.pt").unlink()
    assert carried_out(folder, "job", asked()) is Ending.FAILED
    *_, last = events(folder, "job")
    assert isinstance(last, Failed)
    assert "run 2" in last.message
    assert len(pieces(folder, "job")) == 2


@pytest.mark.slow
def test_other_images_under_the_same_name_end_it_by_name(folder: Path) -> None:
    job = RunDir(folder / "runs" / "job")
    job.create(asked(), "folder:tiny/before")
    assert (
        run_child(job, folder / "datasets", 1, lambda: False, lambda _: None, Resources(1)) is Ending.FAILED
    )
    *_, last = events(folder, "job")
    assert isinstance(last, Failed)
    assert "imported anew" in last.message


@pytest.mark.slow
def test_each_piece_has_its_estimates_of_the_images_that_it_drew(folder: Path) -> None:
    """LEEP and H-score from the features, taken here by the run's own network in plain torch."""
    carried_out(folder, "job", asked(seeds=(3,)))
    arrays = tiny_arrays((40, 20, 10))
    chosen = drawn(arrays.train_labels, 30, 3, 3)
    saved = torch.load(folder / "runs" / "1" / "checkpoints" / "last.pt", weights_only=True)
    network = MODELS["convnet4"].build(
        ModelContext(fields=MODELS["convnet4"].fields_of(config(1).model), classes=3, image_size=16)
    )
    network.load_state_dict(saved["model"])
    mean, std = (torch.tensor(saved[name])[:, None, None] for name in ("mean", "std"))
    pixels = torch.from_numpy(arrays.train_images[chosen]).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        logits = network.eval()((pixels - mean) / std)
    told = pieces(folder, "job")["source 0, seed 3"]
    assert told["leep"] == pytest.approx(
        leep(logits.softmax(1).numpy(), arrays.train_labels[chosen]), rel=1e-3
    )
    assert told["log_me"] is not None
    assert told["h_score"] == pytest.approx(1, abs=1), "from 0 to one less than the classes"


def test_a_configuration_of_another_kind_is_no_training(tmp_path: Path) -> None:
    job = RunDir(tmp_path)
    job.create(asked())
    assert job.read_job() == asked()
    with pytest.raises(ConfigError) as refused:
        job.read_config()
    assert "holds no training" in refused.value.fields[0].message
    stored = json.loads(job.config.read_text()) | {"kind": "dance"}
    job.config.write_text(json.dumps(stored))
    with pytest.raises(ConfigError) as refused:
        job.read_job()
    assert "known are training, transfer, task_transfer" in refused.value.fields[0].message
