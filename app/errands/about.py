"""What people ask about a data set that is known: to fetch it, and to look for its duplicates."""

from app.errands.place import begin_about, place_about
from app.errors import ConflictError, NotFoundError
from app.settings import Settings
from trainer.errors import DataError


def fetch(settings: Settings, name: str) -> None:
    """Have a data set downloaded or drawn. Raises NotFoundError, and ConflictError where it is here."""
    if _is_here(settings, name):
        raise ConflictError(f"Data set {name!r} is on this disk already.")
    begin_about(settings, "fetch", name)


def give_up_fetch(settings: Settings, name: str) -> None:
    """End the download; nothing where there is none. Raises NotFoundError."""
    _is_here(settings, name)
    place_about(settings, "fetch", name).remove()


def search(settings: Settings, name: str) -> None:
    """Have its duplicates looked for. Raises NotFoundError, and ConflictError where it is not here yet."""
    if not _is_here(settings, name):
        raise ConflictError(f"The images of data set {name!r} are not on this disk yet.", "Fetch it first.")
    begin_about(settings, "duplicates", name)


def _is_here(settings: Settings, name: str) -> bool:
    from trainer.data.sources import describe

    try:
        return describe(name, settings.datasets_dir).ready
    except DataError as error:
        raise NotFoundError(error.message, error.hint) from error
