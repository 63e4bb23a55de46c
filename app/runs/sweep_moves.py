"""Runs that are moved to a sweep that did not launch them, and back to where they were.

A run is the own run of one sweep: it is listed, canceled and archived with it. The cells of the sweep that
launched it go on pointing at it, so that no grid gets a hole.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.store import sweeps
from app.store.tables import Run, Sweep, SweepCell
from trainer.config_fields import flatten
from trainer.sweep import MAX_CELLS


@dataclass(frozen=True)
class Moved:
    """Whose own run it was, which it is now, and its cell there, which was there before or not."""

    before: int | None
    after: int
    cell: int
    cell_was: Literal["missing", "empty", "its own"]


def move_to_sweep(s: Session, run: Run, sweep_id: int) -> Moved:
    """Make it the sweep's own run, in the cell of its configuration or in a new one beside the grid.

    Raises NotFoundError for an unknown sweep, and ConflictError where it is that sweep's already, where the
    cell is taken, and where the sweep would no longer be what was planned or compare like with like.
    """
    sweep = sweeps.get_sweep(s, sweep_id)
    _check(s, run, sweep)
    before, found = run.sweep_id, _cell(s, run, sweep_id)
    if found is None:
        moved = Moved(before, sweep_id, _new_cell(s, run, sweep), "missing")
    else:
        moved = Moved(before, sweep_id, found.cell, "empty" if found.run_id is None else "its own")
        found.run_id = run.id
    _give(run, sweep_id)
    s.flush()
    return moved


def move_back(s: Session, run: Run, moved: Moved) -> None:
    """Undo `move_to_sweep`. Raises ConflictError where the run has been moved on since."""
    if run.sweep_id != moved.after:
        raise ConflictError(f"run {run.id} was moved again")
    if moved.before is not None and s.get(Sweep, moved.before) is None:
        raise ConflictError(f"sweep {moved.before}, where run {run.id} came from, is gone")
    cell = s.get(SweepCell, (moved.after, moved.cell))
    if cell is not None and cell.run_id == run.id and moved.cell_was != "its own":
        cell.run_id = None
        if moved.cell_was == "missing":
            s.delete(cell)
    _give(run, moved.before)
    s.flush()


def _check(s: Session, run: Run, sweep: Sweep) -> None:
    if run.sweep_id == sweep.id:
        raise ConflictError(f"run {run.id} is in sweep {sweep.id} already")
    if sweep.looks:
        raise ConflictError(
            f"the looks of sweep {sweep.id} were planned before its runs: none joins from outside"
        )
    if sweep.tuned:
        raise ConflictError(
            f"each method of sweep {sweep.id} is tuned over equal values: none joins from outside"
        )
    others = select(Run.id).join(SweepCell, SweepCell.run_id == Run.id).where(SweepCell.sweep_id == sweep.id)
    unlike = s.scalar(
        others.where(Run.dataset == run.dataset, Run.source.is_not(None), Run.source != run.source).limit(1)
    )
    if unlike is not None:
        raise ConflictError(
            f"run {run.id} saw other images of {run.dataset} than run {unlike} of sweep {sweep.id}"
        )


def _cell(s: Session, run: Run, sweep_id: int) -> SweepCell | None:
    """The cell for its configuration, free or its own. Raises ConflictError where another run is in it."""
    query = select(SweepCell).where(SweepCell.sweep_id == sweep_id, SweepCell.config_hash == run.config_hash)
    found = s.scalars(query).first()
    if found is not None and found.run_id not in (None, run.id):
        raise ConflictError(f"run {found.run_id} stands in the cell of run {run.id} in sweep {sweep_id}")
    return found


def _new_cell(s: Session, run: Run, sweep: Sweep) -> int:
    own = SweepCell.sweep_id == sweep.id
    cells, last = s.execute(select(func.count(), func.max(SweepCell.cell)).where(own)).one()
    if cells >= MAX_CELLS:
        raise ConflictError(f"sweep {sweep.id} has {cells} cells, as many as a sweep may have")
    flat, number = flatten(run.config), 0 if last is None else last + 1
    s.add(
        SweepCell(
            sweep_id=sweep.id,
            cell=number,
            run_id=run.id,
            baseline=True,
            places={path: flat.get(path) for path in sweep.axes},
            config=run.config,
            config_hash=run.config_hash,
            setting_hash=run.setting_hash,
        )
    )
    return number


def _give(run: Run, sweep_id: int | None) -> None:
    run.sweep_id = sweep_id
    if run.lane >= 0:  # else it was put to the top by hand
        run.lane = sweep_id or 0
