"""The control of a launch: the runs that tell class weights from the smaller rate that comes with them.

What they are stands in trainer.control; here they become baselines of the sweep that is to be launched, so
that they follow its seeds, and a sweep that holds them already is left as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.errors import InvalidError
from app.runs.drafts import Limits
from app.runs.sweep_checks import expanded
from app.schema_types import MOST_BASELINES
from app.schemas import LaunchBody, SweepBody
from app.settings import Settings
from app.views.preview.fill import planned_mean_weight
from app.views.rates import is_scaled_throughout, rates_differ
from app.views.setting_labels import loss_label
from trainer.config import RunConfig, as_json, parse_config
from trainer.config_fields import flatten
from trainer.config_meaning import SEEDS, null_is_a_value
from trainer.control import control_of
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep import Cell


def with_control(settings: Settings, body: LaunchBody | SweepBody) -> SweepBody | None:
    """`body` as a sweep with the control of each setting whose weights change the rate by more than 10 %.

    None where there is no such setting, or where all of its control is in the sweep already. Raises
    InvalidError where the launch itself or its control is refused (a weight decay out of bounds, too many).
    """
    sweep = body
    if isinstance(sweep, LaunchBody):
        told = {"name": sweep.name, "tags": sweep.tags, "notes": sweep.notes, "priority": sweep.priority}
        told |= vars(Limits.of(sweep))
        sweep = SweepBody(base=as_json(sweep.config), requirements=sweep.requirements, **told)
    cells = expanded(sweep)
    found = list(_shifted(settings, cells))
    if not found:
        return None
    base = flatten(as_json(parse_config(sweep.base)))
    added = [_overrides(config, base) for cell, mean in found for config in _control(cell, mean)]
    baselines = [*sweep.baselines, *(one for at, one in enumerate(added) if one not in added[:at])]
    if len(baselines) > MOST_BASELINES:
        many = f"it would make {len(baselines)} baselines; at most {MOST_BASELINES}"
        raise _refused([FieldProblem("baselines", many)], "Sweep fewer weighted settings at a time.")
    name = sweep.name or (
        f"control of {loss_label(as_json(found[0][0].config))}" if len(found) == 1 else None
    )
    made = sweep.model_copy(update={"baselines": baselines, "name": name})
    try:
        return made if len(expanded(made)) > len(cells) else None
    except InvalidError as error:
        said = [FieldProblem("baselines", f"with it, the axes {one.message}") for one in error.fields]
        raise _refused(said, error.hint) from error


def _shifted(settings: Settings, cells: tuple[Cell, ...]) -> Iterator[tuple[Cell, float]]:
    """The first cell of each setting whose mean weight is not about 1, with that mean."""
    first = {cell.setting_hash: cell for cell in reversed(cells)}
    for cell in (cell for cell in cells if first[cell.setting_hash] is cell):
        if is_scaled_throughout(as_json(cell.config)):
            mean = planned_mean_weight(cell.config, settings.datasets_dir)
            if rates_differ(mean, 1.0):
                yield cell, mean


def _control(cell: Cell, mean_weight: float) -> list[RunConfig]:
    """The three runs beside the cell's own."""
    try:
        runs = control_of(cell.config, mean_weight)
    except ConfigError as error:
        said = [FieldProblem("baselines", f"its {one.path} {one.message}") for one in error.fields]
        raise _refused(said, error.hint) from error
    return [config for config in runs.values() if config != cell.config]


def _refused(problems: Sequence[FieldProblem], hint: str) -> InvalidError:
    said = "; ".join(problem.message for problem in problems)
    return InvalidError(f"The control was refused: {said}.", hint, problems)


def _overrides(config: RunConfig, base: Mapping[str, Any]) -> dict[str, Any]:
    """What makes `base`, flat, into `config`, but for the seeds, and nulls that other fields bring about."""
    changed = {path: value for path, value in flatten(as_json(config)).items() if value != base[path]}
    own = (path for path in changed if path not in SEEDS)
    return {path: changed[path] for path in own if changed[path] is not None or null_is_a_value(path)}
