"""What a run takes along to a machine that shares no folder with its worker. Imports no torch."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from trainer.checkpoint_policy import LAST
from trainer.errors import CheckpointError, ExecutorError
from trainer.run_dir import RunDir, whole_files

_PACKAGE = Path(__file__).parents[1]
_WHOLE = ("config.json", "source.txt", "events.jsonl", "known.jsonl")


@dataclass(frozen=True)
class Parcel:
    """A run's folder as it is trained upon: small files, the journal, checkpoints."""

    files: dict[str, bytes]
    upon: tuple[str, dict[str, bytes]] | None
    """The folder that it begins with, by its name: of its first stage, or of the run that it goes on from."""
    code: str
    """Of what trains it, as `code_identity` has it: one sweep must not be trained by two versions."""

    def unpack(self, folder: Path) -> RunDir:
        """Lay it out in `folder`, which is empty. Raises ExecutorError where the code here is another."""
        if self.code != (own := code_identity()):
            raise ExecutorError(
                f"A node of the Ray cluster has other code of betaboard ({own}) than its worker has "
                f"({self.code}).",
                "Install the same version on every node and start Ray there again.",
            )
        run_dir = RunDir(folder / "run")
        _write(run_dir.path, self.files)
        if self.upon is not None:
            name, files = self.upon
            _write(folder / "upon" / name, files)
            run_dir.write_first_stage(folder / "upon" / name)
        return run_dir


def pack(run_dir: RunDir) -> Parcel:
    """What stands in the folder now.

    Raises OSError, and CheckpointError where what it begins with is gone.
    """
    return Parcel(_read(run_dir, run_dir.checkpoints), _upon(run_dir), code_identity())


@cache
def code_identity() -> str:
    """Version of the package, and a digest of all modules that train."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(json.dumps([str(path.relative_to(_PACKAGE)), path.read_text("utf-8")]).encode())
    return f"{metadata.version('betaboard')}, {digest.hexdigest()[:12]}"


def _upon(run_dir: RunDir) -> tuple[str, dict[str, bytes]] | None:
    first = run_dir.read_first_stage()
    if first is None or (run_dir.checkpoints / LAST).exists():
        return None
    if not (first.checkpoints / LAST).exists():
        raise CheckpointError(
            f"The run to begin with has no checkpoint {first.checkpoints / LAST}.", "Put it back and retry."
        )
    return first.path.name, _read(first, first.checkpoints, first.predictions)


def _read(run_dir: RunDir, *folders: Path) -> dict[str, bytes]:
    """Its small files, the journal, and these of its folders; by their names below it."""
    found = [path for name in _WHOLE if (path := run_dir.path / name).is_file()] + whole_files(*folders)
    return {str(path.relative_to(run_dir.path)): path.read_bytes() for path in found}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
