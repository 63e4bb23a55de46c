"""Arrays are read whole, whoever else reads at that moment."""

import ast
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.arrays import mapped, read_npz


def test_wanted_arrays_of_an_archive_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", one=np.arange(3), other=np.eye(2))
    assert read_npz(tmp_path / "two.npz").keys() == {"one", "other"}
    np.testing.assert_array_equal(read_npz(tmp_path / "two.npz", "one".__eq__)["one"], [0, 1, 2])
    np.save(tmp_path / "three.npy", np.arange(3))
    assert isinstance(mapped(tmp_path / "three.npy"), np.memmap)


def test_no_two_threads_parse_a_head_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails in one of a thousand reads where they do, so what is looked at is whether they do."""
    np.savez(tmp_path / "two.npz", one=np.arange(3), other=np.eye(2))
    np.save(tmp_path / "three.npy", np.arange(3))
    parse, parsing = ast.literal_eval, threading.Lock()
    alone: list[bool] = []

    def slowly(text: str) -> Any:
        first = parsing.acquire(blocking=False)
        alone.append(first)
        time.sleep(0.001)
        if first:
            parsing.release()
        return parse(text)

    monkeypatch.setattr(ast, "literal_eval", slowly)
    with ThreadPoolExecutor(4) as pool:
        reads = [pool.submit(read_npz, tmp_path / "two.npz") for _ in range(8)]
        maps = [pool.submit(mapped, tmp_path / "three.npy") for _ in range(8)]
        assert [len(one.result()) for one in reads] == [2] * 8
        assert [len(one.result()) for one in maps] == [3] * 8
    assert alone == [True] * 24
