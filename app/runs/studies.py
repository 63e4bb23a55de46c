"""Asks the study of a sweep for more runs when one of its runs has ended.

That is done in the transaction that ends the run, so that no end is missed or told twice.
"""

import logging
from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.lifecycle import ENDED
from app.runs.sweep_cells import StoredCells, add_cells, prepared_cells, runs_for, sources_of
from app.schemas import SweepBody
from app.store import sweeps as store
from app.store.tables import Sweep
from trainer.config import parse_config
from trainer.study import Grid, Study, Trial
from trainer.sweep import MAX_CELLS, Cell

_log = logging.getLogger(__name__)


def study_of(sweep: Sweep | SweepBody) -> Study:
    """What proposes the runs of a sweep, as it is asked for or stored: so far each is a grid."""
    return Grid(sweep.base, sweep.axes, sweep.baselines, sweep.tuned)


def ask_about(s: Session, run_id: int) -> None:
    """Queue what the studies of the sweeps that the run stands in propose, now that it has ended.

    A study that fails proposes nothing, and the run ends all the same.
    """
    for sweep in store.sweeps_with(s, run_id):
        try:
            with s.begin_nested():
                ask(s, sweep)
        except Exception:
            _log.exception("The study of sweep %s could not say what to train next.", sweep.id)


def ask(s: Session, sweep: Sweep) -> None:
    """Queue what the study of the sweep proposes, until something is left to wait for or nothing is new."""
    while new := _proposed(s, sweep):
        known = store.numbers_of(s, sweep.id)
        prepared = prepared_cells(new, sources_of(store.cells_of(s, sweep.id)), sweep)
        runs, earlier = runs_for(s, sweep, prepared)
        add_cells(s, sweep.id, prepared, runs, max(known, default=-1) + 1)
        if len(earlier) < len(new):
            return


def _proposed(s: Session, sweep: Sweep) -> Sequence[Cell]:
    """The cells that the sweep lacks, as many as it may have."""
    proposed = study_of(sweep).after(_ended(s, sweep.id))
    if not proposed:
        return ()
    known = {cell.config_hash for cell, _ in store.cells_of(s, sweep.id)}
    new = {cell.config_hash: cell for cell in proposed if cell.config_hash not in known}
    return list(new.values())[: MAX_CELLS - len(known)]


def _ended(s: Session, sweep_id: int) -> Iterator[Trial]:
    """The runs that have ended, in the order of the cells; read when the study looks at the first."""
    cells: StoredCells = store.cells_of(s, sweep_id)
    for cell, run in cells:
        if run is not None and run.state in ENDED:
            yield Trial(parse_config(cell.config), run.state, run.last or {})
