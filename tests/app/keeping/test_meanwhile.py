"""What people do to a board while it is copied: they delete, import, launch; and where a copy may go."""

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from sqlalchemy import select

from app.keeping import backup, contents
from app.keeping.backup import back_up
from app.keeping.restore import restore
from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import delete_run, get_run
from app.store.tables import Run
from app.store.workers import WorkerInfo, list_workers, register
from tests.app.journals import claimed, epoch, started, write_journal
from tests.app.keeping.boards import prepared, run_of, told_of
from tests.conftest import SeedRun
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.data.building import building, locked
from trainer.data.cache import imported_folder, read_arrays, write_arrays
from trainer.events import Checkpoint, Finished
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow


def quiet(_: str) -> None: ...


def copied(settings: Settings, tmp_path: Path) -> Settings:
    """Backed up and restored."""
    back_up(settings, tmp_path / "board.tar", say=quiet)
    copy = Settings(data_dir=tmp_path / "copy")
    restore(tmp_path / "board.tar", copy, prepared)
    return copy


def once_before(monkeypatch: pytest.MonkeyPatch, name: str, do: Callable[[], object]) -> None:
    """Call it when the first file of this name is about to be opened."""
    plain, done = contents.opened, list[bool]()

    @contextmanager
    def opened(path: Path) -> Any:
        if path.name == name and not done:
            done.append(True)
            do()
        with plain(path) as found:
            yield found

    monkeypatch.setattr(backup, "opened", opened)


def test_a_run_that_is_deleted_meanwhile_is_left_out_whole(
    settings: Settings, db: Database, seed_run: SeedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = seed_run(), seed_run()
    told = told_of(settings, kept)
    once_before(monkeypatch, "config.json", lambda: delete_run(db, settings, gone))
    made = back_up(settings, tmp_path / "board.tar", say=quiet)
    assert made.dropped == (gone,)
    assert made.contents.jobs == {"completed": 1}
    copy = Settings(data_dir=tmp_path / "copy")
    restore(tmp_path / "board.tar", copy, prepared)
    theirs = Database(copy.url)
    with theirs.read() as s:
        assert list(s.scalars(select(Run.id))) == [kept]
    assert [folder.name for folder in copy.runs_dir.iterdir()] == [str(kept)]
    assert told_of(copy, kept) == told
    theirs.close()


def test_a_run_that_is_launched_meanwhile_is_not_half_there(
    settings: Settings, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One waits when the database is copied, and has begun when the folders are."""
    _, folder = claimed(db, settings)
    write_journal(folder, [started()])
    with db.write() as s:
        waiting = queue.enqueue(s, tiny_config(), "waits").id

    def begin() -> None:
        with db.write() as s:
            run = queue.claim(s, "w2")
            assert run is not None
            assert run.id == waiting
        begun = RunDir(settings.run_dir(waiting))
        begun.create(tiny_config())
        write_journal(begun, [started(), epoch(1)])

    once_before(monkeypatch, "events.jsonl", begin)
    copy = copied(settings, tmp_path)
    theirs = Database(copy.url)
    assert (run_of(theirs, waiting).state, run_of(theirs, waiting).journal_seq) == ("queued", 0)
    assert not copy.run_dir(waiting).exists(), "it would be taken for a run of another board"
    theirs.close()


def test_a_data_set_that_is_replaced_meanwhile_is_the_old_or_the_new_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = imported_folder("pets", settings.datasets_dir)
    old, new = tiny_arrays(), tiny_arrays((5, 6, 7), 2)
    target.mkdir(parents=True)
    write_arrays(target, old)
    plain, opened = Path.open, list[str]()

    def open_and_replace(path: Path, *arguments: Any, **options: Any) -> IO[Any]:
        file: IO[Any] = plain(path, *arguments, **options)
        if path.parent == target and arguments == ("rb",):
            opened.append(path.name)
            if len(opened) == 3:
                with locked(target), building(target) as draft:
                    write_arrays(draft, new)
        return file

    monkeypatch.setattr(Path, "open", open_and_replace)
    copy = copied(settings, tmp_path)
    found = read_arrays(imported_folder("pets", copy.datasets_dir))
    assert found is not None
    assert len(opened) > 5, "it was replaced while it was being opened"
    assert found.info.train_counts == (5, 6, 7)
    assert np.array_equal(found.train_images, new.train_images)
    assert np.array_equal(found.test_labels, new.test_labels)


@pytest.mark.parametrize(
    ("told", "asked", "state", "epochs"),
    [
        ([started(), epoch(1), epoch(2)], None, "queued", 2),
        ([started(), epoch(1), Finished(epochs=1, seconds=1.0, best=None)], None, "completed", 1),
        ([started(), epoch(1)], "paused", "paused", 1),
        ([started(), epoch(1)], "canceled", "canceled", 1),
        ([], None, "queued", 0),
    ],
)
def test_what_ran_waits_again_or_is_what_it_was_to_become(
    settings: Settings,
    db: Database,
    tmp_path: Path,
    told: list[Any],
    asked: str | None,
    state: str,
    epochs: int,
) -> None:
    """Nothing of its journal was in the database when that was copied."""
    run_id, folder = claimed(db, settings)
    write_journal(folder, told)
    with db.write() as s:
        get_run(s, run_id).stop_requested = asked
        register(s, WorkerInfo("w1", 1, "here", slots=1, threads=1, devices=("cpu",)))
    copy = copied(settings, tmp_path)
    theirs = Database(copy.url)
    run = run_of(theirs, run_id)
    assert (run.state, run.epoch, run.worker_id) == (state, epochs, None)
    with theirs.read() as s:
        assert [worker.stopped_at is None for worker in list_workers(s)] == [False]
    assert run_of(db, run_id).state == "running", "the board itself goes on"
    theirs.close()


def test_a_torn_line_is_not_copied(settings: Settings, db: Database, tmp_path: Path) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1)])
    whole = folder.events.read_bytes()
    with folder.events.open("ab") as file:
        file.write(b'{"seq": 3, "time": "' + b"x" * 200_000)
    copy = copied(settings, tmp_path)
    assert RunDir(copy.run_dir(run_id)).events.read_bytes() == whole


def test_checkpoints_that_something_to_come_needs_are_never_left_out(
    settings: Settings, db: Database, seed_run: SeedRun, tmp_path: Path
) -> None:
    over, first, (going, folder) = seed_run(), seed_run(), claimed(db, settings)
    write_journal(folder, [started(), epoch(1), Checkpoint(name="last.pt", epoch=1, bytes=4)])
    with db.write() as s:
        queue.enqueue(s, tiny_config(), "second").first_stage_id = first
    for run_id in (over, first, going):
        checkpoints = RunDir(settings.run_dir(run_id)).checkpoints
        checkpoints.mkdir(exist_ok=True)
        (checkpoints / "last.pt").write_bytes(b"1234")
    made = back_up(settings, tmp_path / "board.tar", ["checkpoints"], say=quiet)
    kept = {name.split("/")[1] for name in made.contents.files if name.endswith(".pt")}
    assert kept == {str(first), str(going)}


def test_files_belong_to_who_restores(settings: Settings, seed_run: SeedRun, tmp_path: Path) -> None:
    log = RunDir(settings.run_dir(seed_run())).log
    log.write_text("secret")
    log.chmod(0o400)
    copy = copied(settings, tmp_path)
    assert (copy.data_dir / log.relative_to(settings.data_dir)).stat().st_mode & 0o600 == 0o600
