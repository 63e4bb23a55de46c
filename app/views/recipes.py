"""Views of saved presets: one, and the list."""

from typing import Any

from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.store import recipes as store
from app.store.tables import Recipe
from app.views.base import View


class RecipeView(View):
    """A preset that somebody saved; `config` overrides the defaults, with what has an effect in it."""

    name: str
    config: dict[str, Any]
    created_at: str


class RecipeList(View):
    """The saved presets, oldest first."""

    items: tuple[RecipeView, ...]


def recipe_list(session: Session) -> RecipeList:
    """All of them."""
    return RecipeList(items=tuple(map(recipe_view, store.all_recipes(session))))


def recipe_named(session: Session, name: str) -> RecipeView:
    """One. Raises NotFoundError."""
    found = store.find_recipe(session, name)
    if found is None:
        raise NotFoundError(
            f"There is no recipe {name!r}.", "GET /api/v1/recipes lists those that there are."
        )
    return recipe_view(found)


def recipe_view(recipe: Recipe) -> RecipeView:
    """A row of the table."""
    return RecipeView(name=recipe.name, config=recipe.config, created_at=recipe.created_at)
