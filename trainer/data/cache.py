"""A data set on disk: four .npy files and info.json in one folder that is complete or absent. numpy only.

Every source ends here, so every data set is read in the same way. How a folder becomes complete lies in
`building`, where its images come from in `sources`.
"""

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from trainer.arrays import mapped
from trainer.data.building import building, locked
from trainer.errors import DataError
from trainer.visible import visible

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Rgb = tuple[float, float, float]

INFO = "info.json"
NAMES = "names.json"
ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


_IMPORTED_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set without reading its images; counts are in class order."""

    name: str
    title: str
    class_names: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    image_size: int
    """Height and width in pixels."""
    source: str
    """Identity for fingerprints: equal sources hold equal images in equal order."""
    ready: bool
    """On this disk now."""
    mean: Rgb | None
    """Mean of each channel over the whole training pool, 0..1; None before the data set is ready."""
    std: Rgb | None
    note: str = ""
    warnings: tuple[str, ...] = ()
    """What the import found that a figure on this data depends on."""
    needs_network: bool = False
    """Neither it nor the files that it is made of are on this disk."""
    former_names: tuple[str, ...] = ()
    """What an imported one was called before it was renamed."""


_STORED_INFO = TypeAdapter(DatasetInfo)


@dataclass(frozen=True)
class DatasetArrays:
    """A data set in memory (or mapped): images uint8 [N, H, W, 3] in RGB, labels int64 [N]."""

    info: DatasetInfo
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels


def imported_folder(name: str, datasets_dir: Path) -> Path:
    """Where the imported data set `name` lies. Raises DataError for a name that the rule refuses."""
    if not _IMPORTED_NAME.fullmatch(name):
        raise DataError(
            f"{name!r} cannot be the name of a data set.",
            "Use 1 to 64 of a-z, 0-9, - and _, starting with a letter or digit.",
        )
    return datasets_dir / "folders" / name


def imported_names(datasets_dir: Path) -> list[str]:
    """Names of the imported data sets, sorted."""
    found = (datasets_dir / "folders").glob(f"*/{INFO}")
    return sorted(info.parent.name for info in found if _IMPORTED_NAME.fullmatch(info.parent.name))


class ChannelHistogram:
    """How often each of the 256 levels occurs in each channel of the images that were added."""

    def __init__(self) -> None:
        self._seen = np.zeros((3, 256), np.int64)

    def add(self, images: Images) -> None:
        """Count [N, H, W, 3]."""
        for channel in range(3):
            self._seen[channel] += np.bincount(images[..., channel].ravel(), minlength=256)

    def statistics(self) -> tuple[Rgb, Rgb]:
        """Mean and standard deviation of each channel, scaled to 0..1; exact."""
        levels, moments = np.arange(256) / 255, []
        for histogram in self._seen:
            share = histogram / max(histogram.sum(), 1)
            mean = float(share @ levels)
            moments.append((mean, float(np.sqrt(share @ (levels - mean) ** 2))))
        (r, g, b), (dr, dg, db) = zip(*moments, strict=True)
        return (r, g, b), (dr, dg, db)


def channel_statistics(images: Images) -> tuple[Rgb, Rgb]:
    """Mean and standard deviation of each channel of [N, H, W, 3], scaled to 0..1; exact, by histogram."""
    histogram = ChannelHistogram()
    for start in range(0, len(images), 4096):
        histogram.add(images[start : start + 4096])
    return histogram.statistics()


def write_arrays(folder: Path, arrays: DatasetArrays) -> None:
    """Write all four arrays and info.json, marked ready and with the training pool's statistics."""
    write_whole(folder, dataclasses.replace(arrays, info=_measured(arrays)))


def _measured(arrays: DatasetArrays) -> DatasetInfo:
    mean, std = channel_statistics(arrays.train_images)
    return dataclasses.replace(arrays.info, mean=mean, std=std)


def write_whole(folder: Path, arrays: DatasetArrays) -> None:
    """Write all four arrays and info.json with the statistics that it holds already."""
    assert arrays.info.mean is not None, "a data set that was loaded has its statistics"
    assert arrays.info.std is not None, "likewise"
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(arrays, name))
    write_info(folder, arrays.info, (arrays.info.mean, arrays.info.std))


def write_info(folder: Path, info: DatasetInfo, statistics: tuple[Rgb, Rgb], **extra: Any) -> None:
    """Write info.json for arrays that already lie in `folder`; `extra` stands beside the own fields.

    statistics: mean and standard deviation of the training pool, as `channel_statistics` has them.
    """
    mean, std = statistics
    ready = dataclasses.replace(info, ready=True, mean=mean, std=std)
    (folder / INFO).write_text(json.dumps(dataclasses.asdict(ready) | extra, indent=1))


def write_names(folder: Path, train: list[str], test: list[str]) -> None:
    """Keep the paths that the images of both splits had, in their order."""
    (folder / NAMES).write_text(json.dumps({"train": train, "test": test}))


def read_names(folder: Path) -> dict[str, list[str]]:
    """Split -> paths; {} where none were kept: of what was not imported, or by an earlier version."""
    try:
        names: dict[str, list[str]] = json.loads((folder / NAMES).read_bytes())
    except FileNotFoundError:
        return {}
    return names


def read_info(folder: Path) -> DatasetInfo | None:
    """What info.json says, or None where there is no data set. Raises DataError where it is damaged."""
    try:
        stored = json.loads((folder / INFO).read_bytes())
        told = stored.get("report", {}).get("warnings", ())  # alone in what an earlier version imported
        return _STORED_INFO.validate_python(_visible({"warnings": told, **stored}))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise _damaged(folder, error) from error


def _visible(stored: dict[str, Any]) -> dict[str, Any]:
    """Names and sentences as text, also where an earlier version stored them as they came."""
    texts = {name: [visible(str(text)) for text in stored[name]] for name in ("class_names", "warnings")}
    return stored | texts | {"note": visible(str(stored.get("note", "")))}


def read_arrays(folder: Path) -> DatasetArrays | None:
    """The data set in `folder`, images mapped from disk, or None where there is none. Raises DataError."""
    info = read_info(folder)
    if info is None:
        return None
    try:
        arrays = {name: mapped(folder / f"{name}.npy") for name in ARRAYS}
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(folder, error) from error
    return DatasetArrays(info, **arrays)


def read_or_build(target: Path, build: Callable[[Path], None]) -> DatasetArrays:
    """The data set in `target`; where there is none, `build` fills a folder that becomes it."""
    found = read_arrays(target)
    if found is not None:
        return found
    with locked(target):
        if read_info(target) is None:
            with building(target) as draft:
                build(draft)
    built = read_arrays(target)
    if built is None:
        raise DataError(f"The data set in {target} vanished while it was being read.", "Start the run again.")
    return built


def _damaged(folder: Path, error: Exception) -> DataError:
    return DataError(
        f"The data set in {folder} is damaged: {error}",
        "Delete that folder; the data set will be made again.",
    )
