"""The data sets that a run may name: listing, describing and loading them. Imports no torch.

`describe` and `list_datasets` never generate, download or decode; `load` does whatever is needed. How each
source comes to its images lies in `synthetic`, `cifar` and `folder`; what lies on disk, in `cache`.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainer.data import cifar, synthetic
from trainer.data.cache import (
    DatasetArrays,
    DatasetInfo,
    imported_folder,
    imported_names,
    read_arrays,
    read_info,
    read_or_build,
)
from trainer.errors import DataError

__all__ = ["DatasetArrays", "DatasetInfo", "describe", "list_datasets", "load"]

Say = Callable[[str], None]

_IMPORTED = "folder:"


@dataclass(frozen=True)
class _Source:
    """A data set known by name before it is on disk: description, folder, what fills the folder."""

    info: DatasetInfo
    folder: str
    build: Callable[[Path, Path, Say], None]


_BUILT_IN = {
    "shapes10": _Source(synthetic.INFO, "shapes10-v1", synthetic.build_shapes10),
    "cifar10": _Source(cifar.INFO, "cifar10-v1", cifar.build_cifar10),
}


def list_datasets(datasets_dir: Path) -> list[DatasetInfo]:
    """Every data set that a run may name: the built-in ones, then imported folders by name.

    Damaged ones are left out here; `describe` says what is wrong with them.
    """
    found = []
    for name in _names(datasets_dir):
        try:
            found.append(describe(name, datasets_dir))
        except DataError:
            continue
    return found


def describe(name: str, datasets_dir: Path) -> DatasetInfo:
    """What is known of the data set without its images. Raises DataError for an unknown or damaged one."""
    source = _BUILT_IN.get(name)
    if source is not None:
        return read_info(datasets_dir / source.folder) or source.info
    info = read_info(_imported(name, datasets_dir))
    if info is None:
        raise _unknown(name, datasets_dir)
    return info


def load(name: str, datasets_dir: Path, say: Say) -> DatasetArrays:
    """The data set with its images, generated or downloaded where they are not on disk yet.

    `say` is told what takes time. Two processes may load the same data set at once. Raises DataError.
    """
    source = _BUILT_IN.get(name)
    if source is not None:
        return read_or_build(
            datasets_dir / source.folder, lambda folder: source.build(folder, datasets_dir, say)
        )
    arrays = read_arrays(_imported(name, datasets_dir))
    if arrays is None:
        raise _unknown(name, datasets_dir)
    return arrays


def _names(datasets_dir: Path) -> list[str]:
    return [*_BUILT_IN, *(_IMPORTED + name for name in imported_names(datasets_dir))]


def _imported(name: str, datasets_dir: Path) -> Path:
    """The place of an imported data set, by its full name, once that name is safe to make a path of."""
    if not name.startswith(_IMPORTED):
        raise _unknown(name, datasets_dir)
    return imported_folder(name.removeprefix(_IMPORTED), datasets_dir)


def _unknown(name: str, datasets_dir: Path) -> DataError:
    known = _names(datasets_dir)
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return DataError(
        f"There is no data set {name!r}.",
        f"{guess}Known are {', '.join(known)}; `betaboard data add NAME PATH` imports your own images.",
    )
