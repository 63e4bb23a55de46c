"""Fills the view of dead units from the store: of one run for its page, of several runs by setting.

The shares are the trainer's (trainer.dead_relu says what a unit is). What the figures show is in
dead_relu.text and dead_relu.changes.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from sqlalchemy.orm import Session

from app.comparing.dead_relu.changes import changes
from app.comparing.dead_relu.text import observations
from app.comparing.dead_relu.view import DeadUnits, LayerUnits, SettingUnits, UnitPoint
from app.comparing.parts import Spread
from app.comparing.samples import RunFigures, Sample, figures_of, samples
from app.lifecycle import State
from app.store import sweeps as sweep_store
from app.store.series import scalars_of_runs
from app.views.units import DEAD, ZEROS, in_order, place

_ENDED_EARLY = (State.FAILED, State.CRASHED, State.CANCELED)
Shares = dict[str, dict[int, tuple[float | None, float | None]]]
"""Layer -> epoch -> (dead units, zero activations) of one run."""


def layers_of_run(session: Session, run_id: int, model: str) -> tuple[LayerUnits, ...]:
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
        layers=_layers([shares[run.id] for run in counted], counted[0].config["model"]["name"]),
    )


def _layers(runs: Sequence[Shares], model: str) -> tuple[LayerUnits, ...]:
    names = sorted({name for run in runs for name in run}, key=in_order)
    return tuple(_layer(name, [run[name] for run in runs if name in run], model) for name in names)


def _layer(
    name: str, runs: Sequence[Mapping[int, tuple[float | None, float | None]]], model: str
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
