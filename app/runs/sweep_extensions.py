"""How a sweep grows: what a request adds to it, checked; runs that no sweep holds grow as a new one."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import AllThereError, ConflictError, InvalidError
from app.lifecycle import State
from app.runs.sweep_cells import StoredCells, sources_of
from app.runs.sweep_checks import check_cells, sweep_refused
from app.schemas import ExtendBody, SweepBody, read
from app.settings import Settings
from app.store import runs as run_store
from app.store.tables import Sweep
from trainer.config import as_json, merge, parse_config, setting_hash
from trainer.config_fields import flatten, nest
from trainer.config_meaning import SEEDS
from trainer.errors import ConfigError, FieldProblem
from trainer.study import Grid
from trainer.sweep_extension import Extension, as_launched, extend


def checked_extension(
    sweep: Sweep, cells: StoredCells, body: ExtendBody, settings: Settings
) -> tuple[Extension, dict[str, str]]:
    """The sweep with `body` added, and the source of each data set: that of the runs that it has.

    Raises InvalidError naming axis, baseline or setting as `body` has them, ConflictError for a sweep that
    was canceled as a whole, and AllThereError for one that has all of it already.
    """
    if not (body.axes or body.baselines or body.settings):
        problem = FieldProblem("axes", "is empty, as are baselines and settings")
        raise InvalidError("The extension was refused: it adds nothing.", fields=[problem])
    if cells and all(run is not None and run.state == State.CANCELED for _, run in cells):
        raise ConflictError(
            f"Sweep {sweep.id} was canceled before any of its runs was done.",
            "Retry it first, or launch a new sweep.",
        )
    plan = as_launched(
        Grid(sweep.base, sweep.axes, sweep.baselines, sweep.tuned),
        [(cell.baseline, cell.config) for cell, _ in cells],
    )
    known = {cell.config_hash for cell, _ in cells}
    try:
        found = extend(plan, known, body.axes, body.baselines, body.settings)
    except ConfigError as error:
        raise sweep_refused(error.fields, error.hint) from error
    if not found.new:
        raise AllThereError(
            f"Sweep {sweep.id} has all of these {len(known)} cells already.", "Name other values or seeds."
        )
    return found, check_cells(found.new, settings, sources_of(cells))


def sweep_of_runs(session: Session, run_ids: Sequence[int], body: ExtendBody) -> SweepBody:
    """A sweep of the settings in `body`, failing those of the runs, over the seeds in it.

    The first setting with a weighting or another loss is the base, the others ride along as baselines. Raises
    NotFoundError, and InvalidError naming axis or setting as `body` has them.
    """
    runs = run_store.get_runs(session, tuple(dict.fromkeys(run_ids)))
    if body.baselines:
        problem = FieldProblem("baselines", "have no base to override here: send whole settings")
        raise sweep_refused([problem], "")
    if not body.axes.get("seed"):
        raise sweep_refused([FieldProblem("axes.seed", "is missing: name the seeds to train")], "")
    asked = body.settings or list({run.setting_hash: run.config for run in runs}.values())
    try:
        extend(Grid(runs[0].config, {}), (), body.axes, settings=asked)
    except ConfigError as error:
        raise sweep_refused(error.fields, error.hint) from error
    whole = [parse_config(merge(runs[0].config, nest(flatten(setting)))) for setting in asked]
    grid, *others = sorted(
        {setting_hash(config): flatten(as_json(config)) for config in whole}.values(),
        key=lambda flat: (flat["loss.name"], flat["loss.weighting"]) == ("cross_entropy", "none"),
    )
    unlike = [
        {path: value for path, value in other.items() if value != grid[path] and path not in SEEDS}
        for other in others
    ]
    return read(SweepBody, {"base": nest(grid), "axes": body.axes, "baselines": unlike})
