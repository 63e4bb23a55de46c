"""The data sets that a run may name: listing, describing and loading them. Imports no torch.

`describe` and `list_datasets` never generate, download or decode; `load` does whatever is needed. How each
source comes to its images lies in `synthetic`; what lies on disk, in `cache`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainer.data import synthetic
from trainer.data.cache import DatasetArrays, DatasetInfo, read_info, read_or_build
from trainer.errors import DataError

__all__ = ["DatasetArrays", "DatasetInfo", "describe", "list_datasets", "load"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Source:
    """A data set known by name before it is on disk: its description, folder, and what fills the folder."""

    info: DatasetInfo
    folder: str
    announcement: str
    build: Callable[[Path], None]


_BUILT_IN = {
    "shapes10": _Source(synthetic.INFO, "shapes10-v1", "Drawing shapes10", synthetic.build_shapes10),
}


def list_datasets(datasets_dir: Path) -> list[DatasetInfo]:
    """Every data set that a run may name."""
    return [describe(name, datasets_dir) for name in _BUILT_IN]


def describe(name: str, datasets_dir: Path) -> DatasetInfo:
    """What is known of the data set without its images. Raises DataError for an unknown or damaged one."""
    source = _BUILT_IN.get(name)
    if source is None:
        raise _unknown(name)
    return read_info(datasets_dir / source.folder) or source.info


def load(name: str, datasets_dir: Path, say: Say) -> DatasetArrays:
    """The data set with its images, generated or downloaded where they are not on disk yet.

    `say` is told what takes time. Two processes may load the same data set at once. Raises DataError.
    """
    source = _BUILT_IN.get(name)
    if source is None:
        raise _unknown(name)

    def build(folder: Path) -> None:
        say(source.announcement)
        source.build(folder)

    return read_or_build(datasets_dir / source.folder, build)


def _unknown(name: str) -> DataError:
    return DataError(f"There is no data set {name!r}.", f"Known are {', '.join(_BUILT_IN)}.")
