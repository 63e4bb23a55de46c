"""The image files that paths name: files themselves, and what lies below folders. Imports no torch."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from trainer.data.layout import EXTENSIONS, is_litter
from trainer.errors import DataError


def picture_files(paths: Sequence[Path]) -> list[Path]:
    """The files themselves, and of a folder every image file below it, by name. Raises DataError."""
    return [file for path in paths for file in _below(path)]


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise DataError(f"There is no file or folder {path}.")
    found = [one for one in sorted(path.rglob("*")) if one.is_file() and _is_picture(one.relative_to(path))]
    if not found:
        raise DataError(f"The folder {path} holds no images.", f"Images end in {' '.join(EXTENSIONS)}.")
    yield from found


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in EXTENSIONS and not is_litter(path.as_posix())
