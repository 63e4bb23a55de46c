"""What a sweep may tune: axes whose value each method chooses for itself, on validation images."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainer.config import as_json
from trainer.config_fields import flatten, leaf_fields
from trainer.config_meaning import SEEDS, tunable
from trainer.errors import ConfigError, FieldProblem

if TYPE_CHECKING:
    from trainer.sweep import Cell

_STAGE = "second_stage"


def check_tuned(
    axes: Mapping[str, Sequence[Any]], baselines: Sequence[Mapping[str, Any]], tuned: Sequence[str]
) -> None:
    """Tuned paths are axes, no seeds, and no baseline holds one fast. Raises ConfigError."""
    problems = [
        FieldProblem(f"tuned[{number}]", message)
        for number, path in enumerate(tuned)
        if (message := _tuned_problem(path, axes))
    ]
    problems += [
        FieldProblem(
            f"baselines[{number}].{path}", "is tuned: the axis sets it for every method; leave it out"
        )
        for number, overrides in enumerate(baselines)
        for path in overrides
        if path in tuned
    ]
    if problems:
        raise ConfigError(problems)


def check_tuned_cells(cells: Collection["Cell"], tuned: Sequence[str]) -> None:
    """Every cell has what is tuned, and validation images to choose it on. Raises ConfigError."""
    if not tuned:
        return
    flat = [flatten(as_json(cell.config)) for cell in cells]
    problems = [
        FieldProblem(
            f"tuned[{number}]", f"is {path}, which has no effect in some settings: tune what all have"
        )
        for number, path in enumerate(tuned)
        if not all(have_to_tune(flat, path))
    ]
    path = "data.validation_fraction"
    without = dict.fromkeys(
        cell.sources.get(path, path) for cell in cells if not cell.config.data.validation_fraction
    )
    message = f"is 0, but {', '.join(tuned)} is chosen on validation images: set it above 0, such as 0.1"
    problems += [FieldProblem(name, message) for name in without]
    if problems:
        raise ConfigError(problems)


def have_to_tune(flat: Sequence[Mapping[str, Any]], path: str) -> list[bool]:
    """Whether each of these flat settings has a value of the field to choose.

    A setting of one stage has nothing to choose in a second one, and is left out beside settings that have.
    """
    section = path.partition(".")[0]
    having = [one for one in flat if section != _STAGE or one[f"{_STAGE}.name"] != "none"]
    return [one[path] is not None for one in having or flat]


def _tuned_problem(path: str, axes: Mapping[str, Sequence[Any]]) -> str:
    if path in SEEDS:
        return f"is {path}, and a seed is not chosen by how well it does"
    if path in leaf_fields() and path not in tunable():
        return f"is {path}; only a number that every setting has is tuned: {', '.join(tunable())}"
    return "" if path in axes else f"is {path}, which is no axis of this sweep: give it values in axes"
