"""What people do to an import: begin it, send its bytes, have it looked at, take it, cancel it.

Its bytes come chunk after chunk, each at the offset where the last one ended. Whatever of a chunk has arrived
counts, so that a sender whose connection broke asks how much is here and goes on from there.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.dataset_schemas import PREFIX, ImportBody, LookBody, TakeBody
from app.errands.errand import Errand
from app.errands.place import ErrandPlace, errand_of, made, new_place, place_of
from app.errors import ConflictError, TooLargeError
from app.settings import Settings
from app.store.trouble import unavailable
from trainer.data.tree import Limits
from trainer.system_errors import DISK_FULL
from trainer.visible import visible

CHUNK_BYTES = 16_000_000
"""The most that one request may bring."""
SPARE_BYTES = 200_000_000
"""What stays free on the disk beside what is received."""


def begin(settings: Settings, body: ImportBody) -> tuple[ErrandPlace, bool]:
    """The import to send to, and whether it is new: one of the same name, size and key goes on.

    Raises ConflictError for a name that is taken, UnavailableError where the disk has no room for it.
    """
    dataset = PREFIX + body.name
    place = place_of(settings, "import", dataset, body.bytes, body.key)
    if body.key and (known := place.errand()) and _goes_on(place, known):
        return place, False
    _check_free(settings, body.name, body.replace)
    check_room(settings, body.bytes)
    asked = body.model_dump(exclude={"name", "key"}) | {"file_name": visible(body.file_name)}
    if not body.key:
        return new_place(settings, "import", dataset, **asked), True
    return made(place, "import", dataset, **asked), True


def begin_unsized(
    settings: Settings, name: str, file_name: str, size: int | None, replace: bool
) -> ErrandPlace:
    """An import whose size shows once all of it has come: `finish` says so. Raises ConflictError."""
    _check_free(settings, name, replace)
    asked = {"file_name": visible(file_name), "size": size, "replace": replace}
    return new_place(settings, "import", PREFIX + name, **asked)


def finish(place: ErrandPlace, errand: Errand) -> None:
    """All of it is here: look at it."""
    place.ask(errand.model_copy(update={"bytes": place.received, "step": "look"}))


@contextmanager
def receiving(settings: Settings, errand_id: str, offset: int) -> Iterator[Callable[[bytes], None]]:
    """What appends to the import's bytes; the last one has it looked at.

    Raises NotFoundError; ConflictError where `offset` is not where the last chunk ended, all is here, or
    somebody else sends just now; TooLargeError beyond what was announced; OSError where the disk is full.
    """
    place, errand = errand_of(settings, errand_id, "import")
    if errand.step != "receive":
        raise ConflictError("All of it has arrived already.", "Ask for the import: it says how far it is.")
    with place.held("receive.lock") as lock:
        if lock is None:
            raise ConflictError("Another window sends this import.", "Close one of the two.")
        if offset != place.received:
            raise ConflictError(
                f"{place.received:,} bytes are here, so the next chunk begins there, and not at {offset:,}.",
                "Ask for the import: `received` says where to go on.",
            )
        with place.content.open("ab") as file:
            yield _Appender(file.write, offset, errand.bytes)
        if errand.bytes and place.received == errand.bytes:
            finish(place, errand)


class _Appender:
    """Writes what comes, up to what was announced."""

    def __init__(self, write: Callable[[bytes], int], at: int, most: int) -> None:
        self._write, self._at, self._most = write, at, most or Limits.total_bytes

    def __call__(self, data: bytes) -> None:
        if self._at + len(data) > self._most:
            raise TooLargeError(f"More than the {self._most:,} bytes that were announced came.")
        self._write(data)
        self._at += len(data)


def look_again(settings: Settings, errand_id: str, body: LookBody) -> None:
    """Have it read with this level of folders as classes. Raises NotFoundError and ConflictError."""
    place, errand = errand_of(settings, errand_id, "import")
    _check_over(place, errand)
    place.ask(errand.model_copy(update={"step": "look", "depth": body.depth}))


def take(settings: Settings, errand_id: str, body: TakeBody) -> None:
    """Import it as it was understood. Raises NotFoundError and ConflictError."""
    place, errand = errand_of(settings, errand_id, "import")
    _check_over(place, errand)
    preview = place.preview()
    if preview is None or (errand.step == "take" and place.told("take").failure is None):
        raise ConflictError("There is nothing to take: it was not understood, or is taken already.")
    if preview.choices:
        raise ConflictError(
            "Its class folders can be read in several ways.", "Say first which are the classes."
        )
    name = body.name or errand.dataset.removeprefix(PREFIX)
    replace = body.replace or (errand.replace and errand.dataset == PREFIX + name)
    _check_free(settings, name, replace)
    changes = {"step": "take", "dataset": PREFIX + name, "size": body.size or errand.size, "replace": replace}
    place.ask(errand.model_copy(update=changes))


def cancel(settings: Settings, errand_id: str) -> None:
    """Forget it with all that was received; its process, if there is one, is ended. Raises NotFoundError."""
    errand_of(settings, errand_id, "import")[0].remove()


def _goes_on(place: ErrandPlace, errand: Errand) -> bool:
    """Whether it is neither done nor failed."""
    told = place.told(errand.step)
    return told.failure is None and not (errand.step == "take" and told.is_over)


def _check_over(place: ErrandPlace, errand: Errand) -> None:
    if errand.step == "receive" or not place.told(errand.step).is_over:
        raise ConflictError(
            "The import is still at work.", "Wait until it has been understood, or cancel it."
        )


def _check_free(settings: Settings, name: str, replace: bool) -> None:
    if not replace and (settings.datasets_dir / "folders" / name).exists():
        raise ConflictError(
            f"There is a data set '{PREFIX}{name}' already.",
            "Choose another name, or say that it is replaced.",
        )


def check_room(settings: Settings, needed: int) -> None:
    """Raises UnavailableError where the disk has no room for so many bytes."""
    free = shutil.disk_usage(settings.data_dir).free
    if needed > free - SPARE_BYTES:
        said = f"It has {needed:,} bytes, and the disk of the data folder has {free:,} left."
        raise unavailable(DISK_FULL, said)
