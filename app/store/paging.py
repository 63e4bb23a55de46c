"""Order and pages of the list of runs: by key, not by offset, so that a page costs the same at any depth.

Runs whose sort key is NULL come last in both directions. What the list holds is up to store.runs.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import Session

from app.errors import InvalidError
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

    def page(self, s: Session, query: Select[Any], limit: int, after: tuple[Any, int] | None) -> list[Row]:
        """First the rows with a sort value, then, where the page is not full, those without."""
        column = getattr(Run, self.key)
        rows: list[Row] = []
        if after is None or after[0] is not None:
            valued = query if after is None else query.where(self._beyond(tuple_(column, Run.id), after))
            rows = self._take(s, valued.where(column.is_not(None)), limit, column, Run.id)
            after = None
        if len(rows) < limit and Run.__table__.c[self.key].nullable:
            empty = query if after is None else query.where(self._beyond(Run.id, after[1]))
            rows += self._take(s, empty.where(column.is_(None)), limit - len(rows), Run.id)
        return rows

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

    def _take(self, s: Session, query: Select[Any], limit: int, *columns: Any) -> list[Row]:
        order = [column.desc() if self.down else column.asc() for column in columns]
        return plain_rows(s, query.order_by(*order).limit(limit))


def _is_id(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < 2**63


def _made_up() -> InvalidError:
    problem = FieldProblem("cursor", "is not one that a list of runs gave out")
    return InvalidError("The cursor was refused.", "Start again without it.", [problem])
