"""The data sets that a run may name: listing, describing and loading them. Imports no torch.

`describe` and `list_datasets` never generate, download or decode; `load` does whatever is needed. How each
source comes to its images lies in `synthetic`, `vision` and `folder`; what lies on disk, in `cache`.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from trainer.data import synthetic
from trainer.data.cache import (
    DatasetArrays,
    DatasetInfo,
    imported_names,
    read_arrays,
    read_info,
    read_or_build,
    write_whole,
)
from trainer.data.cifar import CIFAR10, CIFAR100
from trainer.data.drawing import Look
from trainer.data.duplicates import keep_duplicates
from trainer.data.fashion_mnist import FASHION_MNIST
from trainer.data.imported import PREFIX, described, folder_of
from trainer.data.svhn import SVHN
from trainer.data.vision import VisionSet
from trainer.errors import DataError

__all__ = ["PUBLISHED", "DatasetArrays", "DatasetInfo", "describe", "keep", "list_datasets", "load", "place"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Source:
    """A data set known by name before it is on disk: description, folder, what fills the folder."""

    info: DatasetInfo
    folder: str
    build: Callable[[Path, Path, Say], None]
    unbuilt: Callable[[Path], DatasetInfo]
    """The description while it is not on disk, by the folder of all data sets."""

    def described(self, datasets_dir: Path) -> DatasetInfo:
        """As on disk, where it is, under the name and with the words that it has today."""
        stored = read_info(datasets_dir / self.folder)
        return self._renamed(stored) if stored else self.unbuilt(datasets_dir)

    def loaded(self, datasets_dir: Path, say: Say) -> DatasetArrays:
        """With its images, which are made first where they are not on disk yet."""
        target = datasets_dir / self.folder
        arrays = read_or_build(target, lambda folder: self.build(folder, datasets_dir, say))
        return replace(arrays, info=self._renamed(arrays.info))

    def _renamed(self, stored: DatasetInfo) -> DatasetInfo:
        return replace(stored, name=self.info.name, title=self.info.title)


PUBLISHED = (CIFAR10, CIFAR100, SVHN, FASHION_MNIST)
"""The sets that torchvision reads."""


def _drawn(look: Look, folder: str) -> _Source:
    return _Source(look.info, folder, synthetic.builder(look), lambda _: look.info)


def _published(known: VisionSet) -> _Source:
    """Photographs repeat, so that they are looked through at once; drawn images are independent."""

    def build(folder: Path, datasets_dir: Path, say: Say) -> None:
        known.build(folder, datasets_dir, say)
        say("Looking for duplicates")
        keep_duplicates(folder)

    return _Source(known.info, f"{known.name}-v1", build, known.described)


_BUILT_IN = {
    source.info.name: source
    for source in (
        _drawn(synthetic.V2, "shapes10-v2"),
        *map(_published, PUBLISHED),
        _drawn(synthetic.V1, "shapes10-v1"),
    )
}
_EARLIER = {("shapes10", synthetic.V1.info.source): _BUILT_IN["shapes10-v1"]}
"""(name, source) of data sets that a name meant before: who launched on one is given that one again."""


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


def describe(name: str, datasets_dir: Path, source: str | None = None) -> DatasetInfo:
    """What is known of the data set without its images.

    source: which images are meant, where the name has meant, or may have meant, several; None for those that
    it means now. Raises DataError for a data set that is unknown, damaged or, by its source, another one.
    """
    known = _built_in(name, source)
    info = known.described(datasets_dir) if known else described(_imported(name, datasets_dir, source))
    if info is None:
        raise _unknown(name, datasets_dir)
    _check(name, info, source)
    return info


def load(name: str, datasets_dir: Path, say: Say, source: str | None = None) -> DatasetArrays:
    """The data set with its images, generated or downloaded where they are not on disk yet.

    `say` is told what takes time. Two processes may load the same data set at once. `source` and errors are
    those of `describe`.
    """
    describe(name, datasets_dir, source)
    known = _built_in(name, source)
    arrays = known.loaded(datasets_dir, say) if known else on_disk(name, datasets_dir, source)
    if arrays is None:
        raise _unknown(name, datasets_dir)
    _check(name, arrays.info, source)
    return arrays


def on_disk(name: str, datasets_dir: Path, source: str | None = None) -> DatasetArrays | None:
    """The data set with its images, or None where they are not on this disk yet; makes and fetches nothing.

    `source` and errors are those of `describe`.
    """
    info = describe(name, datasets_dir, source)
    arrays = read_arrays(place(name, datasets_dir, info.source))
    return arrays and replace(arrays, info=info)


def keep(arrays: DatasetArrays, datasets_dir: Path) -> None:
    """Put a data set that came from elsewhere where `load` finds it, unless it is there."""
    info = arrays.info
    read_or_build(place(info.name, datasets_dir, info.source), partial(write_whole, arrays=arrays))


def place(name: str, datasets_dir: Path, source: str) -> Path:
    """The folder of the data set's images once they are on disk. Raises DataError for no possible name."""
    known = _built_in(name, source)
    return datasets_dir / known.folder if known else _imported(name, datasets_dir, source)


def rebuildable(datasets_dir: Path) -> list[tuple[set[str], Path]]:
    """Folders of built data sets that can be built again from what is on this disk, each with what runs call
    it: its name and its source.
    """
    from trainer.data import scenes  # takes scipy

    found = [({scenes.LOOK.info.name, scenes.SOURCE}, datasets_dir / scenes.FOLDER)]
    for source in _BUILT_IN.values():
        unbuilt = source.unbuilt(datasets_dir)
        if not unbuilt.needs_network:
            found.append(({unbuilt.name, unbuilt.source}, datasets_dir / source.folder))
    return [(names, folder) for names, folder in found if folder.exists()]


def _built_in(name: str, source: str | None) -> _Source | None:
    return _EARLIER.get((name, source or "")) or _BUILT_IN.get(name)


def _check(name: str, info: DatasetInfo, source: str | None) -> None:
    """Raises DataError where other images are at hand than those of `source`."""
    if source is None or info.source == source:
        return
    since = "was imported anew since" if name.startswith(PREFIX) else "has other images here"
    raise DataError(
        f"Data set {name!r} {since}: its source is {info.source}, and the run was launched on {source}.",
        "Bring the former images back and retry, or launch a new run on today's.",
    )


def _names(datasets_dir: Path) -> list[str]:
    return [*_BUILT_IN, *(PREFIX + name for name in imported_names(datasets_dir))]


def _imported(name: str, datasets_dir: Path, source: str | None) -> Path:
    """The place of an imported data set, by its full name, once that name is safe to make a path of."""
    if not name.startswith(PREFIX):
        raise _unknown(name, datasets_dir)
    return folder_of(name, datasets_dir, source)


def _unknown(name: str, datasets_dir: Path) -> DataError:
    known = _names(datasets_dir)
    near = difflib.get_close_matches(name, known, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return DataError(
        f"There is no data set {name!r}.",
        f"{guess}Known are {', '.join(known)}; `betaboard data add NAME PATH` imports your own images.",
    )
