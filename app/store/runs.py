"""Runs as rows: fetch, list, label, delete. Moves between states: app.runs.queue; figures: series."""

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, defer

from app.errors import ConflictError, NotFoundError
from app.lifecycle import State
from app.search.parser import parse
from app.search.tree import names_field
from app.settings import Settings
from app.store.clock import now
from app.store.engine import Database, Row, plain_rows
from app.store.paging import LISTED, Order
from app.store.searching import condition
from app.store.stages import check_needed
from app.store.tables import Checkpoint, IdempotencyKey, Run, SweepCell, Tag
from app.store.vocabulary import StoredVocabulary

WAITING = (State.RUNNING, State.QUEUED, State.PAUSED)
"""States of runs that are still to come."""


@dataclass(frozen=True)
class RunFilter:
    """Which runs a list holds; every given part must hold. Empty parts let all through.

    q: a search, as app.search reads it. states: any of them. tags: all of them.
    sweep: the runs in its cells, be they launched by it or earlier ones. setting: its hash.
    archived: only archived runs; otherwise only those that are not, unless the search asks about that.
    """

    q: str = ""
    states: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    dataset: str | None = None
    sweep: int | None = None
    setting: str = ""
    archived: bool = False
    folded: bool = False


@dataclass(frozen=True)
class RunPage:
    """A page of runs as rows of LISTED, the cursor of the next one (None on the last), and how many the
    filter lets through.
    """

    rows: tuple[Row, ...]
    next_cursor: str | None
    total: int

    @property
    def ids(self) -> list[int]:
        """Their numbers."""
        return [row[0] for row in self.rows]


@dataclass(frozen=True)
class OwnRun:
    """One of the runs that a sweep launched: as much as the sweep's line in a list needs."""

    id: int
    sweep_id: int
    setting_hash: str
    state: str
    not_before: str | None


def get_run(s: Session, run_id: int) -> Run:
    """The run, read once in a session, which by itself would forget it with its last user.

    Raises NotFoundError.
    """
    run = s.get(Run, run_id)
    if run is None:
        raise no_run(run_id)
    s.info[Run, run_id] = run
    return run


def no_run(run_id: int) -> NotFoundError:
    """What is raised for a run that is not there."""
    return NotFoundError(f"Run {run_id} does not exist.", "Its id may be mistyped, or it was deleted.")


def get_runs(s: Session, run_ids: Sequence[int]) -> list[Run]:
    """These runs, in the given order, in one query. Raises NotFoundError for one that is not there."""
    found = {run.id: run for run in s.scalars(select(Run).where(Run.id.in_(run_ids)))}
    return [found.get(run_id) or get_run(s, run_id) for run_id in run_ids]


def listed_runs(s: Session, run_ids: Sequence[int]) -> list[Run]:
    """Those of these runs that are there, in any order, without their `started` column, in one query."""
    query = select(Run).options(defer(Run.started, raiseload=True))
    return list(s.scalars(query.where(Run.id.in_(run_ids))))


def own_runs(s: Session, sweep_ids: Iterable[int]) -> list[OwnRun]:
    """What these sweeps launched and is not archived, by id, in one query."""
    columns = Run.id, Run.sweep_id, Run.setting_hash, Run.state, Run.not_before
    query = select(*columns).where(Run.sweep_id.in_(list(sweep_ids)), Run.archived_at.is_(None))
    rows = s.execute(query.order_by(Run.id))
    return [
        OwnRun(one, of, setting, state, until) for one, of, setting, state, until in rows if of is not None
    ]


def find_runs(
    s: Session, only: RunFilter, sort: str = "-id", limit: int = 50, cursor: str | None = None
) -> RunPage:
    """A page of at most `limit` runs.

    sort: one of RUN_SORT_KEYS, with - for descending. Raises InvalidError for another sort or cursor, and
    SearchError.
    """
    order, conditions = Order.parse(sort), conditions_of(s, only)
    place = order.decode(cursor)
    if only.q:
        rows, total = order.searched(s, conditions, limit + 1, place)
    else:
        alike = () if only.archived else (Run.archived_at,)
        rows = order.page(s, select(*LISTED).where(*conditions), limit + 1, place, alike)
        total = count_runs(s, only)
    more = len(rows) > limit
    following = order.encode(rows[limit - 1]) if more else None
    return RunPage(tuple(rows[:limit]), following, total)


def count_runs(s: Session, only: RunFilter) -> int:
    """How many runs the filter lets through. Raises SearchError."""
    return s.scalar(select(func.count()).select_from(Run).where(*conditions_of(s, only))) or 0


def conditions_of(s: Session, only: RunFilter) -> list[ColumnElement[bool]]:
    """What must hold of the runs that the filter lets through. Raises SearchError."""
    asked = parse(only.q, StoredVocabulary(s)) if only.q else None
    conditions: list[ColumnElement[bool]] = [condition(s, asked)] if asked else []
    if only.archived:
        conditions.append(Run.archived_at.is_not(None))
    elif not (asked and names_field(asked, "archived")):
        conditions.append(Run.archived_at.is_(None))
    if only.states:
        conditions.append(Run.state.in_(only.states))
    if only.dataset is not None:
        conditions.append(Run.dataset == only.dataset)
    if only.sweep is not None:
        conditions.append(Run.id.in_(select(SweepCell.run_id).where(SweepCell.sweep_id == only.sweep)))
    if only.setting:
        conditions.append(Run.setting_hash == only.setting)
    if only.folded:
        conditions.append(or_(Run.sweep_id.is_(None), ~_newer_in_sweep(only.archived)))
    conditions += [_tagged(Tag.tag == tag) for tag in only.tags]
    return conditions


@cache
def _newer_in_sweep(archived: bool) -> ColumnElement[bool]:
    """Whether the same sweep launched a newer run of the same list."""
    newer = aliased(Run)
    listed = newer.archived_at.is_not(None) if archived else newer.archived_at.is_(None)
    return exists().where(and_(newer.sweep_id == Run.sweep_id, newer.id > Run.id, listed))


def _tagged(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(and_(Tag.run_id == Run.id, condition))


def tags_of(s: Session, run_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each run, in alphabetical order; () for one without."""
    found: dict[int, list[str]] = {run_id: [] for run_id in run_ids}
    query = select(Tag.run_id, Tag.tag).where(Tag.run_id.in_(run_ids)).order_by(Tag.tag)
    for run_id, tag in plain_rows(s, query):
        found[run_id].append(tag)
    return {run_id: tuple(tags) for run_id, tags in found.items()}


def set_tags(s: Session, run: Run, tags: Iterable[str]) -> None:
    """Replace the run's tags; blanks around a tag and doubles are dropped."""
    s.execute(delete(Tag).where(Tag.run_id == run.id))
    s.add_all(Tag(run_id=run.id, tag=tag) for tag in plain_tags(tags))


def plain_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """In alphabetical order, each once, without blanks around it."""
    return tuple(sorted({tag.strip() for tag in tags} - {""}))


def equal_runs(s: Session, config_hash: str, source: str) -> list[int]:
    """Ids of the runs with this configuration on these images, oldest first."""
    equal = (Run.config_hash == config_hash, Run.source == source)
    return list(s.scalars(select(Run.id).where(*equal).order_by(Run.id)))


def waiting_runs(s: Session, datasets: Collection[str]) -> Sequence[Run]:
    """Runs on these data sets that are still to come, archived ones and those about to end included."""
    query = select(Run).where(Run.state.in_(WAITING), Run.dataset.in_(datasets))
    return s.scalars(query.options(defer(Run.started)).order_by(Run.id)).all()


def idempotent_run(s: Session, key: str, body_hash: str) -> int | None:
    """The run that `key` launched, None for a new key. Raises ConflictError where the body was another."""
    known = s.get(IdempotencyKey, key)
    if known is None:
        return None
    if known.body_hash != body_hash:
        raise ConflictError(
            f"The idempotency key {key!r} was used for another launch, run {known.run_id}.",
            "Use a new key for a new launch.",
        )
    return known.run_id


def remember_key(s: Session, key: str, body_hash: str, run_id: int) -> None:
    """Let `key` with this body stand for the run from now on."""
    s.add(IdempotencyKey(key=key, body_hash=body_hash, run_id=run_id, created_at=now()))


def bytes_of_runs(s: Session) -> int:
    """What the journals and checkpoints of all runs take on the disk."""
    journals = s.scalar(select(func.sum(Run.journal_offset))) or 0
    return journals + (s.scalar(select(func.sum(Checkpoint.bytes))) or 0)


def delete_run(db: Database, settings: Settings, run_id: int) -> None:
    """Remove the run's rows and folder.

    Raises NotFoundError, and ConflictError while it is running or a second stage has yet to train upon it.
    """
    with db.write() as s:
        run = get_run(s, run_id)
        if run.state == State.RUNNING:
            raise ConflictError(f"Run {run_id} is running and cannot be deleted.", "Cancel it first.")
        check_needed(s, run_id)
        s.delete(run)
    shutil.rmtree(settings.run_dir(run_id), ignore_errors=True)
