"""The runs that a run is compared with: its siblings and its baseline, setting by setting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.store import runs as run_store
from app.store.sweeps import REUSABLE, runs_of
from app.store.tables import Run, Sweep
from app.views.setting_labels import setting_labels
from trainer.config import stored_setting_hash
from trainer.stages import NONE

PLAIN_LOSS = {"name": "cross_entropy", "weighting": "none"}


@dataclass(frozen=True)
class Kin:
    """A setting that stands near a run, with those of its runs that have, or will have, figures."""

    label: str
    setting_hash: str
    config: dict[str, Any]
    run_ids: tuple[int, ...]
    done: int
    """Completed ones among them."""
    baseline: bool
    """Whether it is plain cross-entropy with the run's data, model and optimisation."""


def kin_of(session: Session, run_id: int) -> tuple[Kin, ...]:
    """The run's own setting first, its baseline second, then the others of its sweep.

    The baseline is plain cross-entropy with equal data, model and optimisation, in one stage. Archived runs,
    and those that failed or were canceled, are left out, but never the run itself. Raises NotFoundError.
    """
    run = run_store.get_run(session, run_id)
    baseline = stored_setting_hash({**run.config, "loss": PLAIN_LOSS, "second_stage": {"name": NONE}})
    sweep = session.get(Sweep, run.sweep_id or 0)
    of_sweep = runs_of(session, sweep.id) if sweep else []
    query = select(Run).options(defer(Run.started))
    alike = query.where(Run.setting_hash.in_((run.setting_hash, baseline)), Run.archived_at.is_(None))
    swept = sorted(session.scalars(query.where(Run.id.in_(of_sweep))), key=lambda one: of_sweep.index(one.id))
    near = [run, *session.scalars(alike.order_by(Run.id)), *swept]
    settings: dict[str, dict[int, Run]] = {run.setting_hash: {}, baseline: {}}
    for one in near:
        if one.id == run.id or (one.state in REUSABLE and one.archived_at is None):
            settings.setdefault(one.setting_hash, {})[one.id] = one
    groups = [tuple(found.values()) for found in settings.values() if found]
    labels = setting_labels([group[0].config for group in groups])
    return tuple(_kin(label, group, baseline) for label, group in zip(labels, groups, strict=True))


def _kin(label: str, runs: Sequence[Run], baseline: str) -> Kin:
    done = sum(run.state == REUSABLE[0] for run in runs)
    ids = tuple(sorted(run.id for run in runs))
    setting = runs[0].setting_hash
    return Kin(label, setting, runs[0].config, ids, done, setting == baseline)
