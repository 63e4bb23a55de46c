"""What somebody wants to be rid of, and of which runs: ended ones, chosen by age, archive, sweep and tag."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.lifecycle import ENDED, State
from app.store.clock import ahead
from app.store.tables import Job, SweepCell, Tag, Transfer
from trainer.run_dir import GOES_ON_FROM

Keep = Literal["none", "last", "best", "both"]
_NAMES: dict[Keep, tuple[str, ...]] = {
    "none": (), "last": GOES_ON_FROM, "best": ("best.pt",), "both": (*GOES_ON_FROM, "best.pt"),
}  # fmt: skip
_TO_COME = tuple(state for state in State if state not in ENDED)
_DAY = 86_400


@dataclass(frozen=True)
class Chosen:
    """Which ended runs; every given part must hold."""

    older_than_days: float | None = None
    archived: bool = False
    sweeps: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What may go. keep_checkpoints: those that stay of the chosen runs; None leaves all.

    Leftovers always may.
    """

    keep_checkpoints: Keep | None = None
    predictions: bool = False
    logs: bool = False
    outcomes: bool = False
    datasets: bool = False
    copies: bool = False
    database: bool = False
    chosen: Chosen = field(default_factory=Chosen)

    def keeps(self, name: str) -> bool:
        """Whether a checkpoint of this name stays."""
        return self.keep_checkpoints is None or name in _NAMES[self.keep_checkpoints]


def ended_jobs(s: Session, chosen: Chosen) -> list[Job]:
    """The chosen ones, by id."""
    query = select(Job).where(Job.state.in_(ENDED))
    if chosen.older_than_days is not None:
        query = query.where(Job.finished_at < ahead(-_DAY * chosen.older_than_days))
    if chosen.archived:
        query = query.where(Job.archived_at.is_not(None))
    if chosen.sweeps:
        query = query.where(Job.id.in_(select(SweepCell.run_id).where(SweepCell.sweep_id.in_(chosen.sweeps))))
    for tag in chosen.tags:
        query = query.where(Job.id.in_(select(Tag.run_id).where(Tag.tag == tag)))
    return list(s.scalars(query.order_by(Job.id)))


def needed_checkpoints(s: Session) -> dict[int, int]:
    """Runs whose checkpoints a job to come goes on from -> one such job."""
    found: dict[int, int] = {}
    rows = s.execute(select(Job.id, Job.first_stage_id).where(Job.state.in_(_TO_COME)))
    for job_id, first_id in rows:
        found[job_id] = job_id
        if first_id is not None:
            found[first_id] = job_id
    for transfer in s.scalars(select(Transfer).where(Transfer.state.in_(_TO_COME))):
        found |= dict.fromkeys(_sources(transfer), transfer.id)
    return found


def _sources(transfer: Transfer) -> Iterable[int]:
    return (source["run"] for source in transfer.config["sources"] if source["run"] is not None)
