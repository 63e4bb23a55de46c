"""Arrays out of numpy's files, for one thread at a time. numpy only.

numpy parses the head of each array by `ast.literal_eval`, and CPython 3.11 up to 3.11.7 counts the depth of
all that is parsed at once by one number: where two threads parse, one may fail (python/cpython#106905).
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_parsing = threading.Lock()


def read_npz(path: Path, wanted: Callable[[str], bool] = lambda _: True) -> dict[str, NDArray[Any]]:
    """The arrays of an archive whose names are wanted, by name; raises what zipfile and numpy raise."""
    with _parsing, np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files if wanted(name)}


def mapped(path: Path) -> NDArray[Any]:
    """The array of a file, mapped from disk and not to be written; raises what numpy raises."""
    with _parsing:
        array: NDArray[Any] = np.load(path, mmap_mode="r")
    return array
