"""A plan carried out: each part is looked at again in the moment in which it goes, with nobody else writing.

So what is launched, retried or restored meanwhile finds what it needs, or is there before anything goes.
"""

import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from sqlalchemy import delete, make_url

from app.formats import counted, size
from app.keeping.prune.leftovers import is_leftover
from app.keeping.prune.plan import Group, Plan, spare_checkpoints, spare_outcomes, unused_datasets
from app.keeping.prune.wanted import Wanted, needed_checkpoints
from app.keeping.usage import taken
from app.lifecycle import ENDED
from app.settings import Settings
from app.store.clock import now
from app.store.dialects import dialect_of
from app.store.engine import Database
from app.store.tables import Checkpoint, Job
from trainer.run_dir import RunDir


def prune(db: Database, settings: Settings, wanted: Wanted, plan: Plan) -> dict[str, int]:
    """Remove what is planned and still may go; returns the bytes that are free now, by kind.

    Raises OSError where something cannot be removed; what went before it is gone.
    """
    freed: dict[str, int] = {}
    for group in plan.groups:
        freed[group.kind] = freed.get(group.kind, 0) + _Pruning(db, settings, wanted).removed(group)
    return freed


class _Pruning:
    def __init__(self, db: Database, settings: Settings, wanted: Wanted) -> None:
        self._db, self._settings, self._wanted = db, settings, wanted

    def removed(self, group: Group) -> int:
        """What one group freed."""
        if group.kind == "database":
            url = make_url(self._settings.url)
            before = dialect_of(url).slack_bytes(url)
            dialect_of(url).compact(url)
            return before - dialect_of(url).slack_bytes(url)
        if group.job_id is not None:
            return self._of_job(group, group.job_id)
        with self._db.write() as s:
            match group.kind:
                case "outcomes":
                    still: Collection[Path] = spare_outcomes(s, self._settings)
                case "datasets":
                    still = unused_datasets(s, self._settings)
                case "leftovers":
                    still = [path for path in group.paths if is_leftover(s, self._settings, path)]
                case _:
                    still = group.paths
            return sum(_remove(path) for path in group.paths if path in still)

    def _of_job(self, group: Group, job_id: int) -> int:
        with self._db.write() as s:
            job = s.get(Job, job_id)
            if job is None or job.state not in ENDED or (group.kind == "logs" and job.archived_at is None):
                return 0
            paths: Collection[Path] = group.paths
            folder = RunDir(self._settings.run_dir(job_id))
            if group.kind == "checkpoints":
                paths = [] if job_id in needed_checkpoints(s) else spare_checkpoints(folder, self._wanted)
                names = [path.name for path in paths]
                s.execute(delete(Checkpoint).where(Checkpoint.run_id == job_id, Checkpoint.name.in_(names)))
            freed = sum(map(_remove, paths))
        if freed and group.kind != "logs":
            _note(folder, f"Pruned: {counted(len(paths), 'file')} of {group.kind}, {size(freed)}.")
        return freed


def _remove(path: Path) -> int:
    """Remove a file or folder; what it took. One that is gone took nothing."""
    before = taken(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    return before


def _note(folder: RunDir, text: str) -> None:
    """Where the run's log is kept, let it tell."""
    if folder.log.exists():
        with suppress(OSError), folder.log.open("a", encoding="utf-8") as log:
            log.write(f"{now()} {text}\n")
