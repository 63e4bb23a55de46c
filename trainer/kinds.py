"""The kinds of job that a folder may hold, by what its configuration says. Imports no torch."""

from pydantic import ValidationError

from trainer.config import RunConfig, completed, merge, parse_config
from trainer.config_problems import problem_of
from trainer.errors import ConfigError, FieldProblem
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.config import TransferConfig

TRAINING = "training"
"""The kind of a configuration that names none: a run."""
JobConfig = RunConfig | TransferConfig | TaskTransferConfig
_OTHERS: dict[str, type[TransferConfig] | type[TaskTransferConfig]] = {
    "transfer": TransferConfig,
    "task_transfer": TaskTransferConfig,
}


def parse_job(stored: object) -> JobConfig:
    """The configuration of a job as it was stored. Raises ConfigError naming each refused field."""
    if not isinstance(stored, dict) or kind_of(stored) == TRAINING:
        return parse_config(merge(completed(stored), stored) if isinstance(stored, dict) else stored)
    kind = _OTHERS.get(kind_of(stored))
    if kind is None:
        known = ", ".join([TRAINING, *_OTHERS])
        raise ConfigError([FieldProblem("kind", f"{kind_of(stored)!r} is unknown; known are {known}")])
    try:
        return kind.model_validate(stored)
    except ValidationError as error:
        raise ConfigError([problem_of(detail) for detail in error.errors()]) from error


def kind_of(stored: dict[str, object]) -> str:
    """The kind of a stored configuration."""
    return str(stored.get("kind", TRAINING))
