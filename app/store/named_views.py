"""Views of the list of runs that people named: store, list, change, delete."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.store.clock import now
from app.store.tables import NamedView

MOST_VIEWS = 100
"""Of one board, so that the menu stays one that a person can read."""


def all_views(s: Session) -> list[NamedView]:
    """Every one, by name."""
    return list(s.scalars(select(NamedView).order_by(func.lower(NamedView.name), NamedView.name)))


def get_view(s: Session, name: str) -> NamedView:
    """The one of this name. Raises NotFoundError."""
    found = s.get(NamedView, name)
    if found is None:
        raise NotFoundError(f"There is no view {name!r}.", "It may have been deleted or renamed.")
    return found


def add_view(s: Session, name: str, query: str) -> NamedView:
    """Store it. Raises ConflictError for a name that is taken, or where the board holds MOST_VIEWS."""
    _check_free(s, name)
    if (s.scalar(select(func.count()).select_from(NamedView)) or 0) >= MOST_VIEWS:
        raise ConflictError(f"There are {MOST_VIEWS} views, as many as are kept.", "Delete one first.")
    made = NamedView(name=name, query=query, created_at=now())
    s.add(made)
    s.flush()
    return made


def change_view(s: Session, name: str, to: str | None = None, query: str | None = None) -> NamedView:
    """Give it another name, another query, or both.

    Raises NotFoundError, and ConflictError for a name that is taken.
    """
    found = get_view(s, name)
    if to is not None and to != name:
        _check_free(s, to)
        found.name = to
    if query is not None:
        found.query = query
    s.flush()
    return found


def delete_view(s: Session, name: str) -> None:
    """Forget the name; runs stay as they are. Raises NotFoundError."""
    s.delete(get_view(s, name))


def _check_free(s: Session, name: str) -> None:
    if s.get(NamedView, name) is not None:
        raise ConflictError(
            f"There is a view {name!r} already.", "Take another name, or delete that one first."
        )
