"""The kept logits of a run on one split, with all that adjusting them takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.errors import NotFoundError
from app.store.tables import Run
from app.views.predictions import kept_arrays
from trainer.prediction_file import LastLayer, read_members
from trainer.run_dir import EpochName, SplitName

NAMES = ("epoch", "logits", "predicted", "labels", "last_bias", "weight_norms", "source", "fingerprint")


class FileSeen(NamedTuple):
    """A file as it stood: what is worked out of it holds as long as it stays so."""

    path: Path
    changed: int
    inode: int
    size: int

    @classmethod
    def at(cls, path: Path) -> "FileSeen":
        """As it stands."""
        seen = path.stat()
        return cls(path, seen.st_mtime_ns, seen.st_ino, seen.st_size)


@dataclass(frozen=True, eq=False)
class KeptLogits:
    """After `epoch`: logits float16 [N, C], the answers and true classes int64 [N], and the last layer."""

    epoch: int
    logits: NDArray[np.float16]
    predicted: NDArray[np.int64]
    labels: NDArray[np.int64]
    layer: LastLayer
    source: str
    fingerprint: str

    @property
    def support(self) -> NDArray[np.int64]:
        """Images of each class."""
        return np.bincount(self.labels, minlength=self.logits.shape[1])


def logits_in(file: FileSeen) -> KeptLogits:
    """What the file holds. Raises PredictionsError where it is damaged."""
    found = read_members(file.path, *NAMES)
    return KeptLogits(
        epoch=int(found["epoch"]),
        logits=found["logits"],
        predicted=found["predicted"].astype(np.int64),
        labels=found["labels"].astype(np.int64),
        layer=LastLayer(found["last_bias"], found["weight_norms"]),
        source=str(found["source"]),
        fingerprint=str(found["fingerprint"]),
    )


def kept_file_of(run: Run, runs_dir: Path, split: SplitName, at: EpochName) -> FileSeen:
    """The file of the run's logits. Raises NotFoundError, which says why there are none to adjust."""
    path, found = kept_arrays(run, runs_dir, split, at, *NAMES)
    if not len(found["labels"]):
        raise NotFoundError(f"Run {run.id} has no images on {split}.")
    if not np.isfinite(found["logits"]).all():
        said = f"Run {run.id} diverged: some of its logits on {split} are no numbers."
        raise NotFoundError(said, "Look for an epoch or a rate at which its loss stays finite.")
    return FileSeen.at(path)
