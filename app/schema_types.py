"""Values that a caller may send: names, texts, numbers within bounds, configurations, sources, seeds."""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WrapValidator
from pydantic_core import PydanticCustomError

from app.lifecycle import MOST_ATTEMPTS
from app.requirements import LABEL
from trainer.config import RunConfig, parse_config
from trainer.errors import ConfigError
from trainer.sweep import MAX_CELLS
from trainer.transfer.config import MOST_SEEDS, MOST_SOURCES, RANDOM

LARGEST_PRIORITY = 1000
LONGEST_MINUTES = 60 * 24 * 365
LARGEST_ID = 2**63 - 1
MOST_BASELINES = 50
MOST_TUNED = 3
LOOK_ALPHAS = (0.01, 0.04)
"""Errors of a first and a second look that add up to 5 %."""
TOTAL_ALPHA = 0.05


def _plain_line(text: str) -> str:
    """Raises ValueError for a line that shows nothing: a link made of it could not be seen."""
    line = _printable(text, allowed="")
    if all(unicodedata.category(character)[0] in "ZC" for character in line):
        raise ValueError("must hold at least one visible character")
    return line


def _plain_text(text: str) -> str:
    return _printable(text.replace("\r\n", "\n"), allowed="\n\t")


def _printable(text: str, allowed: str) -> str:
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in allowed:
            raise ValueError(f"must not hold the control character U+{ord(character):04X}")
    return text.strip()


def _source(value: object) -> object:
    is_run = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_ID
    if not is_run and value != RANDOM:
        raise ValueError(f"must be the number of a run, or {RANDOM}")
    return value


def _counted(value: object) -> object:
    """A number of seeds as the seeds."""
    if isinstance(value, int) and not isinstance(value, bool):
        return list(range(min(value, MOST_SEEDS + 1)))
    return value


def _each_once(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError("must hold each value once")
    return values


def _read_config(data: object, _pydantic_alone: object) -> RunConfig:
    """Through `parse_config`, which knows more rules and better words than pydantic alone."""
    try:
        return parse_config(data)
    except ConfigError as error:
        raise PydanticCustomError("config", "was refused", {"fields": error.fields}) from error


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain_line)]
Tag = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_plain_line)]
Tags = Annotated[list[Tag], Field(max_length=20)]
Notes = Annotated[str, Field(max_length=20_000), AfterValidator(_plain_text)]
Labels = Annotated[
    list[Annotated[str, Field(pattern=LABEL)]], Field(max_length=20), AfterValidator(_each_once)
]
QueueMove = Literal["up", "down", "top"]
By = Literal["setting", "sweep", "dataset", "tag"]
"""What the runs of a group share."""
RequiredDevice = Literal["cuda", "mps"] | None
Priority = Annotated[int, Field(ge=-LARGEST_PRIORITY, le=LARGEST_PRIORITY, strict=True)]
Attempts = Annotated[int, Field(ge=1, le=MOST_ATTEMPTS, strict=True)]
Minutes = Annotated[float, Field(gt=0, le=LONGEST_MINUTES, allow_inf_nan=False, strict=True)]
PresetName = Annotated[
    str,
    Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.+-]*$"),
    AfterValidator(_plain_line),
]
ViewName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^/]*$"), AfterValidator(_plain_line)]
"""It stands in an address."""
TokenName = Annotated[
    str,
    Field(max_length=60, pattern=r"^[A-Za-z][A-Za-z0-9 _.+@-]*$"),
    AfterValidator(_plain_line),
]
"""Begins with a letter, so that a number is never a name."""
Days = Annotated[int, Field(ge=1, le=3650, strict=True)]
Config = Annotated[RunConfig, WrapValidator(_read_config)]
SourceId = Annotated[
    int | Literal["random"], PlainValidator(_source, json_schema_input_type=int | Literal["random"])
]
AskedSources = Annotated[
    list[SourceId], Field(min_length=1, max_length=MOST_SOURCES), AfterValidator(_each_once)
]
AskedSeeds = Annotated[
    list[Annotated[int, Field(ge=0, le=2**32 - 1, strict=True)]],
    BeforeValidator(_counted, json_schema_input_type=int | list[int]),
    Field(min_length=1, max_length=MOST_SEEDS),
    AfterValidator(_each_once),
]
AskedMethod = Annotated[
    dict[str, Any],
    BeforeValidator(
        lambda asked: {"name": asked} if isinstance(asked, str) else asked,
        json_schema_input_type=str | dict[str, Any],
    ),
]
Margin = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False, strict=True)]
Seeds = Annotated[int, Field(ge=2, le=MAX_CELLS, strict=True)]
Alpha = Annotated[float, Field(gt=0, lt=1, strict=True)]
