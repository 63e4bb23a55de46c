"""A job of task transfers: its pieces, its figures, and going on after a stop, a kill or in another job."""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.transfer.between_tasks.small import small_config
from trainer.events import Begun, Event, Failed, Finished, Piece, Stopped
from trainer.executors.base import Resources
from trainer.journal import read_entries
from trainer.run_dir import RunDir
from trainer.runner import run_child
from trainer.transfer.between_tasks import outcomes
from trainer.transfer.between_tasks.config import FOLDER, PROMISING, TaskTransferConfig
from trainer.transfer.between_tasks.examples import examples_of
from trainer.transfer.between_tasks.plan import pieces_of, slot_of
from trainer.transfer.between_tasks.promising import promising_of
from trainer.transfer.between_tasks.store import ALONE, SAMPLES, Outcome, Slot, TransferStore
from trainer.transfer.tasks import TASKS

pytestmark = pytest.mark.slow


def never() -> bool:
    return False


def job(
    folder: Path,
    datasets_dir: Path,
    config: TaskTransferConfig,
    stop: Callable[[], bool] = never,
    lanes: int = 1,
) -> list[Event]:
    """What the journal holds once the folder's job has ended."""
    run_dir = RunDir(folder)
    run_dir.create(config)
    run_child(run_dir, datasets_dir, 1, stop, lambda _: None, Resources(lanes))
    return [entry.event for entry, _ in read_entries(run_dir.events)]


def named(events: list[Event]) -> list[str]:
    return [event.name for event in events if isinstance(event, Piece)]


def kept(datasets_dir: Path) -> dict[str, dict[str, Any]]:
    """Every array of the store but the time that it took."""
    found = {}
    for path in sorted((datasets_dir / FOLDER).glob("*.npz")):
        with np.load(path) as stored:
            found[path.name] = {name: stored[name] for name in stored.files if not name.endswith("/seconds")}
    return found


def assert_equal(ours: dict[str, dict[str, Any]], theirs: dict[str, dict[str, Any]]) -> None:
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert values.keys() == theirs[name].keys()
        for field, value in values.items():
            np.testing.assert_array_equal(value, theirs[name][field], err_msg=f"{name} {field}")


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each outcome was trained."""
    counted: Counter[str] = Counter()
    measure = outcomes.Outcomes.of

    def counting(self: outcomes.Outcomes, slot: Slot, key: str) -> Outcome:
        counted[f"{slot.name} {key}"] += 1
        return measure(self, slot, key)

    monkeypatch.setattr(outcomes.Outcomes, "of", counting)
    return counted


def test_a_job_measures_every_piece_once(tmp_path: Path, datasets_dir: Path, fits: Counter[str]) -> None:
    config = small_config(order=3, finetune=True)
    events = job(tmp_path / "run", datasets_dir, config)
    assert isinstance(events[-1], Finished), events[-1]
    assert sorted(named(events)) == sorted(piece.name for piece in pieces_of(config))
    assert [event.number for event in events if isinstance(event, Piece)] == [
        *range(1, len(pieces_of(config)) + 1)
    ]
    assert set(fits.values()) == {1}
    (own,) = (event for event in events if isinstance(event, Piece) and event.name == "own shape, seed 0")
    assert own.figures["chance"] == 0.1
    # of a seed: 4 own; of 3 targets 2 sizes x (scratch + 5 singles), 3 fine-tuned; side by side 1, 1 and 4
    assert sum(fits.values()) == 2 * (4 + 3 * (2 * 6 + 3) + 1 + 1 + 4)
    store = TransferStore(datasets_dir)
    for target in config.targets:
        task = TASKS[target]
        shown, all_test = store.shown(target), examples_of(task, "test", datasets_dir, print)
        assert shown is not None
        np.testing.assert_array_equal(shown.inputs, all_test.inputs[:SAMPLES])
        np.testing.assert_array_equal(shown.targets, all_test.targets[:SAMPLES])
        for seed in config.seeds:
            found = store.outcomes(slot_of(config, target, "frozen", 100, seed))
            assert {"hue", "orientation", "shape", "random", "pixels"} <= found.keys()
            for one in found.values():
                assert (one.validation.shape, one.test.shape) == ((30,), (60,))
                assert len(one.samples) == SAMPLES
                counted = 48 if target == "orientation" else 60
                assert np.isfinite(one.test).sum() == counted, "disc and ring have no turn"
                assert task.measure.better in ("higher", "lower")
                assert np.isfinite(one.quality)


def test_figures_are_those_of_one_lane_however_many_there_are(tmp_path: Path, datasets_dir: Path) -> None:
    config = small_config(seeds=[3])
    shutil.copytree(datasets_dir, tmp_path / "others")
    for folder, data, lanes in (("one", datasets_dir, 1), ("three", tmp_path / "others", 3)):
        events = job(tmp_path / folder, data, config, lanes=lanes)
        assert isinstance(events[-1], Finished), events[-1]
    assert_equal(kept(datasets_dir), kept(tmp_path / "others"))


def test_another_job_uses_again_what_one_has_trained(
    tmp_path: Path, datasets_dir: Path, fits: Counter[str]
) -> None:
    job(tmp_path / "first", datasets_dir, small_config(seeds=[0], order=1))
    fits.clear()
    events = job(
        tmp_path / "second", datasets_dir, small_config(seeds=[0], order=1, sources=["hue", "shape", "ramp"])
    )
    assert isinstance(events[-1], Finished)
    alone = {name for name in fits if name.endswith(ALONE)}
    assert {name.split("-")[0] for name in alone} == {"ramp"}
    assert {name.split()[-1] for name in fits.keys() - alone} == {"ramp"}, (
        "one more source, the others are kept"
    )


def test_after_a_kill_no_outcome_is_measured_again(
    tmp_path: Path, datasets_dir: Path, fits: Counter[str]
) -> None:
    config = small_config(seeds=[0])
    shutil.copytree(datasets_dir, tmp_path / "whole")
    job(tmp_path / "unbroken", tmp_path / "whole", config)
    total = sum(fits.values())
    fits.clear()
    run_dir = RunDir(tmp_path / "run")
    run_dir.create(config)
    arguments = [str(run_dir.path), str(datasets_dir), "9"]
    script = [sys.executable, "-m", "tests.trainer.transfer.between_tasks.small", *arguments]
    assert subprocess.run(script, timeout=120).returncode == -signal.SIGKILL
    events = job(tmp_path / "run", datasets_dir, config)
    assert isinstance(events[-1], Finished)
    assert sum(fits.values()) == total - 9
    assert sorted(named(events)) == sorted(piece.name for piece in pieces_of(config))
    assert [event.done for event in events if isinstance(event, Begun)][1] > 0
    assert_equal(kept(datasets_dir), kept(tmp_path / "whole"))


def test_a_stop_ends_it_within_a_step_and_it_goes_on(
    tmp_path: Path, datasets_dir: Path, fits: Counter[str]
) -> None:
    config = small_config(seeds=[0], order=1)
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 80

    events = job(tmp_path / "run", datasets_dir, config, stop)
    assert isinstance(events[-1], Stopped)
    assert len(asked) < 90
    done = len(named(events))
    assert 0 < done < len(pieces_of(config))
    events = job(tmp_path / "run", datasets_dir, config)
    assert isinstance(events[-1], Finished)
    assert max(fits.values()) == 2, "only the one that was under way"
    assert len(set(named(events))) == len(named(events)) == len(pieces_of(config))


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, datasets_dir: Path) -> None:
    config = small_config(seeds=[0], order=1)
    store = TransferStore(datasets_dir)
    path = store.path(slot_of(config, "hue", "full", 0, 0))
    path.parent.mkdir()
    path.write_bytes(b"PK no zip")
    failed = job(tmp_path / "run", datasets_dir, config)[-1]
    assert isinstance(failed, Failed)
    assert str(path) in failed.message
    assert "Delete" in failed.hint
    path.unlink()
    assert isinstance(job(tmp_path / "run", datasets_dir, config)[-1], Finished)


def test_the_promising_sources_are_those_that_win_on_validation_images(datasets_dir: Path) -> None:
    names = TASKS.names[:8]
    config = small_config(sources=names, targets=["edges"], seeds=[0, 1])
    store, random = TransferStore(datasets_dir), np.random.default_rng(0)
    rank = dict(zip(names, random.permutation(len(names)).tolist(), strict=True))
    for seed in config.seeds:
        for name in names:
            losses = rank[name] + random.normal(size=30).astype(np.float32) / 10
            losses[4] = np.nan
            outcome = Outcome(losses, -losses, 0.0, np.zeros(SAMPLES, np.float16), 0.1)
            store.keep(slot_of(config, "edges", "frozen", 100, seed), name, outcome)
    slots = [slot_of(config, "edges", "frozen", 100, seed) for seed in config.seeds]
    best = promising_of([store.outcomes(slot) for slot in slots], config, "edges")
    assert set(best) == set(sorted(set(names) - {"edges"}, key=lambda name: rank[name])[:PROMISING])
    assert list(best) == [name for name in names if name in best]
