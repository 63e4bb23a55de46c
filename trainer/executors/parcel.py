"""What a run takes along to a machine that shares no folder with its worker. Imports no torch."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from trainer.errors import CheckpointError, ExecutorError
from trainer.run_dir import RunDir

_PACKAGE = Path(__file__).parents[1]
_WHOLE = ("config.json", "source.txt", "events.jsonl")


@dataclass(frozen=True)
class Parcel:
    """A run's folder as it is trained upon: small files, the journal, checkpoints, the first stage's last."""

    files: dict[str, bytes]
    first_stage: bytes | None
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
        run_dir, first = RunDir(folder / "run"), RunDir(folder / "first_stage")
        for name, content in self.files.items():
            _write(run_dir.path / name, content)
        if self.first_stage is not None:
            _write(first.checkpoints / "last.pt", self.first_stage)
            run_dir.write_first_stage(first.path)
        return run_dir


def pack(run_dir: RunDir) -> Parcel:
    """What stands in the folder now. Raises OSError, and CheckpointError where its first stage is gone."""
    found = [run_dir.path / name for name in _WHOLE]
    found += [path for path in run_dir.checkpoints.glob("*") if path.suffix != ".part"]
    files = {
        str(path.relative_to(run_dir.path)): path.read_bytes() for path in found if path.is_file()
    }  # fmt: skip
    return Parcel(files, _first_stage(run_dir), code_identity())


@cache
def code_identity() -> str:
    """Version of the package, and a digest of all modules that train."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(json.dumps([str(path.relative_to(_PACKAGE)), path.read_text("utf-8")]).encode())
    return f"{metadata.version('betaboard')}, {digest.hexdigest()[:12]}"


def _first_stage(run_dir: RunDir) -> bytes | None:
    first = run_dir.read_first_stage()
    if first is None or (run_dir.checkpoints / "last.pt").exists():
        return None
    try:
        return (first.checkpoints / "last.pt").read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(
            f"The first stage has no checkpoint {first.checkpoints / 'last.pt'}.", "Put it back and retry."
        ) from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
