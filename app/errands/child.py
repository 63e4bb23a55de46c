"""The process of one step of an errand: `python -m app.errands.child FOLDER DATASETS_DIR`.

It ends when its standard input closes, as its parent is gone then; what it was at begins anew from the
folder. Whoever holds the folder's lock works on it; a second process leaves at once.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from types import FrameType

from PIL import Image

from app.errands.errand import Errand, Failure, Preview, Told
from app.errands.place import ErrandPlace
from app.logs import log_to_stderr
from trainer.data.duplicates import note_duplicates, read_duplicates
from trainer.data.folder import import_folder
from trainer.data.imported import PREFIX
from trainer.data.look import look
from trainer.data.sources import PUBLISHED, describe, load, place
from trainer.errors import TrainerError
from trainer.system_errors import trouble

TELL_SECONDS = 0.5


def main(folder: str, datasets_dir: str) -> int:
    """Do the step; returns the exit code."""
    log_to_stderr()
    signal.signal(signal.SIGTERM, _end)
    Thread(target=_end_with_parent, daemon=True).start()
    work = ErrandPlace(Path(folder))
    with work.held() as lock:
        errand = work.errand()
        if lock is not None and errand is not None:
            carry_out(work, errand, Path(datasets_dir))
    return 0


def carry_out(work: ErrandPlace, errand: Errand, datasets_dir: Path) -> None:
    """Do the step and tell how it ended. An error that nobody foresaw is the process's end."""
    teller = Teller(work, errand)
    try:
        _STEPS[errand.step](work, errand, datasets_dir, teller)
    except TrainerError as error:
        message = error.message.replace(str(work.content), errand.file_name)
        teller.end(Failure(message=message, hint=error.hint))
    except (OSError, MemoryError) as error:
        if (found := trouble(error)) is None:
            raise
        teller.end(Failure(message=f"{found.message}.", hint=found.hint))
    else:
        teller.end(None)


class Teller:
    """Keeps what the process says in the folder; how far it is, twice a second."""

    def __init__(self, work: ErrandPlace, errand: Errand) -> None:
        self._work = work
        self._one_at_a_time = Lock()
        self._counted = 0.0
        self._told = Told(step=errand.step)
        self._work.tell(self._told)

    def say(self, text: str) -> None:
        """A sentence."""
        self._tell(said=text)

    def count(self, done: int, total: int) -> None:
        """How far it is."""
        if time.monotonic() >= self._counted + TELL_SECONDS:
            self._counted = time.monotonic()
            self._tell(done=done, total=total)

    def end(self, failure: Failure | None) -> None:
        """It is over."""
        self._tell(is_over=True, failure=failure)

    def _tell(self, **changes: object) -> None:
        with self._one_at_a_time:
            if not self._told.is_over:
                self._told = self._told.model_copy(update=changes)
                self._work.tell(self._told)


def _look(work: ErrandPlace, errand: Errand, datasets_dir: Path, teller: Teller) -> None:  # noqa: ARG001
    teller.say("Reading the names of its files")
    understood, samples = look(work.content, work.folder, errand.depth)
    if samples is not None:
        Image.fromarray(samples).save(work.samples)
    work.write_preview(Preview.model_validate(understood))


def _take(work: ErrandPlace, errand: Errand, datasets_dir: Path, teller: Teller) -> None:
    name = errand.dataset.removeprefix(PREFIX)
    import_folder(
        name,
        work.content,
        datasets_dir,
        errand.size,
        errand.replace,
        depth=errand.depth,
        say=teller.say,
        count=teller.count,
    )
    work.content.unlink()


def _fetch(work: ErrandPlace, errand: Errand, datasets_dir: Path, teller: Teller) -> None:  # noqa: ARG001
    """Have the data set made or downloaded, and look through it."""
    over = Event()
    Thread(target=_measure_download, args=(errand.dataset, datasets_dir, teller, over), daemon=True).start()
    try:
        info = load(errand.dataset, datasets_dir, teller.say).info
    finally:
        over.set()
    folder = place(info.name, datasets_dir, info.source)
    if read_duplicates(folder, info.source) is None:
        teller.say("Looking for duplicates")
        note_duplicates(folder)


def _measure_download(name: str, datasets_dir: Path, teller: Teller, over: Event) -> None:
    """Say how many bytes of the files have come, until it is over."""
    known = next((one for one in PUBLISHED if one.name == name), None)
    while known is not None and not over.wait(TELL_SECONDS):
        teller.count(known.bytes_here(datasets_dir), known.megabytes * 1_000_000)


def _search(work: ErrandPlace, errand: Errand, datasets_dir: Path, teller: Teller) -> None:  # noqa: ARG001
    teller.say("Comparing every image with every other one")
    info = describe(errand.dataset, datasets_dir)
    note_duplicates(place(errand.dataset, datasets_dir, info.source))


_STEPS: dict[str, Callable[[ErrandPlace, Errand, Path, Teller], None]] = {
    "look": _look,
    "take": _take,
    "fetch": _fetch,
    "search": _search,
}


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Unwind, so that drafts go."""
    sys.exit(1)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
