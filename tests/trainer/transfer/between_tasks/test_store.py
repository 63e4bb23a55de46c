"""Files of outcomes that are damaged, or that cannot be read for a while."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.errors import DataError
from trainer.transfer.between_tasks.store import Outcome, Slot, TransferStore, UnreadableError

SLOT = Slot("edges", "frozen", 100, 0, 16, 12)
_DIRECTORY = b"PK\x01\x02"


def with_byte(content: bytes, after: bytes, skipped: int, byte: int) -> bytes:
    at = content.index(after) + skipped
    return content[:at] + bytes([byte]) + content[at + 1 :]


@pytest.fixture
def store(tmp_path: Path) -> TransferStore:
    kept = TransferStore(tmp_path)
    few = np.zeros(5, np.float32)
    kept.keep(SLOT, "shape", Outcome(few, few, 0.5, np.zeros((6, 2), np.float16), 1.0))
    return kept


@pytest.mark.parametrize("damage", [
    lambda content: b"",
    lambda content: content[: len(content) // 2],
    lambda content: with_byte(content, _DIRECTORY, 10, 99),  # a way of packing that there is not
    lambda content: with_byte(content, _DIRECTORY, 10, 8),  # one that it is not packed by
    lambda content: with_byte(content, _DIRECTORY, 10, 12),
    lambda content: with_byte(content, _DIRECTORY, 8, 1),  # as if encrypted
    lambda content: with_byte(content, b"\x93NUMPY", 0, 0),  # no array
    lambda content: content.replace(b"/quality", b"/qualitx"),
])  # fmt: skip
def test_a_damaged_file_is_named_whatever_is_wrong_with_it(
    store: TransferStore, damage: Callable[[bytes], bytes]
) -> None:
    path = store.path(SLOT)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match="is damaged") as raised:
        store.outcomes(SLOT)
    assert not isinstance(raised.value, UnreadableError)
    assert raised.value.hint.startswith("Delete that file and launch the same again")


def test_what_is_no_array_is_damage(store: TransferStore) -> None:
    with store.path(SLOT).open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(DataError, match="is damaged"):
        store.outcomes(SLOT)


@pytest.mark.parametrize("error", [
    OSError(errno.EMFILE, "Too many open files"), OSError(errno.EIO, "Input/output error"),
    PermissionError(errno.EACCES, "Permission denied"), MemoryError("no room"),
])  # fmt: skip
def test_what_cannot_be_read_now_is_not_to_be_deleted(
    store: TransferStore, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(np, "load", fails)
    with pytest.raises(UnreadableError, match="cannot be read now") as raised:
        store.outcomes(SLOT)
    assert "elete" not in raised.value.hint
