"""What a page says after a click has let a sweep grow: how many runs joined it, and where they stand."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from sqlalchemy.orm import Session

from app.formats import counted
from app.views.sweeps.fill import sweep_summaries
from trainer.sweep import MAX_CELLS

AddedQuery = Annotated[int | None, Query(ge=0, le=MAX_CELLS, description="Runs that a click has added.")]


@dataclass(frozen=True)
class Added:
    """Runs that joined a sweep, and what of the whole sweep is still to come, in words."""

    runs: str
    sweep_id: int
    standing: str


def with_added(path: str, runs: int) -> str:
    """The address of a page that says that so many runs were added."""
    before, mark, fragment = path.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{urlencode({'added': runs})}{mark}{fragment}"


def added_to(session: Session, sweep_id: int | None, runs: int | None) -> Added | None:
    """What is said; None where nothing was clicked, or the sweep is gone."""
    line = sweep_summaries(session, [sweep_id]).get(sweep_id) if sweep_id is not None else None
    if runs is None or line is None:
        return None
    counts = line.counts
    open_ = [f"{number} {word}" for number, word in ((counts.running, "training"), (counts.queued, "queued"))
             if number]  # fmt: skip
    return Added(counted(runs, "run") if runs else "", line.id, " and ".join(open_))
