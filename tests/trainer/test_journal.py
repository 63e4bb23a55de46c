"""The journal: torn and damaged lines, one writer, what a failed write leaves."""

import errno
import json
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import at_most
from trainer.errors import JournalError
from trainer.events import Batch, Event, Log, Stopped
from trainer.journal import Journal, read_entries

events = st.one_of(
    st.builds(Log, message=st.text()),
    st.builds(
        Batch,
        epoch=st.integers(1, 9),
        step=st.integers(1, 9),
        steps=st.just(9),
        loss=st.floats(),
        images_per_second=st.floats(0, 1e6),
    ),
    st.builds(Stopped, epoch=st.integers(0, 9)),
)


@given(st.lists(events, max_size=8), st.data())
@settings(max_examples=at_most(50), deadline=None)
def test_any_torn_tail_is_cut_and_numbers_go_on(
    tmp_path_factory: pytest.TempPathFactory, written: list[Event], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("run") / "events.jsonl"
    with Journal(path) as journal:
        entries = [journal.append(event) for event in written]
    whole = path.read_bytes()
    keep = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:keep])
    survivors = whole[:keep].count(b"\n")
    assert [entry for entry, _ in read_entries(path)] == entries[:survivors]
    with Journal(path) as journal:
        assert journal.append(Log(message="on")).seq == survivors + 1
    assert [entry.seq for entry, _ in read_entries(path)] == list(range(1, survivors + 2))


def test_reader_goes_on_from_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Journal(path) as journal:
        journal.append(Log(message="one"))
        [(_, offset)] = list(read_entries(path))
        journal.append(Log(message="two"))
        [(entry, _)] = list(read_entries(path, offset))
    assert entry.event == Log(message="two")


def test_figures_that_are_not_finite_become_null(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Journal(path) as journal:
        journal.append(Batch(epoch=1, step=1, steps=1, loss=float("inf"), images_per_second=1))
    assert json.loads(path.read_text(), parse_constant=pytest.fail)["event"]["loss"] is None


def test_damage_is_named_by_file_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"seq": 1, "time": "t", "event": {"kind": "nonsense"}}\n')
    with pytest.raises(JournalError, match=r"events\.jsonl is damaged at byte 0"):
        list(read_entries(path))


def test_a_journal_has_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Journal(path) as journal:
        journal.append(Log(message="first"))
        with pytest.raises(JournalError, match="being written by another process"):
            Journal(path)
    with Journal(path) as journal:
        assert journal.append(Log(message="second")).seq == 2


def test_a_new_writer_waits_for_the_former_one(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Journal(path) as first:
        first.append(Log(message="first"))
        Timer(0.3, first.close).start()
        with Journal(path, patience_seconds=20) as journal:
            assert journal.last_seq == 1


def test_an_empty_journal_may_go_on_after_a_number(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Journal(path, after=7) as journal:
        assert journal.append(Log(message="on")).seq == 8
    with Journal(path, after=2) as journal:
        assert journal.last_seq == 8


@pytest.mark.parametrize("written", [0, 10])
def test_a_write_that_fails_leaves_the_journal_whole(tmp_path: Path, written: int) -> None:
    """A full disk takes a part of a line; when there is space again, it is cut and numbers go on."""

    class Full:
        """The file, once, on a disk that is full."""

        def __init__(self, file: IO[bytes]) -> None:
            self.file, self.full = file, True

        def write(self, line: bytes) -> int:
            if not self.full:
                return self.file.write(line)
            self.full = False
            self.file.write(line[:written])
            raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    path = tmp_path / "events.jsonl"
    with Journal(path) as journal:
        journal.append(Log(message="one"))
        journal._file = cast(IO[bytes], Full(journal._file))
        with pytest.raises(OSError, match="No space"):
            journal.append(Log(message="lost"))
        assert journal.append(Log(message="two")).seq == 2
    assert [entry.event for entry, _ in read_entries(path)] == [Log(message="one"), Log(message="two")]


def test_an_entry_that_cannot_be_synced_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "I/O error")

    with Journal(tmp_path / "events.jsonl") as journal, monkeypatch.context() as broken:
        broken.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="I/O"):
            journal.append(Stopped(epoch=1))
        assert journal.append(Log(message="on")).seq == 2


def test_missing_journal_is_empty(tmp_path: Path) -> None:
    assert list(read_entries(tmp_path / "events.jsonl")) == []
