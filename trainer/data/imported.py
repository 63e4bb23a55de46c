"""Imported data sets by name: which folder a name means, and giving one another name, or taking it away.

The folder's name is the data set's name. One that was renamed remembers its former names, so that runs which
were launched under them find their images.
"""

import dataclasses
import json
import shutil
from pathlib import Path

from trainer.data.building import locked
from trainer.data.cache import INFO, DatasetInfo, imported_folder, imported_names, read_info
from trainer.errors import DataError
from trainer.run_dir import write_atomic

PREFIX = "folder:"


def folder_of(name: str, datasets_dir: Path, source: str | None = None) -> Path:
    """The folder that a full name ("folder:pets") means, be there one or not.

    source: which images are meant; where others have the name now, those that had it before. Raises DataError
    for a name that the rule refuses.
    """
    folder = imported_folder(name.removeprefix(PREFIX), datasets_dir)
    info = described(folder)
    if info is None or source not in (None, info.source):
        for other in imported_names(datasets_dir):
            renamed = datasets_dir / "folders" / other
            found = _readable(renamed)
            if found and name in found.former_names and source in (None, found.source):
                return renamed
    return folder


def described(folder: Path) -> DatasetInfo | None:
    """The data set in this folder, under the name that it has now; None where there is none.

    Raises DataError where it is damaged.
    """
    info, name = read_info(folder), folder.name
    return info and dataclasses.replace(info, name=PREFIX + name, title=f"{name} (imported)")


def rename(name: str, new: str, datasets_dir: Path) -> None:
    """Give the imported data set `name` the name `new`, both without prefix.

    Raises DataError where there is none, where the new name is refused or taken, or the disk refuses.
    """
    old_folder, new_folder = (imported_folder(one, datasets_dir) for one in (name, new))
    with locked(min(old_folder, new_folder)), locked(max(old_folder, new_folder)):
        info = described(old_folder)
        if info is None:
            raise DataError(
                f"There is no data set {PREFIX + name!r}.", "It was renamed or deleted meanwhile."
            )
        if new_folder.exists():
            raise DataError(f"There is a data set {PREFIX + new!r} already.", "Choose another name.")
        former = [one for one in (*info.former_names, info.name) if one != PREFIX + new]
        stored = json.loads((old_folder / INFO).read_bytes())
        stored["former_names"] = [*dict.fromkeys(former)]
        try:
            write_atomic(old_folder / INFO, json.dumps(stored, indent=1).encode())
            old_folder.rename(new_folder)
        except OSError as error:
            raise DataError(f"The data set cannot be renamed: {error.strerror or error}.") from error


def remove(name: str, datasets_dir: Path) -> None:
    """Take the imported data set `name`, without prefix, off the disk.

    A reader that has it open keeps reading it. Raises DataError where there is none, or the disk refuses.
    """
    folder = imported_folder(name, datasets_dir)
    with locked(folder):
        gone = folder.with_name(f".{name}.draft-removed")
        try:
            shutil.rmtree(gone, ignore_errors=True)
            folder.rename(gone)
        except FileNotFoundError as error:
            raise DataError(f"There is no data set {PREFIX + name!r}.", "It is gone already.") from error
        except OSError as error:
            raise DataError(f"The data set cannot be removed: {error.strerror or error}.") from error
        shutil.rmtree(gone, ignore_errors=True)


def _readable(folder: Path) -> DatasetInfo | None:
    try:
        return read_info(folder)
    except DataError:
        return None
