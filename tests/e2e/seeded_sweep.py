"""A made-up sweep with cells of every kind: done, running, queued, failed, canceled, missing, re-used."""

from collections.abc import Callable, Mapping

from app.runs.sweep_actions import launch_sweep
from app.schemas import SweepBody
from app.store.sweeps import cells_of
from app.store.tables import Run
from tests.conftest import Seed

SWEEP = SweepBody(
    name="Which beta, and can I believe it?",
    base={"loss": {"name": "focal", "weighting": "class_balanced"}, "optim": {"weight_decay": 1e-4}},
    axes={"loss.beta": [0.9, 0.99, 0.997, "N=1000"], "seed": [0, 1, 2]},
    baselines=[{"loss.name": "cross_entropy", "loss.weighting": "none"}],
    tags=["beta"],
)
_STATES = {3: "running", 4: "running", 6: "failed", 8: "crashed", 9: "canceled", 11: "queued", 13: "queued",
           14: "queued"}  # fmt: skip
_MISSING, _REUSED = 10, 0


def seed_sweep(seed: Seed, made_up: Callable[..., int]) -> int:
    """Launch SWEEP and give each cell the run that it is to show; `made_up` seeds one (name, config, ...)."""
    sweep_id, _ = launch_sweep(seed.db, seed.settings, SWEEP)
    with seed.db.read() as session:
        cells = [(cell.cell, cell.config) for cell, _ in cells_of(session, sweep_id)]
    shown: dict[int, int | None] = {_MISSING: None}
    for index, config in cells:
        state = _STATES.get(index, "completed")
        if state != "queued" and index not in shown:
            shown[index] = made_up(config, index, state)
    put(seed, sweep_id, shown)
    return sweep_id


def put(seed: Seed, sweep_id: int, shown: Mapping[int, int | None]) -> None:
    """Put these runs (None for none) into the cells in place of those that were queued."""
    with seed.db.write() as session:
        for cell, run in cells_of(session, sweep_id):
            if cell.cell in shown:
                cell.run_id = shown[cell.cell]
                session.flush()
                session.delete(run)
                if cell.run_id is not None and cell.cell != _REUSED:
                    session.get_one(Run, cell.run_id).sweep_id = sweep_id
