"""What earlier attempts at a run told, for the next one. Imports no torch."""

from trainer.config import RunConfig
from trainer.data.synthetic import V1
from trainer.events import Started
from trainer.journal import read_entries
from trainer.run_dir import RunDir

_BEFORE_SOURCES = {"shapes10": V1.info.source}
"""What a name meant to runs whose journal does not tell the source of their images."""


def starts(run_dir: RunDir) -> list[Started]:
    """The beginnings in its journal, one an attempt that came so far."""
    found = (entry.event for entry, _ in read_entries(run_dir.events))
    return [event for event in found if isinstance(event, Started)]


def source_of(run_dir: RunDir, config: RunConfig) -> str | None:
    """The images to train on: those asked for, else those of earlier attempts; None for today's."""
    asked = run_dir.read_source()
    if asked is None and (told := starts(run_dir)):
        return told[-1].source or _BEFORE_SOURCES.get(config.data.dataset)
    return asked
