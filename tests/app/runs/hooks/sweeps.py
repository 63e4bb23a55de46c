"""A sweep around runs that are there."""

from app.store.clock import now
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Sweep, SweepCell


def put_into_sweep(db: Database, run_ids: list[int]) -> int:
    """A sweep whose cells are these runs, which it launched."""
    with db.write() as s:
        sweep = Sweep(name="all", notes="", tags=[], base={}, axes={}, baselines=[], reuse=True,
                      created_at=now(), body_hash="b")  # fmt: skip
        s.add(sweep)
        s.flush()
        for cell, run_id in enumerate(run_ids):
            run = get_run(s, run_id)
            run.sweep_id = sweep.id
            same = {name: getattr(run, name) for name in ("config", "config_hash", "setting_hash")}
            s.add(SweepCell(sweep_id=sweep.id, cell=cell, run_id=run_id, baseline=False, places={}, **same))
        return sweep.id
