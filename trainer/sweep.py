"""A sweep: one base configuration, axes of values, and baselines that ride along. Imports no torch.

Axes multiply; a baseline overrides the base and follows the seed axes only, so that it costs one run a seed
and not one a beta; it follows tuned axes, too, so that every method has the same budget to be tuned with.
Configurations that come out equal (a field without effect is null) are one cell. Growing a sweep that exists
is sweep_extension's.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from trainer.config import RunConfig, as_json, config_hash, merge, parse_config, setting_hash
from trainer.config_fields import flatten, leaf_fields, nest
from trainer.config_meaning import SEEDS
from trainer.config_sections import SECTIONS
from trainer.errors import ConfigError, FieldProblem
from trainer.stages import first_stage_of
from trainer.sweep_tuning import check_tuned, check_tuned_cells

MAX_CELLS = 500


@dataclass(frozen=True)
class Cell:
    """One run of a sweep. `values` are its places on the axes; a baseline has only its seeds there.

    sources: under which name a field of its configuration is refused, where that is not its path.
    """

    config: RunConfig
    values: tuple[tuple[str, Any], ...]
    baseline: bool
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)
    is_added: bool = field(default=False, compare=False)
    """Whether nobody asked for it: a first stage that others train upon."""

    @cached_property
    def config_hash(self) -> str:
        """Equal for cells that are the same experiment."""
        return config_hash(self.config)

    @cached_property
    def setting_hash(self) -> str:
        """Equal for cells that differ in seeds alone."""
        return setting_hash(self.config)


def expand(
    base: Mapping[str, Any],
    axes: Mapping[str, Sequence[Any]],
    baselines: Sequence[Mapping[str, Any]] = (),
    tuned: Sequence[str] = (),
) -> tuple[Cell, ...]:
    """Every cell once: baselines first, then the grid in axis order, the last axis fastest.

    First stages that second ones train upon and that nobody asked for stand behind the baselines, as one.

    `base` is a nested configuration, `axes` maps dotted paths to values, a baseline maps dotted paths to
    single values, `tuned` names axes whose value each method chooses for itself, on validation images.
    Raises ConfigError naming the axis ("axes.loss.beta[2]"), the baseline, the tuned path or the base field.
    """
    check(base, axes, baselines)
    check_tuned(axes, baselines, tuned)
    followed = {path: values for path, values in axes.items() if path in SEEDS or path in tuned}
    cells: dict[str, Cell] = {}
    for cell in itertools.chain(_baseline_cells(base, followed, baselines), grid_cells(base, axes)):
        cells.setdefault(cell.config_hash, cell)
        _check_size(cells)
    cells |= first_stages(cells)
    _check_size(cells)
    check_tuned_cells(cells.values(), tuned)
    return tuple(sorted(cells.values(), key=lambda cell: not cell.baseline))


def _check_size(cells: Collection[str]) -> None:
    if len(cells) > MAX_CELLS:
        raise ConfigError(
            [FieldProblem("axes", f"give more than {MAX_CELLS} runs")],
            "Sweep fewer values, or in two sweeps.",
        )


def first_stages(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The first stages that these cells train upon and that are none of them, as baselines, by hash."""
    found: dict[str, Cell] = {}
    for cell in cells.values():
        first = first_stage_of(cell.config)
        if first is not None and (digest := config_hash(first)) not in cells:
            values = tuple(pair for pair in cell.values if not pair[0].startswith("second_stage."))
            found.setdefault(digest, Cell(first, values, True, cell.sources, is_added=True))
    return found


def grid_cells(
    base: Mapping[str, Any], axes: Mapping[str, Sequence[Any]], sources: Mapping[str, str] | None = None
) -> Iterator[Cell]:
    """Every combination of the axes over `base`, equal ones too. `sources` are those of `base`."""
    for places in itertools.product(*(range(len(values)) for values in axes.values())):
        values = {path: axes[path][place] for path, place in zip(axes, places, strict=True)}
        where = {path: f"axes.{path}[{place}]" for path, place in zip(axes, places, strict=True)}
        config = _config(base, values, named := {**(sources or {}), **where})
        yield Cell(config, _resolved(values, config), baseline=False, sources=named)


def _resolved(values: Mapping[str, Any], config: RunConfig) -> tuple[tuple[str, Any], ...]:
    """As the configuration has them ("N=10" is 0.9); as given where a field has no effect."""
    flat = flatten(as_json(config))
    return tuple((path, given if flat[path] is None else flat[path]) for path, given in values.items())


def _baseline_cells(
    base: Mapping[str, Any], followed: Mapping[str, Sequence[Any]], baselines: Sequence[Mapping[str, Any]]
) -> Iterator[Cell]:
    for number, overrides in enumerate(baselines):
        sources = {path: f"baselines[{number}].{path}" for path in overrides}
        for cell in grid_cells(merge(base, nest(overrides)), followed, sources):
            yield replace(cell, baseline=True)


def _config(base: Mapping[str, Any], values: Mapping[str, Any], where: Mapping[str, str]) -> RunConfig:
    try:
        return parse_config(merge(base, nest(values)))
    except ConfigError as error:
        problems = [FieldProblem(where.get(one.path, one.path), one.message) for one in error.fields]
        raise ConfigError(problems, error.hint) from error


def check(
    base: Mapping[str, Any], axes: Mapping[str, Sequence[Any]], baselines: Sequence[Mapping[str, Any]]
) -> None:
    """What `parse_config` cannot see once all is laid over each other."""
    problems = [
        FieldProblem(section, "must be an object of fields")
        for section in SECTIONS
        if not isinstance(base.get(section, {}), Mapping)
    ]
    problems += [
        FieldProblem(f"axes.{path}", message)
        for path, values in axes.items()
        if (message := _axis_problem(path, values))
    ]
    problems += [
        FieldProblem(f"baselines[{number}].{path}", "is not a field of a run")
        for number, overrides in enumerate(baselines)
        for path in overrides
        if path not in leaf_fields()
    ]
    if problems:
        raise ConfigError(problems)


def _axis_problem(path: str, values: Sequence[Any]) -> str:
    if path not in leaf_fields():
        return "is not a field of a run"
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        return "must be a list of at least one value"
    return f"has {len(values)} values; at most {MAX_CELLS}" if len(values) > MAX_CELLS else ""


SWEEP_PRESETS: dict[str, dict[str, Any]] = {
    "dead_relu": {
        "name": "dead ReLU",
        "notes": "When units die and recover: learning rate, and one change at a time at rate 0.06.",
        "base": {
            "data": {"dataset": "shapes10", "imbalance": "none", "max_train_per_class": 150,
                     "validation_fraction": 0, "subset_seed": 0, "augment": True},
            "model": {"name": "convnet4", "width": 16, "activation": "relu", "batch_norm": False,
                      "initial_bias": None, "dropout_conv": 0.05, "dropout_fc": 0.10},
            "loss": {"name": "cross_entropy", "weighting": "none"},
            "optim": {"epochs": 6, "batch_size": 64, "learning_rate": 0.06, "momentum": 0.9,
                      "weight_decay": 5e-4, "schedule": "step", "milestones": [4], "decay": 0.1,
                      "warmup_epochs": 0},
        },
        # at 0.01 no channel dies, at 0.06 some do, at 0.2 most, and a seed may diverge
        "axes": {"optim.learning_rate": [0.01, 0.03, 0.06, 0.1, 0.2], "seed": [0, 1]},
        "baselines": [
            {"model.batch_norm": True},
            {"model.batch_norm": True, "optim.learning_rate": 0.2},
            {"model.activation": "leaky_relu"},
            # a slightly negative start recovers; a more negative one leaves the last layers without gradient
            {"model.initial_bias": -0.05},
            {"model.initial_bias": -0.2},
            # batch norm keeps a unit in reach whatever its shift
            {"model.initial_bias": -1.0, "model.batch_norm": True},
            {"model.width": 4},
            {"model.width": 32},
        ],
    },
}  # fmt: skip
"""Sweeps that answer a question, ready to launch: name, notes, base, axes and baselines.

The values are found by trial: each comment says what they show. The base is written out, so that they show it
whatever the defaults are.
"""
