"""Which jobs used the images of a data set, by the names that it has had and by its source."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.lifecycle import State
from app.store.tables import Job, Run
from trainer.kinds import TRAINING

NOT_ENDED = (State.QUEUED, State.RUNNING, State.PAUSED)
"""They are yet to read the images, or to go on reading them."""


class Counts(NamedTuple):
    """Trainings, those jobs of any kind that have not ended, and jobs of other kinds."""

    runs: int
    waiting: int
    others: int


def on_images(names: Collection[str], source: str) -> ColumnElement[bool]:
    """Jobs on these images. One without a source may be on them: it is from before that was stored."""
    return and_(Job.dataset.in_(names), or_(Job.source == source, Job.source.is_(None)))


def count_on(s: Session, names: Collection[str], source: str) -> Counts:
    """How many jobs used these images."""
    query = select(Job.kind, Job.state, func.count()).where(on_images(names, source))
    found = s.execute(query.group_by(Job.kind, Job.state)).all()
    return Counts(
        sum(number for kind, _, number in found if kind == TRAINING),
        sum(number for _, state, number in found if state in NOT_ENDED),
        sum(number for kind, _, number in found if kind != TRAINING),
    )


def newest_on(s: Session, names: Collection[str], source: str, most: int) -> Sequence[Run]:
    """The newest trainings on these images."""
    return s.scalars(select(Run).where(on_images(names, source)).order_by(Run.id.desc()).limit(most)).all()


def ids_on(s: Session, names: Collection[str], source: str) -> Sequence[int]:
    """Every training on these images."""
    return s.scalars(select(Run.id).where(on_images(names, source)).order_by(Run.id.desc())).all()
