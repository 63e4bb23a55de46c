"""Kept predictions of runs, read from their folders: what was predicted, and which images were right.

Without torch, and without numpy until somebody asks. A comparison reads a hundred of these files, so only
the arrays that are asked for are read, and what was right is remembered, a bit an image, as long as the file
stays the same. A file that is absent, damaged or foreign is None here; why, `views.prediction_views` says.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from trainer.errors import PredictionsError
from trainer.run_dir import EpochName, RunDir, SplitName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REMEMBERED = 4096
"""Files; at 10,000 images each 5 MB."""


Stand = tuple[int, int, int]


class Predicted(NamedTuple):
    """After `epoch`: true and predicted class of each image, unsigned [N], in the split's order."""

    epoch: int
    labels: "NDArray[np.unsignedinteger]"
    predicted: "NDArray[np.unsignedinteger]"


class Hits(NamedTuple):
    """After `epoch`: whether each image was right, bool [N], in the split's order.

    Two runs' images are the same where their `source`, and for validation their `fingerprint`, are equal.
    """

    epoch: int
    right: "NDArray[np.bool_]"
    source: str
    fingerprint: str


def kept_file(runs_dir: Path, run_id: int, split: SplitName, at: EpochName) -> Path | None:
    """Where the run keeps these predictions; None where it does not, or outside of its own folder."""
    folder = RunDir(runs_dir / str(run_id))
    path = folder.predictions_file(split, at).resolve()
    own = runs_dir.resolve() / str(run_id) / folder.predictions.name
    return path if path.is_relative_to(own) and path.is_file() else None


def predicted(runs_dir: Path, run_id: int, split: SplitName, at: EpochName) -> Predicted | None:
    """True and predicted classes; None where there are none to be read."""
    path = kept_file(runs_dir, run_id, split, at)
    found = _read(path, "epoch", "labels", "predicted") if path else None
    if found is None:
        return None
    return Predicted(int(found["epoch"]), found["labels"], found["predicted"])


def hits(runs_dir: Path, run_id: int, split: SplitName, at: EpochName) -> Hits | None:
    """Which images were right; None where there are none to be read."""
    if (stands := stand_of(runs_dir, run_id, split, at)) is None:
        return None
    packed = _packed_hits(runs_dir, run_id, split, at, stands)
    return None if packed is None else packed.opened()


def stand_of(runs_dir: Path, run_id: int, split: SplitName, at: EpochName) -> Stand | None:
    """(changed, inode, bytes) of the file: another after each write; None where there is none."""
    try:
        seen = RunDir(runs_dir / str(run_id)).predictions_file(split, at).stat()
    except OSError:  # none were kept, or they are deleted
        return None
    return seen.st_mtime_ns, seen.st_ino, seen.st_size


class _PackedHits(NamedTuple):
    epoch: int
    images: int
    bits: bytes
    source: str
    fingerprint: str

    def opened(self) -> Hits:
        import numpy as np

        bits = np.unpackbits(np.frombuffer(self.bits, np.uint8), count=self.images)
        return Hits(self.epoch, bits.view(np.bool_), self.source, self.fingerprint)


@lru_cache(maxsize=_REMEMBERED)
def _packed_hits(
    runs_dir: Path, run_id: int, split: SplitName, at: EpochName, _as_seen: Stand
) -> _PackedHits | None:
    """Of the file as it is; its time, inode and size say that it is still the same."""
    import numpy as np

    path = kept_file(runs_dir, run_id, split, at)
    found = _read(path, "epoch", "labels", "predicted", "source", "fingerprint") if path else None
    if found is None:
        return None
    right = found["labels"] == found["predicted"]
    about = str(found["source"]), str(found["fingerprint"])
    return _PackedHits(int(found["epoch"]), len(right), np.packbits(right).tobytes(), *about)


def _read(path: Path, *names: str) -> "dict[str, NDArray[Any]] | None":
    from trainer.prediction_file import read_members

    try:
        return read_members(path, *names)
    except PredictionsError:
        return None
