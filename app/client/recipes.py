"""The client's calls about presets that users saved on the board."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from app.client.calls import Calls
from app.urls import API
from app.views.recipes import RecipeList, RecipeView


class RecipeCalls(Calls):
    """Saved presets; `Client` has these beside its calls about runs."""

    def recipes(self) -> tuple[RecipeView, ...]:
        """All of them, oldest first."""
        return self._get(RecipeList, f"{API}/recipes").items

    def recipe(self, name: str) -> RecipeView:
        """One of them. Raises MissingError."""
        return self._get(RecipeView, f"{API}/recipes/{quote(name, safe='')}")

    def save_recipe(self, name: str, config: Mapping[str, Any]) -> RecipeView:
        """Keep a configuration (nested fields, defaults for the rest) as a preset.

        Raises RefusedError for a refused field or the name of a preset of the program, ConflictedError for a
        name that is taken.
        """
        return self._post(RecipeView, f"{API}/recipes", {"name": name, "config": config})

    def delete_recipe(self, name: str) -> None:
        """Forget it. Raises MissingError."""
        self._send("DELETE", f"{API}/recipes/{quote(name, safe='')}")
