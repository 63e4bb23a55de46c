"""Presets that users saved: store, list, delete."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.store.clock import now
from app.store.tables import Recipe

MOST_RECIPES = 100
"""Of one board, so that a form that lists them stays one that a person can read."""


def all_recipes(s: Session) -> list[Recipe]:
    """The saved ones, oldest first."""
    return list(s.scalars(select(Recipe).order_by(Recipe.created_at, Recipe.name)))


def find_recipe(s: Session, name: str) -> Recipe | None:
    """The one of this name; None where there is none."""
    return s.get(Recipe, name)


def add_recipe(s: Session, name: str, config: Mapping[str, Any]) -> Recipe:
    """Store it. Raises ConflictError for a name that is taken, or where the board holds MOST_RECIPES."""
    if find_recipe(s, name) is not None:
        raise ConflictError(
            f"There is a recipe {name!r} already.", "Take another name, or delete that one first."
        )
    if (s.scalar(select(func.count()).select_from(Recipe)) or 0) >= MOST_RECIPES:
        raise ConflictError(f"There are {MOST_RECIPES} recipes, as many as are kept.", "Delete one first.")
    made = Recipe(name=name, config=dict(config), created_at=now())
    s.add(made)
    s.flush()
    return made


def delete_recipe(s: Session, name: str) -> None:
    """Forget it; runs that were made from it stay as they are. Raises NotFoundError."""
    found = find_recipe(s, name)
    if found is None:
        raise NotFoundError(f"There is no recipe {name!r}.", "It may have been deleted already.")
    s.delete(found)
