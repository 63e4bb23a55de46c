"""Order and pages of the list of runs: by key, not by offset, so that a page costs the same at any depth.

Runs whose sort key is NULL come last in both directions. What the list holds is up to store.runs.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.store.dialects import dialect_of
from app.store.engine import Row, plain_rows
from app.store.tables import RUN_SORT_KEYS, Run
from trainer.errors import FieldProblem

LISTED = tuple(column for column in Run.__table__.columns if column.name != "started")
"""What of a run's row a list shows: its number first; not what only a run's own page shows."""
LARGEST = 1e12
"""No share and no run's seconds are beyond it."""
_PLACES = {column.name: place for place, column in enumerate(LISTED)}


@dataclass(frozen=True)
class Order:
    """A sort key and its direction; turns rows into cursors and cursors into conditions."""

    key: str
    down: bool

    @classmethod
    def parse(cls, sort: str) -> "Order":
        """Read "name" or "-name". Raises InvalidError for an unknown key."""
        key = sort.removeprefix("-")
        if key not in RUN_SORT_KEYS:
            problem = FieldProblem("sort", f"{key!r} is unknown; known are {', '.join(RUN_SORT_KEYS)}")
            raise InvalidError("Runs cannot be sorted that way.", fields=[problem])
        return cls(key, sort.startswith("-"))

    def encode(self, row: Row) -> str:
        """The cursor of the page after the run of this row."""
        plain = json.dumps([row[_PLACES[self.key]], row[0]])
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    def decode(self, cursor: str | None) -> tuple[Any, int] | None:
        """(sort value, id) of the last run of the page before. Raises InvalidError for a made-up cursor."""
        if cursor is None:
            return None
        try:
            value, run_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (ValueError, TypeError, RecursionError) as error:
            raise _made_up() from error
        if not (_is_id(run_id) and (value is None or self._is_sort_value(value))):
            raise _made_up()
        return value, run_id

    def page(
        self,
        s: Session,
        query: Select[Any],
        limit: int,
        after: tuple[Any, int] | None,
        alike: tuple[Any, ...] = (),
    ) -> list[Row]:
        """At most `limit` rows: those with a sort value, then those without.

        alike: columns that have one value in all rows, but stand first in the indexes: not every database
        walks along an index unless the order names all of it.
        """
        rows: list[Row] = []
        for condition, columns in self._parts(after):
            if len(rows) < limit:
                order = [one.desc() if self.down else one.asc() for one in (*alike, *columns)]
                rows += plain_rows(s, query.where(condition).order_by(*order).limit(limit - len(rows)))
        return rows

    def searched(
        self, s: Session, where: Sequence[ColumnElement[bool]], limit: int, after: tuple[Any, int] | None
    ) -> tuple[list[Row], int]:
        """At most `limit` rows of the runs that a search finds, in the same order, and how many it finds.

        A search costs the same for one run as for all: so it is asked once, for the numbers of all it finds.
        """
        connection = s.connection()
        dialect_of(connection.engine.url).plan_search(connection)
        column = getattr(Run, self.key)
        named = (Run.id,) if self.key == "id" else (Run.id, column.label("key"))
        found = select(*named).where(*where).cte("found")
        total = select(func.count()).select_from(found.alias("every")).scalar_subquery()
        run_id, *keys = found.c
        key = keys[0] if keys else run_id
        query = select(run_id, total)
        if after is not None and after[0] is None:
            query = query.where(key.is_(None), self._beyond(run_id, after[1]))
        elif after is not None:
            further = and_(key == after[0], self._beyond(run_id, after[1]))
            query = query.where(or_(key.is_(None), self._beyond(key, after[0]), further))
        order = ((one.desc() if self.down else one.asc()).nulls_last() for one in (*keys, run_id))
        places = s.execute(query.order_by(*order).limit(limit)).all()
        if not places:
            return [], s.scalar(select(func.count()).select_from(found)) or 0
        rows = plain_rows(s, select(*LISTED).where(Run.id.in_([place[0] for place in places])))
        by_id = {row[0]: row for row in rows}
        return [by_id[place[0]] for place in places], places[0][1]

    def _parts(self, after: tuple[Any, int] | None) -> Iterator[tuple[ColumnElement[bool], tuple[Any, ...]]]:
        """What of the list is still to come, part by part: which rows, and by which columns in order.

        The rest of the rows that share the value of `after` is a part of its own: a database knows how many
        there are of one value, not how many are beyond a pair, and might choose an index for few.
        """
        column = getattr(Run, self.key)
        value, run_id = after or (None, 0)
        if after is None:
            yield column.is_not(None), (column, Run.id)
        elif value is not None:
            yield and_(column == value, self._beyond(Run.id, run_id)), (Run.id,)
            yield self._beyond(column, value), (column, Run.id)
        if Run.__table__.c[self.key].nullable:
            is_further = after is not None and value is None
            yield and_(column.is_(None), self._beyond(Run.id, run_id) if is_further else true()), (Run.id,)

    def _is_sort_value(self, value: object) -> bool:
        """Whether the sort column can hold it: no database binds lists or numbers beyond 64 bits."""
        kind = Run.__table__.c[self.key].type.python_type
        if kind is int:
            return _is_id(value)
        if kind is float:
            return isinstance(value, int | float) and abs(value) <= LARGEST
        return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)

    def _beyond(self, position: Any, after: Any) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = position < after if self.down else position > after
        return condition


def _is_id(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < 2**63


def _made_up() -> InvalidError:
    problem = FieldProblem("cursor", "is not one that a list of runs gave out")
    return InvalidError("The cursor was refused.", "Start again without it.", [problem])
