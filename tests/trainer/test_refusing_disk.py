"""A disk that refuses while a run writes: the good files stay, the run says what to do, and ends the same."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from tests.trainer.equal_runs import assert_equal_folders, figures, told
from tests.trainer.tiny import tiny_config
from trainer.checkpoint import load_checkpoint
from trainer.checkpoint_policy import CheckpointPolicy
from trainer.events import Event, Failed, Finished, Log, Started, Stopped
from trainer.executors.base import Resources
from trainer.run_dir import RunDir
from trainer.runner import Ending, next_attempt, run_child

pytestmark = pytest.mark.slow

FULL = Path("/dev/full")
EACH_STEP = Resources(1, checkpoints=CheckpointPolicy(minutes=1e-9))


@pytest.fixture(autouse=True)
def _tolerant_torch() -> Iterator[None]:
    """A run makes its process deterministic; other tests get back what they had."""
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def calm(tmp_path: Path, datasets_dir: Path) -> RunDir:
    """The same run, undisturbed."""
    return begun(tmp_path / "calm", datasets_dir)


def begun(path: Path, datasets_dir: Path, steps: int | None = None) -> RunDir:
    """A run that was stopped after so many of its 15 steps, or came to its end."""
    run_dir = RunDir(path)
    run_dir.create(tiny_config())
    left = iter(range(10**9 if steps is None else steps - 1))
    run_child(run_dir, datasets_dir, 1, lambda: next(left, None) is None, lambda _: None, Resources(1))
    return run_dir


def carried_on(run_dir: RunDir, datasets_dir: Path, resources: Resources = EACH_STEP) -> Ending:
    attempt = next_attempt(run_dir)
    return run_child(run_dir, datasets_dir, attempt, lambda: False, lambda _: None, resources)


def last(run_dir: RunDir) -> Event:
    return told(run_dir)[-1]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def assert_ends_the_same(run_dir: RunDir, calm: RunDir, datasets_dir: Path) -> None:
    assert carried_on(run_dir, datasets_dir) is Ending.FINISHED
    assert figures(told(run_dir)) == figures(told(calm))
    assert_equal_folders(run_dir, calm)


def test_no_room_for_a_checkpoint_within_an_epoch_is_a_warning(
    calm: RunDir, tmp_path: Path, datasets_dir: Path
) -> None:
    run_dir = RunDir(tmp_path / "run")
    run_dir.create(tiny_config())
    with no_file_above(20_000):  # the tiny network takes more, its journal less
        assert carried_on(run_dir, datasets_dir) is Ending.FAILED
    warnings = [event.message for event in told(run_dir) if isinstance(event, Log)]
    assert len(warnings) == 5, "one for each step of the first epoch"
    assert set(warnings) == {
        "No checkpoint within the epoch: A file would be larger than it may be. "
        "Raise the limit of its size (ulimit -f)."
    }
    ended = last(run_dir)
    assert isinstance(ended, Failed)
    assert ended.error_type == "FileTooLarge"
    assert "goes on after its last checkpoint" in ended.hint
    assert list(run_dir.checkpoints.iterdir()) == []
    assert_ends_the_same(run_dir, calm, datasets_dir)


@pytest.mark.parametrize("steps", [7, 10])
def test_a_checkpoint_that_cannot_be_written_leaves_the_good_ones(
    steps: int, calm: RunDir, tmp_path: Path, datasets_dir: Path
) -> None:
    """Stopped within the second epoch, and after its last step."""
    run_dir = begun(tmp_path / "run", datasets_dir, steps)
    kept = {path.name: path.read_bytes() for path in run_dir.checkpoints.iterdir()}
    assert {"last.pt", "within-epoch.pt"} <= kept.keys()
    with no_file_above(20_000):
        assert carried_on(run_dir, datasets_dir, Resources(1)) is Ending.FAILED
    assert {path.name: path.read_bytes() for path in run_dir.checkpoints.iterdir()} == kept
    assert load_checkpoint(run_dir.checkpoints / "last.pt")["epoch"] == 1
    assert_ends_the_same(run_dir, calm, datasets_dir)


def test_a_journal_that_cannot_grow_is_cut_and_gone_on_with(
    calm: RunDir, tmp_path: Path, datasets_dir: Path
) -> None:
    """Not even the failure finds room; whoever started the run hears of it."""
    run_dir = begun(tmp_path / "run", datasets_dir, 7)
    whole = run_dir.events.read_bytes()
    with no_file_above(len(whole) + 300), pytest.raises(OSError, match="File too large"):
        carried_on(run_dir, datasets_dir)
    assert run_dir.events.read_bytes().startswith(whole)
    assert_ends_the_same(run_dir, calm, datasets_dir)
    entries = told(run_dir)
    assert isinstance(entries[-1], Finished)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_at_a_stop_stops_the_run_with_a_warning(
    calm: RunDir, tmp_path: Path, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked for the stop gets it; the steps of the epoch are lost, and the journal says so."""
    run_dir = RunDir(tmp_path / "run")
    run_dir.create(tiny_config())
    monkeypatch.setattr(RunDir, "drop_drafts", lambda _: None)
    draft = run_dir.checkpoints / "within-epoch.pt.part"
    draft.symlink_to(FULL)
    left = iter(range(6))
    run_child(run_dir, datasets_dir, 1, lambda: next(left, None) is None, lambda _: None, Resources(1))
    *_, warned, _used, stopped = told(run_dir)
    assert isinstance(warned, Log)
    assert "The disk is full" in warned.message
    assert stopped == Stopped(epoch=1, steps=0)
    assert not draft.is_symlink()
    monkeypatch.undo()
    assert_ends_the_same(run_dir, calm, datasets_dir)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_log_that_finds_no_room_stops_nobody(tmp_path: Path, datasets_dir: Path) -> None:
    run_dir = RunDir(tmp_path / "run")
    run_dir.create(tiny_config())
    run_dir.log.symlink_to(FULL)
    assert carried_on(run_dir, datasets_dir) is Ending.FINISHED


def test_what_a_killed_process_left_half_written_goes_at_the_next_start(
    tmp_path: Path, datasets_dir: Path
) -> None:
    run_dir = begun(tmp_path / "run", datasets_dir, 7)
    left = [run_dir.checkpoints / "last.pt.part", run_dir.predictions / "test-last.npz.part",
            run_dir.path / "config.json.part"]  # fmt: skip
    for path in left:
        path.write_bytes(b"half")
    assert carried_on(run_dir, datasets_dir) is Ending.FINISHED
    assert not any(path.exists() for path in left)
    [_, again] = [event for event in told(run_dir) if isinstance(event, Started)]
    assert (again.resumed_after_epoch, again.resumed_after_steps) == (1, 2)


def test_a_damaged_checkpoint_within_an_epoch_is_named_and_can_go(
    calm: RunDir, tmp_path: Path, datasets_dir: Path
) -> None:
    run_dir = begun(tmp_path / "run", datasets_dir, 7)
    within = run_dir.checkpoints / "within-epoch.pt"
    within.write_bytes(within.read_bytes()[:-1000])
    assert carried_on(run_dir, datasets_dir) is Ending.FAILED
    ended = last(run_dir)
    assert isinstance(ended, Failed)
    assert "within-epoch.pt cannot be read" in ended.message
    assert ended.hint == "Delete the file to train after the last finished epoch."
    within.unlink()
    assert_ends_the_same(run_dir, calm, datasets_dir)
