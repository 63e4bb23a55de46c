"""A folder kept alike with another that is being written: at any moment, a run can go on from it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import at_most
from tests.faults import Faults, failing_files, full_disk, recorded, sweep
from tests.trainer.tiny import record
from trainer.errors import JournalError
from trainer.events import Checkpoint, Epoch, Event, Finished, Log
from trainer.executors import mirror as mirrors
from trainer.executors.mirror import Mirror, Seen, changes
from trainer.journal import Journal, read_entries
from trainer.run_dir import RunDir, write_atomic

EPOCHS = 3
Step = Callable[[], object]


def training(run_dir: RunDir) -> Iterator[None]:
    """What a run does to its folder, write by write, in the order of the loop; files hold their epoch."""
    run_dir.checkpoints.mkdir(parents=True)
    with Journal(run_dir.events) as journal:
        for epoch in range(1, EPOCHS + 1):
            content = str(epoch).encode()
            within = run_dir.checkpoints / "within-epoch.pt"
            steps: list[Step] = [
                partial(write_atomic, within, content),
                partial(journal.append, record(epoch, 0.5)),
                partial(run_dir.predictions.mkdir, exist_ok=True),
                partial(write_atomic, run_dir.predictions_file("test", "last"), content),
                partial(write_atomic, run_dir.checkpoints / "last.pt", content),
                within.unlink,
                partial(journal.append, Checkpoint(name="last.pt", epoch=epoch, bytes=1)),
                partial(run_dir.log.write_text, "".join(f"epoch {one}\n" for one in range(1, epoch + 1))),
            ]
            for step in steps:
                step()
                yield
        journal.append(Finished(epochs=EPOCHS, seconds=1.0, best=None))


def told(run_dir: RunDir) -> list[Event]:
    return [entry.event for entry, _ in read_entries(run_dir.events)]


def check(there: RunDir, here: RunDir) -> None:
    """A run can go on from `here`, and nothing is told that is not so."""
    assert there.events.read_bytes().startswith(here.events.read_bytes())
    events, last = told(here), here.checkpoints / "last.pt"
    epochs = [event.epoch for event in events if isinstance(event, Epoch)]
    kept = int(last.read_bytes()) if last.exists() else 0
    assert kept <= max(epochs, default=0), "a run that goes on would never tell that epoch"
    assert kept >= max(epochs, default=0) - EPOCHS
    if events and events[-1].kind == "finished":
        for file in (last, here.predictions_file("test", "last")):
            assert file.read_bytes() == str(EPOCHS).encode()
        assert not (here.checkpoints / "within-epoch.pt").exists(), "the run has removed it"


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.data())
@settings(max_examples=at_most(60), deadline=None)
def test_whenever_it_is_looked_at_the_copy_is_one_to_go_on_from(
    tmp_path_factory: pytest.TempPathFactory, looks: list[int], data: st.DataObject
) -> None:
    """Also where the run writes on between the looks of one question, and where an answer comes twice."""
    folder = tmp_path_factory.mktemp("run")
    there, here = RunDir(folder / "there"), RunDir(folder / "here")
    writing = training(there)
    next(writing)
    signatures, contents = mirrors._signatures, mirrors._contents

    def meanwhile(look: Callable[..., Any], *given: object) -> Any:
        for _ in range(data.draw(st.integers(0, 8))):
            next(writing, None)
        return look(*given)

    with pytest.MonkeyPatch.context() as patched, Mirror(here) as mirror:
        patched.setattr(mirrors, "_signatures", partial(meanwhile, signatures))
        patched.setattr(mirrors, "_contents", partial(meanwhile, contents))
        seen = Seen()
        for steps in looks:
            for _ in range(steps):
                next(writing, None)
            update = changes(there, seen)
            for _ in range(data.draw(st.integers(1, 2))):
                seen = mirror.take(update)
            check(there, here)
        for _ in writing:
            pass
        mirror.take(changes(there, seen))
    check(there, here)
    assert here.events.read_bytes() == there.events.read_bytes()
    assert here.log.read_bytes() == there.log.read_bytes()
    assert (here.checkpoints / "last.pt").read_bytes() == b"3"


class Taking:
    """A scene: all of a run arrives in two parts, and one write of it fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    def play(self, faults: Faults) -> str:
        self._number += 1
        there = RunDir(self._folder / f"there-{self._number}")
        here = RunDir(self._folder / f"here-{self._number}")
        writing = training(there)
        for _ in range(9):
            next(writing)
        first = changes(there, Seen())
        list(writing)
        second = changes(there, first.seen)
        with Mirror(here) as mirror:
            try:
                with failing_files(faults, here.path):
                    mirror.take(first)
                    mirror.take(second)
            except OSError:
                pass
        check(there, here)
        return "can go on"


def test_a_full_disk_leaves_what_can_go_on(tmp_path: Path) -> None:
    scene = Taking(tmp_path)
    passed = recorded(scene)
    assert len(passed) > 10
    assert set(sweep(scene, full_disk, range(1, len(passed) + 1))) == {"can go on"}


def test_a_gap_in_what_arrives_is_refused(tmp_path: Path) -> None:
    there, here = RunDir(tmp_path / "there"), RunDir(tmp_path / "here")
    there.path.mkdir()
    with Journal(there.events) as journal:
        journal.append(Log(message="one"))
        first = there.events.read_bytes()
        journal.append(Log(message="two"))
        journal.append(Log(message="three"))
    lines = there.events.read_bytes().splitlines(keepends=True)
    with Journal(here.events) as copy:
        copy.copy(first)
        with pytest.raises(JournalError, match="ends with event 1, and event 3 came"):
            copy.copy(lines[2])
        copy.copy(first + lines[1] + lines[1] + lines[2])
    assert here.events.read_bytes() == there.events.read_bytes()


def test_a_torn_line_waits_until_it_is_whole(tmp_path: Path) -> None:
    there = RunDir(tmp_path)
    there.events.write_bytes(b'{"seq":1,"time":"","event":{"kind":"log","message":"a"}}\n{"seq":2')
    update = changes(there, Seen())
    assert update.journal.endswith(b"}\n")
    assert update.seen.journal == len(update.journal)
    assert changes(there, update.seen).is_empty
