"""An extension of a sweep before it is carried out: its new cells, checked, and what they would cost."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidError
from app.lifecycle import State
from app.schemas import ExtendBody
from app.settings import Settings
from app.store import sweeps as store
from app.store.tables import Run, Sweep, SweepCell
from app.views.sweep_previews import cell_previews, check_cells, estimate, sweep_refused
from app.views.sweeps import ExtensionPreview
from trainer.config import setting_hash
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep_extension import Extension, SweepPlan, extend

StoredCells = Sequence[tuple[SweepCell, Run | None]]


def extension_preview(
    session: Session, settings: Settings, sweep_id: int, body: ExtendBody
) -> ExtensionPreview:
    """What `body` would add to the sweep and cost. Raises as `checked_extension` does. Nothing is queued."""
    sweep, cells = store.get_sweep(session, sweep_id), store.cells_of(session, sweep_id)
    new = checked_extension(sweep, cells, body, settings).new
    equal = store.reusable_runs(session, [cell.config_hash for cell in new]) if sweep.reuse else {}
    trained = [cell for cell in new if cell.config_hash not in equal]
    previews = cell_previews(session, settings, trained)
    return ExtensionPreview(
        cells_new=len(trained),
        cells_reused=len(new) - len(trained),
        epochs=sum(cell.config.optim.epochs for cell in trained),
        estimated_seconds=estimate(session, [previews[setting_hash(cell.config)] for cell in trained]),
    )


def checked_extension(sweep: Sweep, cells: StoredCells, body: ExtendBody, settings: Settings) -> Extension:
    """The sweep with `body` added; the data of its new cells were looked at.

    Raises InvalidError naming axis, baseline or setting as `body` has them, and ConflictError for a sweep
    that was canceled as a whole or has all of it already.
    """
    if not (body.axes or body.baselines or body.settings):
        problem = FieldProblem("axes", "is empty, as are baselines and settings")
        raise InvalidError("The extension was refused: it adds nothing.", fields=[problem])
    if _is_canceled(cells):
        raise ConflictError(
            f"Sweep {sweep.id} was canceled before any of its runs was done.",
            "Retry it first, or launch a new sweep.",
        )
    plan = SweepPlan(sweep.base, sweep.axes, sweep.baselines, sweep.tuned)
    known = {cell.config_hash for cell, _ in cells}
    try:
        found = extend(plan, known, body.axes, body.baselines, body.settings)
    except ConfigError as error:
        raise sweep_refused(error.fields, error.hint) from error
    if not found.new:
        raise ConflictError(
            f"Sweep {sweep.id} has all of these {len(known)} cells already.", "Name other values or seeds."
        )
    check_cells(found.new, settings)
    return found


def _is_canceled(cells: StoredCells) -> bool:
    return bool(cells) and all(run is not None and run.state == State.CANCELED for _, run in cells)
