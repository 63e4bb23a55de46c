"""What the form of a new run begins with: the defaults, a preset, or another run's configuration."""

from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy.orm import Session

from app.errors import InvalidError, NotFoundError
from app.pages.launch.typed import as_typed, clone_as_typed
from app.runs.recipes import preset_config
from app.views.runs.fill import summary
from trainer.config import RunConfig, parse_config
from trainer.errors import ConfigError


def filled(session: Session, clone: int | None, named: str | None) -> dict[str, str]:
    """What stands in the form at first. Raises NotFoundError, or as `_of_preset`."""
    typed = as_typed(RunConfig())
    if clone is not None:
        typed = clone_as_typed(summary(session, clone))
    elif named:
        typed = _of_preset(session, named) | {"preset": named}
    return {"key": uuid4().hex} | typed


def _of_preset(session: Session, name: str) -> dict[str, str]:
    """A preset as it would have been typed, also what has no effect as yet.

    Raises InvalidError for an unknown one, ConfigError for one that chooses what is not loaded.
    """
    config = preset_config(session, name)
    return as_typed(parse_config(config)) | as_typed(config)


def parent(session: Session, typed: Mapping[str, str]) -> dict[str, str]:
    """The run that is cloned or the preset, as it would have been typed; the defaults where it is gone."""
    clone, named = typed.get("clone", ""), typed.get("preset", "")
    try:
        if clone.isascii() and clone.isdigit() and len(clone) < 19:
            return as_typed(summary(session, int(clone)).config)
        return _of_preset(session, named) if named else as_typed(RunConfig())
    except (NotFoundError, InvalidError, ConfigError):
        return as_typed(RunConfig())
