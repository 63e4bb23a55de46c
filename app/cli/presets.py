"""`--preset NAME`: a preset of the program, or one that was saved on the board."""

from collections.abc import Collection, Mapping
from typing import Any

import click

from app.client import Client
from app.client.errors import MissingError
from trainer.config import PRESETS

ABOUT = f"Begin with this preset: {', '.join(PRESETS)}, or one saved on the board."


def preset_config(board: Client, name: str | None, others: Collection[str] = ()) -> Mapping[str, Any]:
    """The nested overrides that it stands for; none without a name. Raises BadParameter for an unknown one.

    others: names that the command knows besides, for the message.
    """
    if name is None:
        return {}
    if name in PRESETS:
        return PRESETS[name]
    try:
        return board.recipe(name).config
    except MissingError as error:
        saved = [recipe.name for recipe in board.recipes()]
        known = ", ".join((*PRESETS, *others, *saved))
        raise click.BadParameter(f"{name!r} is unknown; known are {known}.", param_hint="--preset") from error
