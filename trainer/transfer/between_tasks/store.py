"""What networks did on scenes, kept once for all jobs: nothing is trained twice. numpy only.

A file is a slot: one target, one way of training, so many images, one seed. It holds an outcome of every
source that was measured there.
"""

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.arrays import read_npz
from trainer.data.building import locked
from trainer.errors import DataError
from trainer.run_dir import replacing
from trainer.transfer.between_tasks.config import FOLDER
from trainer.transfer.tasks import Examples

SAMPLES = 6
"""The first test images, whose outputs are kept to be looked at."""
Way = Literal["full", "scratch", "frozen", "finetune"]
"""full: the task's own network on the large split. scratch: one on the few images alone. frozen: a readout of
a source's features. finetune: a source's network trained on."""
ALONE = "alone"
"""Stands in the place of sources where there are none: full and scratch."""

_FIELDS = ("validation", "test", "quality", "samples", "seconds")
_NO_SAMPLES = np.empty((0,), np.float16)
_OF_DAMAGE = (
    ValueError, TypeError, AttributeError, LookupError, EOFError, RuntimeError, zipfile.BadZipFile,
    struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What zipfile and numpy make of torn headers."""


class UnreadableError(DataError):
    """A file cannot be read at this moment; that says nothing against what is in it."""


class Slot(NamedTuple):
    """Where outcomes of one target are kept."""

    target: str
    way: Way
    images: int
    """Labelled ones; 0 for all of the large split."""
    seed: int
    width: int
    epochs: int
    """Those of the tasks' own networks."""

    @property
    def name(self) -> str:
        """Of its file, and of its piece in the journal."""
        few = f"-{self.images}" if self.images else ""
        return f"{self.target}-{self.way}{few}-seed-{self.seed}-width-{self.width}-epochs-{self.epochs}"


@dataclass(frozen=True)
class Outcome:
    """How a network did on the validation and test scenes.

    validation [1000], test [2000]: float32, the target's loss of each image, NaN where it has no target.
    quality: the target's own measure on the test images. samples: float16 [6, ...], what it predicts of the
    first test images, in the targets' units (logits for classes). seconds: that it took to train and judge.
    """

    validation: NDArray[np.float32]
    test: NDArray[np.float32]
    quality: float
    samples: NDArray[np.float16]
    seconds: float


def key_of(sources: Iterable[str]) -> str:
    """Of a set of sources, in the order of the registry: such as "edges+shape"."""
    return "+".join(sources)


class TransferStore:
    """Outcomes and encoders below a folder of data sets. Several processes may use it at once."""

    def __init__(self, datasets_dir: Path) -> None:
        self._folder = datasets_dir / FOLDER

    def outcomes(self, slot: Slot, *, samples: bool = True) -> Mapping[str, Outcome]:
        """By key of sources, those that are kept. Raises DataError for a damaged file, and its kind
        UnreadableError for one that cannot be read now.

        Without `samples` these are empty, and it takes half the time.
        """
        found: dict[str, dict[str, Any]] = {}
        skipped = "" if samples else "/samples"
        for name, values in self._read(self.path(slot), skipped).items():
            key, _, field = name.partition("/")
            found.setdefault(key, {})[field] = values.item() if values.ndim == 0 else values
        try:
            return {key: Outcome(**{"samples": _NO_SAMPLES, **fields}) for key, fields in found.items()}
        except TypeError as error:
            raise _damaged(self.path(slot), error) from error

    def stamp(self, slot: Slot) -> tuple[int, int] | None:
        """Another one whenever the slot's outcomes have changed; None where there are none."""
        try:
            found = self.path(slot).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size

    def keep(self, slot: Slot, key: str, outcome: Outcome) -> None:
        """Add one, whole or not at all. Raises DataError where the place cannot be written."""
        path = self.path(slot)
        with locked(path):
            values = dict(self._read(path))
            values |= {f"{key}/{field}": np.asarray(getattr(outcome, field)) for field in _FIELDS}
            _write(path, values)

    def weights(self, slot: Slot) -> Mapping[str, NDArray[Any]] | None:
        """The parameters and buffers of an encoder; None where they are not kept. Raises DataError."""
        return self._read(self._weights_path(slot)) or None

    def keep_weights(self, slot: Slot, weights: Mapping[str, NDArray[Any]]) -> None:
        """Those of the encoder that the slot's network has. Raises DataError."""
        with locked(path := self._weights_path(slot)):
            _write(path, weights)

    def shown(self, target: str) -> Examples | None:
        """The first test images of a task with their targets; None where none are kept. Raises DataError."""
        found = self._read(self._shown_path(target))
        return Examples(**found) if found else None

    def keep_shown(self, target: str, examples: Examples) -> None:
        """The first of these test examples. Raises DataError."""
        told = {name: values[:SAMPLES] for name, values in vars(examples).items() if values is not None}
        with locked(path := self._shown_path(target)):
            _write(path, told)

    def spare(self, slots: Collection[Slot]) -> list[Path]:
        """Files of outcomes, encoders and samples that belong to none of these slots."""
        own = {place(slot) for slot in slots for place in (self.path, self._weights_path)}
        own |= {self._shown_path(slot.target) for slot in slots}
        return sorted(path for path in self._folder.glob("*.npz") if path not in own)

    def path(self, slot: Slot) -> Path:
        """Of a slot's outcomes."""
        return self._folder / f"{slot.name}.npz"

    def _shown_path(self, target: str) -> Path:
        return self._folder / f"{target}.shown.npz"

    def _weights_path(self, slot: Slot) -> Path:
        return self._folder / f"{slot.name}.encoder.npz"

    def _read(self, path: Path, skipped: str = "") -> Mapping[str, NDArray[Any]]:
        """All arrays of a file but those whose names end so. Raises DataError."""
        try:
            found = read_npz(path, lambda name: not skipped or not name.endswith(skipped))
        except FileNotFoundError:
            return {}
        except OSError as error:
            if error.errno in (None, errno.EINVAL):  # of the archive, which leads to no place in the file
                raise _damaged(path, error) from error
            raise UnreadableError(f"{path} cannot be read now: {error}", "Look again later.") from error
        except MemoryError as error:
            raise UnreadableError(f"{path} cannot be read now: {error}", "Look again later.") from error
        except _OF_DAMAGE as error:
            raise _damaged(path, error) from error
        if not all(isinstance(values, np.ndarray) for values in found.values()):
            raise _damaged(path, ValueError("it holds what is no array"))
        return found


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} is damaged: {error}",
        "Delete that file and launch the same again: what is missing will be measured.",
    )


def _write(path: Path, values: Mapping[str, NDArray[Any]]) -> None:
    with replacing(path) as file:
        np.savez(file, allow_pickle=False, **values)
