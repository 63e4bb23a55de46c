"""A user's own losses, models and samplers: modules that add entries to the registers. Imports no torch.

They come from files (`--plugin FILE`; BETABOARD_PLUGINS passes the paths on to every process) and from
installed packages (entry points of the group "betaboard.plugins"). They are loaded once, before the fields of
a configuration are declared, since their entries are choices there: a plugin may import the registers, and
torch within its functions, but not trainer.config. One that cannot be loaded leaves nothing behind; the rest
works, and `problems` says what is wrong.
"""

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.registry import Registry

ENVIRONMENT = "BETABOARD_PLUGINS"
GROUP = "betaboard.plugins"
_OPTION = "--plugin"
ABOUT_OPTION = "--plugin FILE, with any command, loads your own losses, models and samplers; may be repeated."

_problems: list[str] = []


def problems() -> tuple[str, ...]:
    """A sentence for each plugin that could not be loaded, naming it and what it raised."""
    return tuple(_problems)


def take_options(arguments: Sequence[str]) -> list[str]:
    """A command line without its `--plugin FILE`; the files are passed on by the environment.

    It comes before all else, as the choices of a configuration stand when the first command is imported.
    """
    left: list[str] = []
    files = [path for path in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if path]
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            left += [word, *words]
        elif name == _OPTION and (value := value if equals else next(words, "")):
            files.append(str(Path(value).absolute()))
        else:
            left.append(word)
    if files:
        os.environ[ENVIRONMENT] = os.pathsep.join(dict.fromkeys(files))
    return left


def load(registries: "Sequence[Registry[Any]]") -> None:
    """Load every plugin; what one that fails had added goes again."""
    for name, run in _found():
        before = [registry.snapshot() for registry in registries]
        try:
            run()
        except (Exception, SystemExit) as error:
            _problems.append(f"The plugin {name} was left out: {type(error).__name__}: {error}")
            for registry, entries in zip(registries, before, strict=True):
                registry.restore(entries)


def _found() -> Iterator[tuple[str, Callable[[], object]]]:
    """Name and loader of each plugin: installed packages first, then files in their order."""
    for point in entry_points(group=GROUP):
        yield f"{point.name} ({point.value})", point.load
    for number, path in enumerate(os.environ.get(ENVIRONMENT, "").split(os.pathsep)):
        if path:
            yield path, _loader(f"betaboard_plugin_{number}", Path(path))


def _loader(name: str, path: Path) -> Callable[[], object]:
    def load_file() -> None:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError("it is no Python file (.py)")
        spec.loader.exec_module(importlib.util.module_from_spec(spec))

    return load_file
