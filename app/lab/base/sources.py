"""Where a calculator's inputs may be filled from: a run of the database, or a data set with its imbalance."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.lab.base.formula.exact import refuse
from app.settings import Settings
from app.views.preview.fill import preview
from app.views.preview.view import Preview
from app.views.runs.fill import run_detail
from app.views.runs.view import RunDetail
from trainer.config import RunConfig, parse_config
from trainer.errors import ConfigError, TheoryError


@dataclass(frozen=True)
class Sources:
    """What the database and the data folder know."""

    session: Session
    settings: Settings

    def run(self, run_id: int) -> RunDetail:
        """The run. Raises NotFoundError."""
        return run_detail(self.session, run_id)

    def preview(self, config: RunConfig) -> Preview:
        """What a run of `config` would see: classes, their counts, its network. Raises InvalidError."""
        return preview(self.session, self.settings, config)


def run_number(text: str) -> int:
    """A run's number from text such as "12" or "#12". Raises TheoryError naming run."""
    digits = text.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise refuse("run", f"must be the number of a run, got {text[:40]!r}")
    return int(digits)


def config_of(given: dict[str, Any]) -> RunConfig:
    """The configuration with these sections. Raises TheoryError naming its fields."""
    try:
        return parse_config(given)
    except ConfigError as error:
        raise TheoryError(error.fields, error.hint) from error
