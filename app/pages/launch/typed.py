"""A configuration or a run as a person would have typed it into the form of a new run."""

from collections.abc import Mapping
from typing import Any

from app.requirements import as_words
from app.views.runs.view import RunSummary
from trainer.config import RunConfig, as_json
from trainer.config_fields import as_text, flatten


def as_typed(config: RunConfig | Mapping[str, Any]) -> dict[str, str]:
    """A configuration as a person would have typed it, field by field."""
    flat = flatten(as_json(config) if isinstance(config, RunConfig) else config)
    return {path: as_text(value) for path, value in flat.items()}


def clone_as_typed(run: RunSummary) -> dict[str, str]:
    """The form of a clone: what the run was, with its tags, its time and what it requires."""
    said = {"tags": run.tags, "require": as_words(run.requirements.model_dump()), "clone": (str(run.id),)}
    words = {name: ", ".join(words) for name, words in said.items()}
    return as_typed(run.config) | words | {"time_limit_minutes": as_text(run.time_limit_minutes)}
