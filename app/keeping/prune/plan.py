"""What can go of a board, kind by kind, with what it takes; and what is lost with it, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from app.formats import counted
from app.keeping.prune.leftovers import leftovers
from app.keeping.prune.wanted import Wanted, ended_jobs, needed_checkpoints
from app.keeping.usage import taken
from app.lifecycle import TO_RETRY
from app.settings import Settings
from app.store.copies import copies_before
from app.store.dialects import dialect_of
from app.store.engine import database_file
from app.store.tables import Job, TaskTransfer
from trainer.data.sources import rebuildable
from trainer.run_dir import GOES_ON_FROM, RunDir
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import pieces_of
from trainer.transfer.between_tasks.store import TransferStore

TITLES = {
    "leftovers": "Drafts, and folders of deleted runs",
    "checkpoints": "Checkpoints",
    "predictions": "Predictions",
    "logs": "Logs of archived runs",
    "outcomes": "Outcomes of transfers that no job needs",
    "datasets": "Data sets that no run names, and that can be made again",
    "copies": "Copies of the database from before migrations",
    "database": "Pages of the database that hold nothing",
}


@dataclass(frozen=True)
class Group:
    """What goes of a kind: paths (of one job, where they are one's own), and what they take."""

    kind: str
    paths: tuple[Path, ...]
    bytes: int
    job_id: int | None = None


@dataclass
class Plan:
    """All that would go, and sentences on what is lost with it or was left."""

    groups: list[Group] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def add(self, kind: str, paths: list[Path], job_id: int | None = None) -> None:
        """Nothing is added for no paths."""
        if paths:
            self.groups.append(Group(kind, tuple(paths), sum(map(taken, paths)), job_id))

    def bytes_of(self, kind: str) -> int:
        """What would be free of it."""
        return sum(group.bytes for group in self.groups if group.kind == kind)


def planned(s: Session, settings: Settings, wanted: Wanted) -> Plan:
    """What can go now."""
    plan = Plan()
    found = leftovers(s, settings)
    plan.add("leftovers", found.paths)
    if found.foreign:
        plan.told.append(
            f"Left: {counted(found.foreign, 'folder')} in {settings.runs_dir} of runs that this database "
            "never held. They are another board's, or all that is left of one."
        )
    _of_jobs(s, settings, wanted, plan)
    if wanted.outcomes:
        plan.add("outcomes", spare_outcomes(s, settings))
    if wanted.datasets:
        for folder in unused_datasets(s, settings):
            plan.add("datasets", [folder])
    url = make_url(settings.url)
    file = database_file(settings.url)
    if wanted.copies and file is not None:
        plan.add("copies", copies_before(file))
    if wanted.database:
        plan.groups.append(Group("database", (), dialect_of(url).slack_bytes(url)))
    return plan


def _of_jobs(s: Session, settings: Settings, wanted: Wanted, plan: Plan) -> None:
    if not (wanted.keep_checkpoints or wanted.predictions or wanted.logs):
        return
    needed, left = needed_checkpoints(s), list[int]()
    to_retry = done = 0
    for job in ended_jobs(s, wanted.chosen):
        folder = RunDir(settings.run_dir(job.id))
        checkpoints = spare_checkpoints(folder, wanted)
        if checkpoints and job.id in needed:
            left.append(job.id)
            checkpoints = []
        if any(path.name in GOES_ON_FROM for path in checkpoints):
            to_retry += job.state in TO_RETRY
            done += job.state not in TO_RETRY
        plan.add("checkpoints", checkpoints, job.id)
        if wanted.predictions:
            plan.add("predictions", _files(folder.predictions), job.id)
        if wanted.logs and job.archived_at is not None:
            plan.add("logs", [folder.log] if folder.log.exists() else [], job.id)
    plan.told += _losses(plan, to_retry, done, left)


def _losses(plan: Plan, to_retry: int, done: int, left: list[int]) -> Iterator[str]:
    if to_retry:
        yield f"Lost: a retry of {counted(to_retry, 'run')} would begin anew, not from the last checkpoint."
    if done:
        yield (
            f"Lost: {counted(done, 'completed run')} can be no first stage or source of transfers any more, "
            "and cannot go on for more epochs."
        )
    if plan.bytes_of("predictions"):
        yield "Lost: what comparisons tell from single images of these runs, and what pages draw of them."
    if left:
        named = ", ".join(f"#{run_id}" for run_id in left[:5])
        yield f"Left: checkpoints of {counted(len(left), 'run')} ({named}) that a job to come needs."


def spare_checkpoints(folder: RunDir, wanted: Wanted) -> list[Path]:
    """The files of an ended run's folder of checkpoints that do not stay."""
    return [path for path in _files(folder.checkpoints) if not wanted.keeps(path.name)]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def spare_outcomes(s: Session, settings: Settings) -> list[Path]:
    """Files of kept outcomes that belong to no job of the board."""
    configs = [TaskTransferConfig.model_validate(job.config) for job in s.scalars(select(TaskTransfer))]
    slots = {piece.slot for config in configs for piece in pieces_of(config)}
    return TransferStore(settings.datasets_dir).spare(slots)


def unused_datasets(s: Session, settings: Settings) -> list[Path]:
    """Folders of built-in data sets that no job names, and that can be made again without a network."""
    used = {word for row in s.execute(select(Job.dataset, Job.source).distinct()) for word in row}
    found = rebuildable(settings.datasets_dir)
    return [folder for names, folder in found if used.isdisjoint(names)]
