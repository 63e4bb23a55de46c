"""Extra figures of several runs at once, by the beginning of their keys. Reads only; of one run: series."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.store.tables import Run, Scalar


def scalars_of_runs(s: Session, run_ids: Sequence[int], prefixes: Sequence[str]) -> Sequence[Any]:
    """(run_id, key, epoch, value) of these runs' figures whose key begins with one of `prefixes`.

    By run, key and epoch, in one query. Prefixes are taken letter for letter.
    """
    begins = or_(*(Scalar.key.startswith(prefix, autoescape=True) for prefix in prefixes))
    query = select(Scalar.run_id, Scalar.key, Scalar.epoch, Scalar.value)
    chosen = query.where(Scalar.run_id.in_(run_ids), begins)
    return s.execute(chosen.order_by(Scalar.run_id, Scalar.key, Scalar.epoch)).all()


def newest_runs_with(s: Session, prefix: str, most: int) -> list[int]:
    """Ids of the newest runs, archived ones left out, that have a figure whose key begins with `prefix`.

    At most `most`, in ascending order. The prefix is taken letter for letter.
    """
    begins = Scalar.key.between(prefix, f"{prefix}\U0010ffff")  # as an index is searched
    has = exists().where(Scalar.run_id == Run.id, begins)
    query = select(Run.id).where(has, Run.archived_at.is_(None)).order_by(Run.id.desc()).limit(most)
    return sorted(s.execute(query).scalars())


def scalars_after(s: Session, run_id: int, epoch: int, prefix: str) -> dict[str, float | None]:
    """Key -> value of a run's figures after one epoch whose key begins with `prefix`, letter for letter."""
    chosen = select(Scalar.key, Scalar.value).where(Scalar.run_id == run_id, Scalar.epoch == epoch)
    rows = s.execute(chosen.where(Scalar.key.startswith(prefix, autoescape=True)).order_by(Scalar.key))
    return dict(rows.all())
