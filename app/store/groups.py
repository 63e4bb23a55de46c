"""Which groups the runs of a list fall into: by setting, sweep, data set or tag; those with the newest first.

An index alone answers it: it holds what is grouped by, the id and the state; of tags their own table. So it
costs the same whatever a page shows, and grows with the runs of the board: tests/benchmarks/bench_groups.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.errors import InvalidError
from app.lifecycle import State
from app.schema_types import By
from app.search.parser import parse
from app.search.tree import names_field
from app.store.engine import plain_rows
from app.store.runs import RunFilter, conditions_of
from app.store.tables import Run, Tag
from app.store.vocabulary import StoredVocabulary
from trainer.errors import FieldProblem

Key = str | int | None
_COLUMNS: dict[By, Any] = {
    "setting": Run.setting_hash,
    "sweep": Run.sweep_id,
    "dataset": Run.dataset,
}


@dataclass(frozen=True)
class Group:
    """Runs that share a key: the newest, how many, in which states (not of a tag). None: in no sweep."""

    key: Key
    newest: int
    runs: int
    states: dict[str, int]


@dataclass(frozen=True)
class GroupPage:
    """A page of groups, the cursor of the next one (None on the last), and how many there are in all."""

    groups: tuple[Group, ...]
    next_cursor: str | None
    total: int


def find_groups(s: Session, only: RunFilter, by: By, limit: int = 50, cursor: str | None = None) -> GroupPage:
    """A page of at most `limit` groups of what the filter lets through. Raises InvalidError for a cursor
    that is none.
    """
    counted = _tags(s, only) if by == "tag" else _runs(s, _COLUMNS[by], only)
    every = counted.add_columns(func.count().over().label("total")).subquery()
    chosen = select(every.c.key, every.c.newest, every.c.runs, every.c.total)
    if cursor is not None:
        chosen = chosen.where(every.c.newest < _position(cursor))
    rows = plain_rows(s, chosen.order_by(every.c.newest.desc(), every.c.key).limit(limit + 1))
    total = rows[0][3] if rows else 0
    shown = rows[:limit]
    states = {} if by == "tag" else _states(s, only, _COLUMNS[by], [row[0] for row in shown])
    groups = tuple(Group(key, at, runs, states.get(key, {})) for key, at, runs, _ in shown)
    return GroupPage(groups, str(shown[-1][1]) if len(rows) > limit else None, total)


def looked_among(s: Session, only: RunFilter) -> RunFilter:
    """Lets through all that the filter chooses from: archived runs or the others, both where its search asks
    about that. Raises SearchError.
    """
    asked = parse(only.q, StoredVocabulary(s)) if only.q and not only.archived else None
    if asked is not None and names_field(asked, "archived"):
        return RunFilter(q="archived in (yes, no)")
    return RunFilter(archived=only.archived)


def completed_in(s: Session, only: RunFilter, settings: Collection[str]) -> dict[str, int]:
    """By setting, how many completed runs of it the filter lets through."""
    states = _states(s, only, Run.setting_hash, settings)
    return {str(key): found.get(State.COMPLETED, 0) for key, found in states.items()}


def members(s: Session, only: RunFilter, settings: Collection[str], most: int) -> list[int]:
    """At most so many runs of these settings that the filter lets through, the oldest first."""
    chosen = (*conditions_of(s, only), Run.setting_hash.in_(settings))
    return list(s.scalars(select(Run.id).where(*chosen).order_by(Run.id).limit(most)))


def _runs(s: Session, column: Any, only: RunFilter) -> Select[*tuple[Any, ...]]:
    query = select(column.label("key"), func.max(Run.id).label("newest"), func.count().label("runs"))
    return query.where(*conditions_of(s, only)).group_by(column)


def _tags(s: Session, only: RunFilter) -> Select[*tuple[Any, ...]]:
    """A run counts for each of its tags, those that a filter does not ask for, too."""
    hung = aliased(Tag)
    newest = func.max(hung.run_id).label("newest")
    query: Select[*tuple[Any, ...]] = select(hung.tag.label("key"), newest, func.count().label("runs"))
    return query.where(hung.run_id.in_(select(Run.id).where(*conditions_of(s, only)))).group_by(hung.tag)


def _states(s: Session, only: RunFilter, column: Any, keys: Collection[Key]) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = {}
    query = select(column, Run.state, func.count()).where(*conditions_of(s, only), _among(column, keys))
    for key, state, count in plain_rows(s, query.group_by(column, Run.state)):
        found.setdefault(key, {})[state] = count
    return found


def _among(column: Any, keys: Collection[Key]) -> ColumnElement[bool]:
    named = [key for key in keys if key is not None]
    condition: ColumnElement[bool] = column.in_(named)
    return condition if len(named) == len(keys) else condition | column.is_(None)


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        problem = FieldProblem("cursor", "must be the next_cursor of the page before")
        raise InvalidError("The request was refused: cursor.", fields=[problem])
    return int(cursor)
