"""Published data sets that torchvision checks and reads. Imports torch only when one is built.

A copy of the files in <datasets_dir>/<name>, laid out as torchvision lays them out, is used, so that a
machine without a network can have one; otherwise torchvision downloads them there. Which sets there are, and
how the images of each become arrays, lies in `cifar`, `svhn` and `fashion_mnist`.
"""

import dataclasses
import hashlib
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.cache import DatasetArrays, DatasetInfo, Images, Labels, write_arrays
from trainer.errors import DataError

Split = tuple[Images, Labels]

SIZE = 32
"""Height and width of the images of every set, in pixels."""


@dataclass(frozen=True)
class VisionSet:
    """A data set as it is published: what is in it, its files, and what reads them."""

    name: str
    title: str
    about: str
    """One sentence on the images; it becomes their note."""
    class_names: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    address: str
    """Where the files are published: a URL that ends in "/"."""
    files: tuple[tuple[str, str], ...]
    """(name, md5) of each."""
    megabytes: int
    """Of all files."""
    reader: str
    """The class of torchvision.datasets that downloads, checks and reads them."""
    read: Callable[[Any, Path, Path], tuple[Split, Split]]
    """(that class, the set's folder, a place for what is thrown away) -> training and test images."""
    folder: str = ""
    """Where torchvision keeps the files, below the set's folder."""
    unpacked: str = ""
    """The folder there that serves as well as the files do; "" where there is no such."""

    @property
    def info(self) -> DatasetInfo:
        """The set before any of it is on disk. Its source is made of the files' md5."""
        sums = [md5 for _, md5 in self.files]
        identity = sums[0] if len(sums) == 1 else hashlib.sha256(" ".join(sums).encode()).hexdigest()
        return DatasetInfo(
            name=self.name,
            title=self.title,
            class_names=self.class_names,
            train_counts=self.train_counts,
            test_counts=self.test_counts,
            image_size=SIZE,
            source=f"{self.name}/{identity}",
            ready=False,
            mean=None,
            std=None,
            note=self.about,
            needs_network=True,
        )

    def described(self, datasets_dir: Path) -> DatasetInfo:
        """The set before it is built; its note says where its files are, or how they come here."""
        place = (Path(datasets_dir.name) / self.name / self.folder).as_posix()
        if found := self._is_found(datasets_dir):
            come = f"Its files are in {place}: the first run reads them."
        else:
            names = ", ".join(name for name, _ in self.files)
            come = (
                f"The first run downloads {self.megabytes} MB. Without a network, put {names} from "
                f"{self.address} into {place}."
            )
        return dataclasses.replace(self.info, note=f"{self.about} {come}", needs_network=not found)

    def build(
        self, folder: Path, datasets_dir: Path, say: Callable[[str], None], dataset: Any | None = None
    ) -> None:
        """Write the set to `folder`, from a copy of its files in datasets_dir or downloaded to there.

        `dataset` reads in place of torchvision's class, from other files by other checksums. Raises DataError
        where there is no sound copy and downloading fails, with what to fetch, from where, to which place.
        """
        root = datasets_dir / self.name
        place = root / self.folder
        say(
            f"Reading {self.title} from {place}"
            if self._is_found(datasets_dir)
            else f"Downloading {self.title} to {place} ({self.megabytes} MB)"
        )
        try:
            train, test = self.read(dataset or _reader(self.reader), root, folder)
        except (OSError, RuntimeError, EOFError, tarfile.TarError) as error:
            raise DataError(
                f"There is no sound copy of {self.title} in {place}, and downloading it failed: "
                f"{' '.join(str(error).split())}",
                f"Fetch {self._files_told()} from {self.address} and put "
                f"{'it' if len(self.files) == 1 else 'them'} into {place}, "
                "or choose shapes10, which needs no network.",
            ) from error
        built = dataclasses.replace(
            self.info, train_counts=self._counts(train), test_counts=self._counts(test), needs_network=False
        )
        write_arrays(folder, DatasetArrays(built, *train, *test))

    def bytes_here(self, datasets_dir: Path) -> int:
        """How much of its files has come, whole or not."""
        place = datasets_dir / self.name / self.folder
        files = [place / name for name, _ in self.files]
        return sum(file.stat().st_size for file in files if file.is_file())

    def _is_found(self, datasets_dir: Path) -> bool:
        """Whether the files lie here; whether they are sound, only reading them shows."""
        place = datasets_dir / self.name / self.folder
        unpacked = bool(self.unpacked) and (place / self.unpacked).is_dir()
        return unpacked or all((place / name).is_file() for name, _ in self.files)

    def _files_told(self) -> str:
        return ", ".join(f"{name} (md5 {md5})" for name, md5 in self.files)

    def _counts(self, split: Split) -> tuple[int, ...]:
        return tuple(np.bincount(split[1], minlength=len(self.class_names)).tolist())


def _reader(name: str) -> Any:
    import torchvision.datasets

    return getattr(torchvision.datasets, name)
