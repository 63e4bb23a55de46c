"""Every error that the trainer raises on purpose.

TrainerError            message: what is wrong and where; hint: what to do
|-- ConfigError         one or more fields of a RunConfig are refused
|-- DataError           a data set is missing, damaged or refused
|-- DivergedError       the training loss stopped being finite
|-- CheckpointError     a checkpoint cannot be read or does not fit
|-- PredictionsError    a file of predictions cannot be read
|-- TheoryError         one or more inputs of a calculator are refused
|-- JournalError        a run folder is not usable
|   `-- JournalHeldError    not yet: another process writes there
`-- ExecutorError       a run's process could not be started, which is no fault of the run
"""

from dataclasses import dataclass


class TrainerError(Exception):
    """What is wrong and where (`message`), and what to do about it (`hint`)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class FieldProblem:
    """One refused field: `path` is dotted ("loss.beta"), `message` is a sentence for its owner."""

    path: str
    message: str


class ConfigError(TrainerError):
    """A configuration was refused; `fields` names each culprit."""

    def __init__(self, fields: list[FieldProblem], hint: str = "") -> None:
        names = ", ".join(problem.path for problem in fields)
        super().__init__(f"The configuration was refused: {names}.", hint)
        self.fields = fields


class DataError(TrainerError):
    """A data set is missing, damaged or refused."""


class DivergedError(TrainerError):
    """The training loss became infinite or not a number."""


class CheckpointError(TrainerError):
    """A checkpoint cannot be read, or belongs to another configuration."""


class PredictionsError(TrainerError):
    """A file of predictions is damaged, foreign or of another version."""


class TheoryError(TrainerError):
    """A calculator's input was refused; `fields` names each culprit."""

    def __init__(self, fields: list[FieldProblem], hint: str = "") -> None:
        names = ", ".join(problem.path for problem in fields)
        super().__init__(f"The input was refused: {names}.", hint)
        self.fields = fields


class JournalError(TrainerError):
    """A run folder cannot be opened as a journal."""


class JournalHeldError(JournalError):
    """Another process still writes the journal."""


class ExecutorError(TrainerError):
    """A run's process could not be started, which is no fault of the run."""
