"""Fills the view of dead units from the store: of one run, of several by setting, of those of an address.

The shares are the trainer's (trainer.dead_relu says what a unit is). What the figures show is in
dead_relu.text and dead_relu.changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from sqlalchemy.orm import Session

from app.comparing.dead_relu.changes import changes
from app.comparing.dead_relu.text import observations
from app.comparing.dead_relu.view import DeadUnits, LayerUnits, SettingUnits, UnitPoint
from app.comparing.parts import Spread
from app.comparing.samples import RunFigures, Sample, figures_of, samples
from app.lifecycle import State
from app.schema_types import LARGEST_ID
from app.schemas import run_ids
from app.store import sweeps
from app.store import sweeps as sweep_store
from app.store.figures import newest_runs_with, scalars_of_runs
from app.views.units import DEAD, ZEROS, in_order, place
from trainer.sweep import SWEEP_PRESETS

_ENDED_EARLY = (State.FAILED, State.CRASHED, State.CANCELED)
Shares = dict[str, dict[int, tuple[float | None, float | None]]]
"""Layer -> epoch -> (dead units, zero activations) of one run."""


def layers_of_run(session: Session, run_id: int, model: Mapping[str, Any]) -> tuple[LayerUnits, ...]:
    """The layers of one run of that model from image to logits; () where it has no such figures."""
    return _layers([_shares(session, [run_id]).get(run_id, {})], model)


def dead_units_of_sweep(session: Session, sweep_id: int) -> DeadUnits:
    """Of all runs in the sweep's cells. Raises NotFoundError for an unknown sweep."""
    cells = sweep_store.cells_of(session, sweep_id)
    return dead_units(session, [run.id for _, run in cells if run is not None])


def dead_units(session: Session, run_ids: Sequence[int]) -> DeadUnits:
    """These runs by setting, with what they show. Raises NotFoundError."""
    chosen = samples(session, run_ids)
    runs = [run for sample in chosen for run in sample.runs]
    shares = _shares(session, [run.id for run in runs])
    figures = figures_of(session, chosen, "last")
    settings = tuple(made for sample in chosen if (made := _setting(sample, shares, figures)) is not None)
    names = {layer.layer for setting in settings for layer in setting.layers}
    return DeadUnits(
        layers=tuple(sorted(names, key=in_order)),
        settings=settings,
        observations=observations(settings),
        changes=changes(settings),
        without=tuple(run.id for run in runs if run.epoch and run.id not in shares),
        waiting=tuple(run.id for run in runs if not run.epoch),
    )


def _shares(session: Session, run_ids: Sequence[int]) -> dict[int, Shares]:
    """By run id, for runs that have any."""
    found: dict[int, Shares] = {}
    for run_id, key, epoch, value in scalars_of_runs(session, run_ids, (DEAD, ZEROS)):
        layer = found.setdefault(run_id, {}).setdefault(key.partition("/")[2], {})
        dead, zeros = layer.get(epoch, (None, None))
        layer[epoch] = (value, zeros) if key.startswith(DEAD) else (dead, value)
    return found


def _setting(
    sample: Sample, shares: Mapping[int, Shares], figures: Mapping[int, RunFigures]
) -> SettingUnits | None:
    """None where no run of the setting has such figures."""
    counted = [run for run in sample.counted or sample.distinct if run.id in shares]
    if not counted:
        return None
    known = [figures[run.id].metrics["accuracy"] for run in counted if run.id in figures]
    return SettingUnits(
        label=sample.label,
        setting_hash=counted[0].setting_hash,
        config=counted[0].config,
        run_ids=tuple(run.id for run in counted),
        n=len(counted),
        ended_early=sum(run.state in _ENDED_EARLY for run in sample.distinct),
        epochs=tuple(sorted({run.epoch for run in counted})),
        accuracy=Spread.of(known),
        layers=_layers([shares[run.id] for run in counted], counted[0].config["model"]),
    )


def _layers(runs: Sequence[Shares], model: Mapping[str, Any]) -> tuple[LayerUnits, ...]:
    names = sorted({name for run in runs for name in run}, key=in_order)
    return tuple(_layer(name, [run[name] for run in runs if name in run], model) for name in names)


def _layer(
    name: str,
    runs: Sequence[Mapping[int, tuple[float | None, float | None]]],
    model: Mapping[str, Any],
) -> LayerUnits:
    epochs = sorted({epoch for run in runs for epoch in run})
    points = tuple(_point(epoch, [run[epoch] for run in runs if epoch in run]) for epoch in epochs)
    known = [(point.dead, point.epoch) for point in points if point.dead is not None]
    largest, at = max(known, key=lambda pair: (pair[0], -pair[1]), default=(None, None))
    last = known[-1][0] if known else None
    return LayerUnits(
        layer=name,
        place=place(name, model),
        points=points,
        first=known[0][0] if known else None,
        largest=largest,
        largest_epoch=at,
        last=last,
        recovered=last < largest if largest and last is not None else None,
        zeros=next((point.zeros for point in reversed(points) if point.zeros is not None), None),
    )


def _point(epoch: int, values: Sequence[tuple[float | None, float | None]]) -> UnitPoint:
    """The mean over the runs that have a figure for this epoch."""
    dead, zeros = ([one for one in side if one is not None] for side in zip(*values, strict=True))
    means = [fmean(side) if side else None for side in (dead, zeros)]
    return UnitPoint(epoch=epoch, dead=means[0], zeros=means[1], n=len(dead))


PRESET = SWEEP_PRESETS["dead_relu"]
_LOOKED_THROUGH = 100
_MOST_RUNS = 20


@dataclass(frozen=True)
class UnitsQuery:
    """Runs, or a sweep, or neither."""

    runs: tuple[int, ...] = ()
    sweep: int | None = None

    @property
    def text(self) -> str:
        """The query part of an address."""
        words = {"runs": ",".join(map(str, self.runs)), "sweep": self.sweep}
        return urlencode({name: value for name, value in words.items() if value}, safe=",")

    def settled(self, session: Session) -> "UnitsQuery":
        """In the place of neither the newest sweep of the preset; without one, the newest runs measured."""
        if self.runs or self.sweep is not None:
            return self
        newest = sweeps.find_sweeps(session, _LOOKED_THROUGH).sweeps
        preset = next((one.id for one in newest if one.base == PRESET["base"]), None)
        if preset is not None:
            return UnitsQuery(sweep=preset)
        return UnitsQuery(runs=tuple(newest_runs_with(session, DEAD, _MOST_RUNS)))

    def units(self, session: Session) -> DeadUnits:
        """What the chosen runs show. Raises NotFoundError."""
        if self.sweep is not None:
            return dead_units_of_sweep(session, self.sweep)
        return dead_units(session, self.runs)


def units_query(
    runs: Annotated[Sequence[str], Query(description="Numbers of runs, such as 1,2,5.")] = (),
    sweep: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Number of a sweep.")] = None,
) -> UnitsQuery:
    """The address as links write it. Raises InvalidError for numbers that are none."""
    return UnitsQuery(tuple(dict.fromkeys(run_ids(",".join(runs)))) if any(runs) else (), sweep)
