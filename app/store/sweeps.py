"""Sweeps and their cells as rows: fetch, list, store, and the equal runs that cells may point at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session, defer

from app.errors import ConflictError, InvalidError, NotFoundError
from app.lifecycle import State
from app.store.tables import Run, Sweep, SweepCell
from trainer.errors import FieldProblem

REUSABLE = (State.COMPLETED, State.RUNNING, State.QUEUED, State.PAUSED)
"""States of runs that a new cell may point at, the most welcome first."""


@dataclass(frozen=True)
class SweepPage:
    """Sweeps, newest first, the cursor of the next page (None on the last), and how many there are in all."""

    sweeps: tuple[Sweep, ...]
    next_cursor: str | None
    total: int


class Stored(NamedTuple):
    """As much of a run as says whether a cell may point at it."""

    config_hash: str
    source: str | None
    id: int
    created_at: str


def get_sweep(s: Session, sweep_id: int) -> Sweep:
    """The sweep. Raises NotFoundError."""
    sweep = s.get(Sweep, sweep_id)
    if sweep is None:
        raise NotFoundError(f"Sweep {sweep_id} does not exist.", "Its id may be mistyped.")
    return sweep


def find_sweeps(s: Session, limit: int = 50, cursor: str | None = None) -> SweepPage:
    """A page of at most `limit` sweeps. Raises InvalidError for a cursor that is none."""
    query = select(Sweep).order_by(Sweep.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(Sweep.id < _position(cursor))
    rows = s.scalars(query).all()
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    total = s.scalar(select(func.count()).select_from(Sweep)) or 0
    return SweepPage(tuple(rows[:limit]), following, total)


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        problem = FieldProblem("cursor", "must be the next_cursor of the page before")
        raise InvalidError("The request was refused: cursor.", fields=[problem])
    return int(cursor)


def cells_of(s: Session, sweep_id: int) -> list[tuple[SweepCell, Run | None]]:
    """Each cell in order, with its run, less its `started`, where there is one. Raises NotFoundError."""
    get_sweep(s, sweep_id)
    query = select(SweepCell, Run).outerjoin(Run, Run.id == SweepCell.run_id).options(defer(Run.started))
    rows = s.execute(query.where(SweepCell.sweep_id == sweep_id).order_by(SweepCell.cell))
    return [(cell, run) for cell, run in rows]


def sweeps_with(s: Session, run_id: int) -> Sequence[Sweep]:
    """The sweeps in a cell of which the run stands, the oldest first."""
    query = select(Sweep).join(SweepCell, SweepCell.sweep_id == Sweep.id).where(SweepCell.run_id == run_id)
    return s.scalars(query.order_by(Sweep.id)).all()


def runs_of(s: Session, sweep_id: int) -> list[int]:
    """Ids of the runs in the sweep's cells, in cell order. Raises NotFoundError."""
    return [run.id for _, run in cells_of(s, sweep_id) if run is not None]


def numbers_of(s: Session, sweep_id: int, without_run: bool = False) -> list[int]:
    """The numbers of the sweep's cells, in order; without_run: only of those that have none."""
    query = select(SweepCell.cell).where(SweepCell.sweep_id == sweep_id)
    if without_run:
        query = query.where(SweepCell.run_id.is_(None))
    return list(s.scalars(query.order_by(SweepCell.cell)))


def runs_in(s: Session, run_ids: Sequence[int], states: Iterable[str]) -> Sequence[Run]:
    """Those of these runs that are in one of the states, by id, without their large columns."""
    query = select(Run).where(Run.id.in_(run_ids), Run.state.in_(tuple(states))).order_by(Run.id)
    return s.scalars(query.options(defer(Run.started), defer(Run.config))).all()


def standings(s: Session, sweep_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Cells of these sweeps, counted by (sweep_id, state), in one query; state is NULL for missing runs.

    Columns: sweep_id, state, cells, epochs (asked for), epoch (finished), timed (runs with a finished epoch)
    and seconds (sum of the last epoch's duration over those).
    """
    seconds = Run.last["seconds"].as_float()
    own, first = (SweepCell.config[section]["epochs"].as_integer() for section in ("second_stage", "optim"))
    asked = func.coalesce(Run.epochs, own, first)
    query = (
        select(
            SweepCell.sweep_id,
            Run.state.label("state"),
            func.count().label("cells"),
            func.sum(asked).label("epochs"),
            func.coalesce(func.sum(Run.epoch), 0).label("epoch"),
            func.count(seconds).label("timed"),
            func.coalesce(func.sum(seconds), 0.0).label("seconds"),
        )
        .outerjoin(Run, Run.id == SweepCell.run_id)
        .where(SweepCell.sweep_id.in_(sweep_ids))
    )
    return s.execute(query.group_by(SweepCell.sweep_id, Run.state)).all()


def runs_with(s: Session, sweep_id: int, config_hashes: Iterable[str]) -> dict[str, int]:
    """config_hash -> the run in the sweep's cell with it, for those that have one."""
    query = select(SweepCell.config_hash, SweepCell.run_id).where(
        SweepCell.sweep_id == sweep_id, SweepCell.config_hash.in_(tuple(config_hashes))
    )
    return {digest: run_id for digest, run_id in s.execute(query) if run_id is not None}


def reusable_runs(s: Session, sources: Mapping[str, str | None]) -> dict[str, int]:
    """config_hash -> the run to point at instead of training again, for those that have one.

    sources: config_hash -> the source of the images that are meant, None where nobody knows it yet. Such a
    run is on these images, not
    archived, not being stopped, and in one of REUSABLE; of several, the one furthest on, then the oldest.
    """
    found: dict[str, int] = {}
    for run in _reusable(s, sources):
        if run.source == sources[run.config_hash]:
            found.setdefault(run.config_hash, run.id)
    return found


def runs_elsewhere(s: Session, sources: Mapping[str, str], before: str | None = None) -> list[Stored]:
    """Runs that `reusable_runs` passes over for their images alone.

    before: only runs that were asked for before this time.
    """
    return [
        run
        for run in _reusable(s, sources)
        if run.source != sources[run.config_hash] and (before is None or run.created_at < before)
    ]


def _reusable(s: Session, config_hashes: Iterable[str]) -> Sequence[Stored]:
    rank = case({state: place for place, state in enumerate(REUSABLE)}, value=Run.state)
    query = select(Run.config_hash, Run.source, Run.id, Run.created_at).where(
        Run.config_hash.in_(tuple(config_hashes)),
        Run.state.in_(REUSABLE),
        Run.archived_at.is_(None),
        Run.stop_requested.is_(None),
    )
    return [Stored(*row) for row in s.execute(query.order_by(rank, Run.id))]


def begun_runs(s: Session, run_ids: Iterable[int]) -> list[int]:
    """Those of these runs that have started at some time, oldest first."""
    query = select(Run.id).where(Run.id.in_(tuple(run_ids)), Run.started_at.is_not(None))
    return list(s.scalars(query.order_by(Run.id)))


def idempotent_sweep(s: Session, key: str, body_hash: str) -> int | None:
    """The sweep that `key` launched, None for a new key. Raises ConflictError where the body was another."""
    known = s.scalar(select(Sweep).where(Sweep.idempotency_key == key))
    if known is not None and known.body_hash != body_hash:
        raise ConflictError(
            f"The idempotency key {key!r} was used for another launch, sweep {known.id}.",
            "Use a new key for a new launch.",
        )
    return known.id if known is not None else None
