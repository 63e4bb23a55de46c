"""A run folder carried to its end: journal, log, endings, attempts."""

import json
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
import torch

import trainer.runner
from tests.app.journals import started
from tests.trainer.tiny import tiny_config
from trainer.checkpoint_policy import CheckpointPolicy
from trainer.config import RunConfig
from trainer.data.sources import load
from trainer.errors import JournalError
from trainer.events import Entry, Epoch, Failed, Finished, Log, Started, Stopped
from trainer.executors.base import Resources
from trainer.failures import is_the_machines
from trainer.journal import Journal, read_entries
from trainer.run_dir import RunDir
from trainer.runner import Ending, next_attempt, run_child

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _tolerant_torch() -> Any:
    """A run makes its process deterministic; other tests get back what they had."""
    yield
    torch.use_deterministic_algorithms(False)


def go(
    run_dir: RunDir, datasets_dir: Path, stop: bool = False, every_epochs: int | None = None
) -> tuple[Ending, list[Entry]]:
    told: list[Entry] = []
    resources = Resources(1, checkpoints=CheckpointPolicy(every_epochs=every_epochs))
    ending = run_child(run_dir, datasets_dir, next_attempt(run_dir), lambda: stop, told.append, resources)
    return ending, told


def losses(told: list[Entry]) -> list[tuple[int, float | None, float | None]]:
    epochs = [entry.event for entry in told if isinstance(entry.event, Epoch)]
    return [(one.epoch, one.train_loss, one.test_loss) for one in epochs]


def test_a_finished_run_stands_in_journal_and_log(run_dir: RunDir, datasets_dir: Path) -> None:
    run_dir.create(tiny_config())
    ending, told = go(run_dir, datasets_dir)
    assert ending is Ending.FINISHED
    assert [entry for entry, _ in read_entries(run_dir.events)] == told
    assert [entry.seq for entry in told] == list(range(1, len(told) + 1))
    assert isinstance(told[0].event, Started)
    assert isinstance(told[-1].event, Finished)
    assert told[0].event.provenance["deterministic"] is True
    log = run_dir.log.read_text()
    assert "epoch 3:" in log
    assert "Finished 3 epochs" in log


def test_a_stopped_run_goes_on_in_the_same_journal(run_dir: RunDir, datasets_dir: Path) -> None:
    run_dir.create(tiny_config())
    ending, first = go(run_dir, datasets_dir, stop=True)
    assert ending is Ending.STOPPED
    assert first[-1].event == Stopped(epoch=0, steps=1)
    ending, second = go(run_dir, datasets_dir)
    assert ending is Ending.FINISHED
    assert isinstance(second[0].event, Started)
    assert second[0].event.attempt == 2
    assert second[0].seq == first[-1].seq + 1


@pytest.mark.parametrize(
    ("known", "kept", "resumed"),
    [(4, (), 0), (5, (), 5), (9, (), 5), (4, (1, 3), 3), (2, (1, 3), 1), (0, (1,), 0)],
)
def test_a_run_with_a_new_journal_goes_on_only_after_an_epoch_that_is_known(
    run_dir: RunDir, datasets_dir: Path, known: int, kept: tuple[int, ...], resumed: int
) -> None:
    """The last checkpoint is of epoch 5: where readers know less, their figures would have a gap."""
    run_dir.create(tiny_config(optim={"epochs": 5}))
    figures = losses(go(run_dir, datasets_dir, every_epochs=1)[1])
    for path in run_dir.checkpoints.iterdir():
        if path.name not in ("last.pt", *(f"epoch-{number}.pt" for number in kept)):
            path.unlink()
    run_dir.events.unlink()
    with Journal(run_dir.events, after=11) as journal:
        journal.append(Log(message="anew", known_epochs=known))
    ending, told = go(run_dir, datasets_dir)
    assert ending is Ending.FINISHED
    assert isinstance(told[0].event, Started)
    assert (told[0].seq, told[0].event.resumed_after_epoch) == (13, resumed)
    assert losses(told) == figures[resumed:]
    said = [entry.event.message for entry in told if isinstance(entry.event, Log)]
    where = f"goes on after epoch {resumed}" if resumed else "begins with epoch 1 again"
    assert len(said) == (known < 5)
    assert all("is of epoch 5" in one and f"up to {known} are known: training {where}" in one for one in said)


def test_a_run_waits_for_the_process_of_an_earlier_attempt(
    run_dir: RunDir, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B7: and where that one stays, it says so."""
    run_dir.create(tiny_config())
    with Journal(run_dir.events) as earlier:
        monkeypatch.setattr(trainer.runner, "PATIENCE_SECONDS", 0.2)
        with pytest.raises(JournalError, match="being written by another process") as caught:
            go(run_dir, datasets_dir)
        assert not is_the_machines(caught.value)  # other runs need not wait for it
        monkeypatch.setattr(trainer.runner, "PATIENCE_SECONDS", 20.0)
        Timer(0.3, earlier.close).start()
        assert go(run_dir, datasets_dir)[0] is Ending.FINISHED


def shapes_config() -> RunConfig:
    return tiny_config(
        data={"dataset": "shapes10"}, model={"width": 1}, optim={"epochs": 1, "milestones": []}
    )


def told_sources(entries: list[Entry]) -> list[str | None]:
    return [entry.event.source for entry in entries if isinstance(entry.event, Started)]


@pytest.mark.usefixtures("quickly_drawn")
def test_a_run_is_trained_on_the_images_that_its_folder_asks_for(run_dir: RunDir, tmp_path: Path) -> None:
    run_dir.create(shapes_config(), "shapes10/v1")
    assert told_sources(go(run_dir, tmp_path)[1]) == ["shapes10/v1"]
    other = RunDir(tmp_path / "other")
    other.create(shapes_config())
    assert told_sources(go(other, tmp_path)[1]) == ["shapes10/v2"]


@pytest.mark.usefixtures("quickly_drawn")
@pytest.mark.parametrize(("told", "source"), [(None, "shapes10/v1"), ("shapes10/v2", "shapes10/v2")])
def test_a_run_goes_on_with_the_images_that_its_journal_began_with(
    run_dir: RunDir, tmp_path: Path, told: str | None, source: str
) -> None:
    """A journal that tells no source was written when shapes10 was its first version."""
    run_dir.create(shapes_config())
    with Journal(run_dir.events) as journal:
        journal.append(started(config=shapes_config(), source=told))
    assert told_sources(go(run_dir, tmp_path)[1]) == [source]


def test_images_that_came_since_are_refused_in_words(run_dir: RunDir, datasets_dir: Path) -> None:
    run_dir.create(tiny_config(), "folder:tiny/before")
    ending, told = go(run_dir, datasets_dir)
    assert ending is Ending.FAILED
    assert isinstance(told[-1].event, Failed)
    assert "was imported anew since" in told[-1].event.message
    assert "launch a new run" in told[-1].event.hint


def test_an_unknown_data_set_fails_in_words(run_dir: RunDir, datasets_dir: Path) -> None:
    run_dir.create(tiny_config(data={"dataset": "folder:nope"}))
    ending, told = go(run_dir, datasets_dir)
    assert ending is Ending.FAILED
    [failed] = [entry.event for entry in told]
    assert isinstance(failed, Failed)
    assert failed.error_type == "DataError"
    assert "folder:nope" in failed.message
    assert failed.hint
    assert failed.traceback == ""


def test_a_configuration_that_went_bad_on_disk_fails_naming_the_field(
    run_dir: RunDir, datasets_dir: Path
) -> None:
    run_dir.create(tiny_config())
    broken = json.loads(run_dir.config.read_text())
    broken["loss"]["beta"] = 2
    broken["loss"]["weighting"] = "class_balanced"
    run_dir.config.write_text(json.dumps(broken))
    _, told = go(run_dir, datasets_dir)
    assert isinstance(told[-1].event, Failed)
    assert "loss.beta" in told[-1].event.message


def test_a_diverging_run_fails_naming_epoch_and_step(run_dir: RunDir, datasets_dir: Path) -> None:
    run_dir.create(
        tiny_config(optim={"learning_rate": 1000, "weight_decay": 1, "momentum": 0.99, "epochs": 200})
    )
    ending, told = go(run_dir, datasets_dir)
    assert ending is Ending.FAILED
    assert isinstance(told[-1].event, Failed)
    assert told[-1].event.error_type == "DivergedError"
    assert "step" in told[-1].event.message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "OutOfMemory"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"),
            "OutOfMemory",
        ),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"), "OutOfMemory"),
        (RuntimeError("shape mismatch"), "RuntimeError"),
    ],
)
def test_unforeseen_errors_bring_their_last_lines(
    error: Exception, kind: str, run_dir: RunDir, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(trainer.runner, "load", fail)
    run_dir.create(tiny_config())
    ending, told = go(run_dir, datasets_dir)
    assert ending is Ending.FAILED
    failed = told[-1].event
    assert isinstance(failed, Failed)
    assert failed.error_type == kind
    assert ("batch_size" in failed.hint) == (kind == "OutOfMemory")
    assert "in fail" in failed.traceback
    assert len(failed.traceback.splitlines()) <= 20


def test_an_allocation_too_large_for_this_machine_is_out_of_memory(
    run_dir: RunDir, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words that torch's CPU allocator really uses."""
    monkeypatch.setattr(trainer.runner, "load", lambda *_: torch.empty(2**46))
    run_dir.create(tiny_config())
    _, told = go(run_dir, datasets_dir)
    assert isinstance(told[-1].event, Failed)
    assert told[-1].event.error_type == "OutOfMemory"


def test_what_the_data_set_says_is_logged(
    run_dir: RunDir, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def talkative(name: str, folder: Path, say: Any, source: str | None) -> Any:
        say("Drawing it")
        return load(name, folder, say, source)

    monkeypatch.setattr(trainer.runner, "load", talkative)
    run_dir.create(tiny_config(optim={"epochs": 1}))
    _, told = go(run_dir, datasets_dir)
    assert told[0].event == Log(message="Drawing it")


def test_attempts_count_the_starts(run_dir: RunDir, datasets_dir: Path) -> None:
    assert next_attempt(run_dir) == 1
    run_dir.create(tiny_config(optim={"epochs": 1}))
    go(run_dir, datasets_dir)
    assert next_attempt(run_dir) == 2
