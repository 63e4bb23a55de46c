"""Published results that users added: store, list, delete."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.store.clock import now
from app.store.tables import PublishedRow

MOST_ROWS = 5000
"""Of one board, so that its page stays one that a person can read."""


def own_rows(s: Session, ids: Sequence[int] | None = None) -> list[PublishedRow]:
    """The added rows, table by table, oldest first; all, or only these ids."""
    wanted = select(PublishedRow).order_by(PublishedRow.group_name, PublishedRow.id)
    return list(s.scalars(wanted if ids is None else wanted.where(PublishedRow.id.in_(ids))))


def add_rows(s: Session, rows: Sequence[PublishedRow]) -> list[int]:
    """Store the rows and tell their ids; a row that is there already, equal in everything, is not doubled.

    Raises ConflictError where the board would hold more than MOST_ROWS.
    """
    known = {_content(row): row.id for row in own_rows(s)}
    fresh = {content: row for row in rows if (content := _content(row)) not in known}
    total = s.scalar(select(func.count()).select_from(PublishedRow)) or 0
    if total + len(fresh) > MOST_ROWS:
        raise ConflictError(
            f"There are {total} added rows, and at most {MOST_ROWS} are kept.", "Delete some of them first."
        )
    moment = now()
    for row in fresh.values():
        row.created_at = moment
        s.add(row)
    s.flush()
    known |= {content: row.id for content, row in fresh.items()}
    return [known[_content(row)] for row in rows]


def delete_row(s: Session, row_id: int) -> None:
    """Forget the row. Raises NotFoundError."""
    row = s.get(PublishedRow, row_id)
    if row is None:
        raise NotFoundError(f"There is no added row {row_id}.", "It may have been deleted already.")
    s.delete(row)


def _content(row: PublishedRow) -> tuple[object, ...]:
    told = (row.group_name, row.label, row.dataset, row.imbalance_ratio, row.accuracy)
    return (*told, tuple(row.classes), tuple(row.class_names), row.source, row.recipe, row.note)
