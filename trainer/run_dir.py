"""A run's folder: config.json, source.txt, first_stage.txt, the journal events.jsonl, log.txt, and folders.

The folders are checkpoints/ and predictions/.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from trainer.checkpoint_policy import LAST, WITHIN
from trainer.config import RunConfig
from trainer.errors import ConfigError, FieldProblem, JournalError
from trainer.journal import Entries, Position, entries_of
from trainer.kinds import JobConfig, parse_job

SplitName = Literal["test", "validation"]
EpochName = Literal["last", "best"]
GOES_ON_FROM = (LAST, WITHIN)
"""Checkpoints from which an interrupted run goes on."""
_DRAFT = ".part"


@dataclass(frozen=True)
class RunDir:
    """Names of the files in a run's folder."""

    path: Path

    @property
    def config(self) -> Path:
        """The configuration, as JSON."""
        return self.path / "config.json"

    @property
    def source(self) -> Path:
        """Which images the configuration's data set is to hold, where somebody said so."""
        return self.path / "source.txt"

    @property
    def first_stage(self) -> Path:
        """Which run's folder holds the first stage of a run with a second, where somebody said so."""
        return self.path / "first_stage.txt"

    @property
    def events(self) -> Path:
        """The journal."""
        return self.path / "events.jsonl"

    @property
    def known(self) -> Path:
        """The epochs that were known when the journal was begun anew, as entries: it does not tell them."""
        return self.path / "known.jsonl"

    @property
    def log(self) -> Path:
        """Raw output of the run's process."""
        return self.path / "log.txt"

    @property
    def checkpoints(self) -> Path:
        """Folder of last.pt, best.pt and the others (see `checkpoint`)."""
        return self.path / "checkpoints"

    @property
    def predictions(self) -> Path:
        """Folder of the kept predictions."""
        return self.path / "predictions"

    @property
    def pieces(self) -> Path:
        """Folder of what the pieces of a job that is no training leave."""
        return self.path / "pieces"

    def predictions_file(self, split: SplitName, epoch: EpochName) -> Path:
        """Such as predictions/test-last.npz."""
        return self.predictions / f"{split}-{epoch}.npz"

    def results(self) -> list[Path]:
        """What others need beside the journal: checkpoints, predictions, pieces, log, known epochs."""
        alone = [path for path in (self.log, self.known) if path.is_file()]
        return alone + whole_files(self.checkpoints, self.predictions, self.pieces)

    def create(self, config: JobConfig, source: str | None = None) -> None:
        """Make the folder and write the configuration, and the source of a training where it is known.

        An existing folder is kept and gets these.
        """
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        write_atomic(self.config, json.dumps(config.model_dump(mode="json"), indent=2).encode())
        if source is not None:
            write_atomic(self.source, source.encode())

    def read_job(self) -> JobConfig:
        """What the folder is to be carried out as, complete. Raises ConfigError or JournalError."""
        try:
            stored = json.loads(self.config.read_bytes())
        except (OSError, ValueError) as error:
            raise JournalError(f"{self.config} cannot be read: {error}") from error
        return parse_job(stored)

    def read_config(self) -> RunConfig:
        """That of a training. Raises ConfigError for another kind, and as `read_job` does."""
        job = self.read_job()
        if not isinstance(job, RunConfig):
            raise ConfigError([FieldProblem("kind", f"is {job.kind}: {self.path} holds no training")])
        return job

    def read_source(self) -> str | None:
        """The source that `create` was given; None where it was given none. Raises JournalError."""
        try:
            return self.source.read_text()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise JournalError(f"{self.source} cannot be read: {error}") from error

    def write_first_stage(self, folder: Path) -> None:
        """Name the run's folder that a second stage goes on from; kept relative, so that both may move."""
        told = os.path.relpath(folder.resolve(), self.path.resolve())
        write_atomic(self.first_stage, told.encode())

    def read_first_stage(self) -> "RunDir | None":
        """The folder that `write_first_stage` was given; None without any. Raises JournalError."""
        try:
            return RunDir((self.path.resolve() / self.first_stage.read_text()).resolve())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise JournalError(f"{self.first_stage} cannot be read: {error}") from error

    def drop_drafts(self) -> None:
        """Remove the parts of files that a killed process was writing."""
        for folder in (self.path, self.checkpoints, self.predictions, self.pieces):
            for draft in folder.glob(f"*{_DRAFT}"):
                draft.unlink(missing_ok=True)

    def entries(self, after: Position) -> Entries:
        """What the journal holds after that, as a `JournalReader`."""
        return entries_of(self.events, after)


def whole_files(*folders: Path) -> list[Path]:
    """Those in each of these folders, in order; none that is still being written."""
    inside = [path for folder in folders for path in sorted(folder.glob("*"))]
    return [path for path in inside if path.is_file() and path.suffix != _DRAFT]


def write_atomic(path: Path, content: bytes) -> None:
    """Replace `path` by `content` so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` at the end; where that fails, nothing of it stays."""
    draft = path.with_name(path.name + _DRAFT)
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)  # it may be what filled the disk
        raise
