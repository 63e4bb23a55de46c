"""The folders of errands below the data folder: made, read, written and removed.

No name in them comes from outside: an id is drawn here, or made of the name of a data set.
"""

import fcntl
import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeVar

from pydantic import BaseModel, ValidationError

from app.errands.errand import BEGINS_WITH, Errand, Kind, Preview, Step, Told
from app.errors import NotFoundError
from app.settings import Settings
from app.store.clock import now
from trainer.run_dir import write_atomic

KEPT_SECONDS = 7 * 86_400.0
"""An errand that nobody has touched for so long is given up."""

_ID = re.compile("[0-9a-f]{32}")
ModelT = TypeVar("ModelT", bound=BaseModel)


class ErrandPlace:
    """The folder of one errand, which may be gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = folder / "content"
        """What was received so far."""
        self.samples = folder / "samples.png"
        self.lock = folder / "lock"
        """Held by the process that works on it."""

    @property
    def id(self) -> str:
        """Its name in an address."""
        return self.folder.name

    def errand(self) -> Errand | None:
        """What was asked for; None where it is gone."""
        return _read(self.folder / "errand.json", Errand)

    def ask(self, errand: Errand) -> None:
        """Ask for its step, also where that was done before with something else said."""
        for name in ("told.json", "preview.json") if errand.step == "look" else ("told.json",):
            (self.folder / name).unlink(missing_ok=True)
        write_atomic(self.folder / "errand.json", errand.model_dump_json().encode())

    def told(self, step: Step) -> Told:
        """What the process of this step said last."""
        told = _read(self.folder / "told.json", Told)
        return told if told and told.step == step else Told(step=step)

    def tell(self, told: Told) -> None:
        """Keep what the process says."""
        write_atomic(self.folder / "told.json", told.model_dump_json().encode())

    def preview(self) -> Preview | None:
        """What it was understood as; None before that."""
        return _read(self.folder / "preview.json", Preview)

    def write_preview(self, preview: Preview) -> None:
        """Keep what it was understood as."""
        write_atomic(self.folder / "preview.json", preview.model_dump_json().encode())

    @property
    def received(self) -> int:
        """Bytes that are here."""
        try:
            return self.content.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def touched(self) -> float:
        """When anything of it was last written, in seconds since 1970."""
        times = [0.0]
        for path in (self.folder, self.content, self.folder / "told.json", self.folder / "errand.json"):
            with suppress(FileNotFoundError):
                times.append(path.stat().st_mtime)
        return max(times)

    @contextmanager
    def held(self, name: str = "lock") -> Iterator[IO[bytes] | None]:
        """Hold this file's lock, which the system frees when its holder dies; None where another holds it."""
        with (self.folder / name).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield file

    def remove(self) -> None:
        """All of it; what is removed by two at once is removed."""
        shutil.rmtree(self.folder, ignore_errors=True)


def errands(settings: Settings) -> list[ErrandPlace]:
    """All that there are, by id."""
    try:
        found = sorted(settings.errands_dir.iterdir())
    except FileNotFoundError:
        return []
    return [ErrandPlace(folder) for folder in found if _ID.fullmatch(folder.name)]


def errand_of(settings: Settings, errand_id: str, kind: Kind) -> tuple[ErrandPlace, Errand]:
    """The errand of this id and kind. Raises NotFoundError."""
    if _ID.fullmatch(errand_id):
        place = ErrandPlace(settings.errands_dir / errand_id)
        errand = place.errand()
        if errand is not None and errand.kind == kind:
            return place, errand
    raise NotFoundError(f"There is no such {kind}.", "It was canceled, or given up after a week.")


def new_place(settings: Settings, kind: Kind, dataset: str, **asked: object) -> ErrandPlace:
    """Make the folder of an errand that is like no other."""
    return made(ErrandPlace(settings.errands_dir / secrets.token_hex(16)), kind, dataset, **asked)


def place_of(settings: Settings, *words: object) -> ErrandPlace:
    """Where the errand is that these words tell apart from others, if there is one."""
    return ErrandPlace(settings.errands_dir / hashlib.sha256(repr(words).encode()).hexdigest()[:32])


def place_about(settings: Settings, kind: Kind, dataset: str) -> ErrandPlace:
    """Where an errand of this kind about a data set is, if there is one: one of a kind at a time."""
    return place_of(settings, kind, dataset)


def begin_about(settings: Settings, kind: Kind, dataset: str) -> ErrandPlace:
    """Ask for such an errand anew, unless it is under way."""
    place = place_about(settings, kind, dataset)
    errand = place.errand()
    if errand is None or place.told(errand.step).is_over:
        return made(place, kind, dataset)
    return place


def made(place: ErrandPlace, kind: Kind, dataset: str, **asked: object) -> ErrandPlace:
    """Make the folder, in place of what was there."""
    place.remove()
    place.folder.mkdir(parents=True, exist_ok=True)
    errand = {
        "id": place.id,
        "kind": kind,
        "dataset": dataset,
        "created_at": now(),
        "step": BEGINS_WITH[kind],
    }
    place.ask(Errand.model_validate(errand | asked))
    return place


def is_stale(place: ErrandPlace) -> bool:
    """Whether it was given up."""
    return place.touched < time.time() - KEPT_SECONDS


def _read(path: Path, kind: type[ModelT]) -> ModelT | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
