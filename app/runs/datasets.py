"""What people do to a data set: rename it, delete it, and say what becomes of the runs that used it."""

from app.dataset_schemas import PREFIX, RunsToo
from app.errors import ConflictError, NotFoundError
from app.formats import counted
from app.settings import Settings
from app.store.datasets import count_on, ids_on
from app.store.engine import Database
from app.store.runs import delete_run
from trainer.errors import DataError


def rename_dataset(settings: Settings, name: str, new: str) -> str:
    """Give an imported data set another name; returns the full one. Runs find it by the former, too.

    Raises NotFoundError, and ConflictError where it was not imported or the name is taken.
    """
    from trainer.data.imported import rename

    own = _own(settings, name)
    if own != new:
        try:
            rename(own, new, settings.datasets_dir)
        except DataError as error:
            raise ConflictError(error.message, error.hint) from error
    return PREFIX + new


def delete_dataset(database: Database, settings: Settings, name: str, runs: RunsToo) -> None:
    """Remove an imported data set; `runs` says what becomes of the trainings that used it.

    Raises NotFoundError; ConflictError where it was not imported, where a run has yet to read it, and, with
    "refuse", where any run used it.
    """
    from trainer.data.imported import remove
    from trainer.data.sources import describe

    own = _own(settings, name)
    info = describe(name, settings.datasets_dir)
    names = (info.name, *info.former_names)
    with database.read() as s:
        counts, ids = count_on(s, names, info.source), ids_on(s, names, info.source)
    if counts.waiting:
        raise ConflictError(
            f"{name} is needed: {counted(counts.waiting, 'job')} on it {_have(counts.waiting)} not ended.",
            "Cancel them, or wait until they have ended.",
        )
    if ids and runs == "refuse":
        raise ConflictError(
            f"{name} was used by {counted(len(ids), 'run')}.",
            "Say what becomes of them: runs=keep leaves their figures, but they can no longer be retried nor "
            "asked about pictures, nor their images be shown; runs=delete removes them with it.",
        )
    for run_id in ids if runs == "delete" else ():
        delete_run(database, settings, run_id)
    try:
        remove(own, settings.datasets_dir)
    except DataError as error:
        raise ConflictError(error.message, error.hint) from error


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _own(settings: Settings, name: str) -> str:
    """The name without its prefix, of a data set that was imported."""
    from trainer.data.sources import describe

    try:
        info = describe(name, settings.datasets_dir)
    except DataError as error:
        raise NotFoundError(error.message, error.hint) from error
    if not info.name.startswith(PREFIX):
        raise ConflictError(
            f"{name} comes with betaboard: it can be neither renamed nor deleted.",
            "`betaboard prune` frees the room that it takes.",
        )
    return info.name.removeprefix(PREFIX)
