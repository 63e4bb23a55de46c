"""The settings as options: by option, then environment BETABOARD_*, then default."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.lifecycle import MOST_ATTEMPTS
from app.settings import Settings


class SlotsType(click.IntRange):
    """A number of slots, or auto."""

    name = "integer range or auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuses what is neither."""
        return value if value == "auto" else super().convert(value, param, ctx)


_ABOUT: dict[str, tuple[Any, str]] = {
    "data_dir": (click.Path(file_okay=False, path_type=Path), "Folder of runs, data sets and the database."),
    "database_url": (str, "Database, an SQLite file or PostgreSQL; in the data folder where empty."),
    "host": (str, "Address to listen on; another than loopback needs a token."),
    "port": (click.IntRange(0, 65535), "Port to listen on; 0 takes a free one."),
    "root_path": (str, "Path prefix under which a proxy serves the pages."),
    "workers": (
        SlotsType(0, 64),
        "Runs that train at the same time; 0 serves pages only, auto takes what finishes a sweep soonest.",
    ),
    "label": (str, "A word by which runs ask for this worker, such as big; may be given again."),
    "max_attempts": (click.IntRange(1, MOST_ATTEMPTS), "Attempts before a run stays crashed."),
    "retry_seconds": (click.FloatRange(0, 300), "Pause before the second attempt; later ones are longer."),
    "executor": (click.Choice(["local", "ray"]), "Who trains: this machine, or the nodes of a Ray cluster."),
    "ray_address": (str, "The cluster: auto, local (made for the worker), HOST:PORT or ray://HOST:PORT."),
    "token": (str, "Secret that browsers and scripts must show."),
    "webhook": (str, "[slack+|mattermost+|json+]URL to tell when runs, sweeps, transfers end; repeatable."),
    "webhook_secret": (str, "Signs what webhooks are told."),
    "webhook_allow": (str, "A network that webhooks may be in although it is not public; repeatable."),
    "public_url": (str, "Where people open the pages, for links in what webhooks are told."),
    "checkpoint_minutes": (
        click.FloatRange(min=0),
        "Save a run within an epoch so often; 0 only where it is asked to stop.",
    ),
    "keep_every_epochs": (
        click.IntRange(min=1),
        "Keep a checkpoint of every so-manieth epoch beside the last and the best one.",
    ),
}

_EMPTY = {name for name in _ABOUT if Settings.model_fields[name].default in ("", ())}
"""Of which there is no default to be shown."""


def settings_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` an option for each setting, and pass them to it as `settings`."""

    @functools.wraps(command)
    def with_settings(**values: Any) -> None:
        given = {name: values.pop(name) for name in _ABOUT}
        command(settings=Settings(**given), **values)

    decorated: Callable[..., None] = with_settings
    for name, (kind, about) in reversed(_ABOUT.items()):
        default = Settings.model_fields[name].default
        decorated = click.option(
            f"--{name.replace('_', '-')}",
            type=kind,
            multiple=isinstance(default, tuple),
            default=default,
            envvar=f"BETABOARD_{name.upper()}",
            show_envvar=True,
            show_default=name not in _EMPTY,
            help=about,
        )(decorated)
    return decorated
