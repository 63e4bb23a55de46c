"""Data folders have names of their own, by which processes tell whether they share one."""

import os
from pathlib import Path
from uuid import uuid4

from app.errors import SetupError
from app.settings import Settings

FOLDER_ID = ".folder-id"
"""The file of a data folder that names it."""


def folder_id(settings: Settings) -> str:
    """The name of the data folder, which is given to it when it is first asked for.

    Whoever copies a folder to another machine has to leave the file out, `.folder-id`: the copy is taken for
    the same folder. Raises SetupError where the folder cannot be written.
    """
    path = settings.data_dir / FOLDER_ID
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _name(path)
        return path.read_text().strip()
    except OSError as error:
        raise SetupError(
            f"The data folder {settings.data_dir} cannot be written: {error.strerror}.",
            "Choose another --data-dir, or mend its permissions.",
        ) from error


def _name(path: Path) -> None:
    """Of two processes that do so at once one wins; the file is whole when it appears."""
    draft = path.with_name(f"{path.name}.{uuid4().hex}")
    draft.write_text(uuid4().hex + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
