"""What a caller may send: to launch, validate, change or name runs. Refusals name each field by its path.

The fields of a configuration stand in trainer.config; its problems keep their own dotted paths here.
"""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.errors import InvalidError
from app.refusals import refused
from trainer.config import RunConfig, parse_config
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep import MAX_CELLS
from trainer.transfer.config import FEWEST_IMAGES, MOST_IMAGES, MOST_SEEDS, MOST_SOURCES, RANDOM, Mode

LARGEST_PRIORITY = 1000
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
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return list(range(min(value, MOST_SEEDS + 1))) if is_number else value  # type: ignore[call-overload]


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
Priority = Annotated[int, Field(ge=-LARGEST_PRIORITY, le=LARGEST_PRIORITY, strict=True)]
PresetName = Annotated[
    str,
    Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.+-]*$"),
    AfterValidator(_plain_line),
]
Config = Annotated[RunConfig, WrapValidator(_read_config)]
SourceId = Annotated[
    int | Literal["random"], PlainValidator(_source, json_schema_input_type=int | Literal["random"])
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


class Body(BaseModel):
    """What a caller sends: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OverPreset(Body):
    """What has a `config`, which may be laid over a `preset` of the board.

    Until the board is asked for the preset, the body keeps what was `sent` as it is.
    """

    _sent: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def sent(self) -> Mapping[str, Any]:
        """The fields to lay over the preset, not looked at yet."""
        return self._sent

    @model_validator(mode="wrap")
    @classmethod
    def _await_preset(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, Mapping) or data.get("preset") is None:
            return handler(data)
        sent = data.get("config", {})
        is_object = isinstance(sent, Mapping)
        made = handler({**data, "config": {} if is_object else sent})
        made._sent = dict(sent) if is_object else {}
        return made


class LaunchBody(OverPreset):
    """A run to queue. Without a name it gets one that says what differs from the defaults."""

    name: Name | None = None
    tags: Tags = []
    notes: Notes = ""
    priority: Priority = 0
    config: Config
    preset: PresetName | None = None


class ValidateBody(OverPreset):
    """A configuration to look at, without launching it."""

    config: Config
    preset: PresetName | None = None


class RecipeBody(Body):
    """A configuration to keep as a preset under a name."""

    name: PresetName
    config: Config


class Looks(Body):
    """Two looks at the figures: after how many seeds, and the error that each may make; 5 % in all."""

    seeds: tuple[Seeds, Seeds]
    alphas: tuple[Alpha, Alpha] = LOOK_ALPHAS

    @model_validator(mode="after")
    def _is_a_plan(self) -> Self:
        if self.seeds[0] >= self.seeds[1]:
            raise ValueError("has a second look that comes no later than the first: write fewer seeds first")
        if sum(self.alphas) > TOTAL_ALPHA + 1e-12:
            raise ValueError(f"has alphas that add up to more than {TOTAL_ALPHA}, the error of both together")
        return self


class SweepBody(Body):
    """A sweep to launch or to look at. `base` is a configuration with defaults for what it leaves out.


    preset: lies below the base. axes: dotted path -> values, all combinations of which are run. baselines:
    each overrides the base ({dotted path: value}) and follows the axes of seeds and the tuned ones only.
    methods: put side by side over base and axes, by name, or with values of their own fields
    ({"name": "class_balanced_ce", "loss.beta": [0.9, 0.99]}); base and axes leave these fields to them.
    tuned: paths of axes whose value each method chooses for itself on validation images.
    """

    name: Name | None = None
    preset: PresetName | None = None
    base: dict[str, Any] = {}
    axes: dict[str, list[Any]] = {}
    baselines: Annotated[list[dict[str, Any]], Field(max_length=MOST_BASELINES)] = []
    methods: Annotated[list[AskedMethod], Field(max_length=MOST_BASELINES)] = []
    tags: Tags = []
    notes: Notes = ""
    reuse: Annotated[bool, Field(strict=True)] = True
    """Let cells point at equal runs from before instead of training them again."""
    margin: Margin | None = None
    """Points of a difference that does not matter: settings within it may be called the same."""
    looks: Looks | None = None
    tuned: Annotated[list[str], Field(max_length=MOST_TUNED)] = []


class ExtendBody(Body):
    """What joins a sweep that exists: values of axes, baselines, or settings beside the grid.

    settings: overrides of the base, nested or dotted, each followed over the seed axes named here only.
    """

    axes: dict[str, list[Any]] = {}
    baselines: Annotated[list[dict[str, Any]], Field(max_length=MOST_BASELINES)] = []
    settings: Annotated[list[dict[str, Any]], Field(max_length=MOST_BASELINES)] = []


class SweepPatchBody(Body):
    """What may change about a sweep that exists; margin and looks only before its first run has started."""

    name: Name = ""
    tags: Tags = []
    notes: Notes = ""
    margin: Margin | None = None
    looks: Looks | None = None


class PatchBody(Body):
    """What may change about a run that exists; a field left out stays as it is."""

    name: Name = ""
    tags: Tags = []
    notes: Notes = ""
    priority: Priority = 0


class TransferBody(Body):
    """Which networks are to be compared on other images.

    sources: numbers of completed runs, and "random" for a network that nothing has trained. images: how many
    labelled images of the data set are drawn for each seed. seeds: the seeds, or how many: 5 for 0 to 4.
    """

    sources: Annotated[
        list[SourceId], Field(min_length=1, max_length=MOST_SOURCES), AfterValidator(_each_once)
    ]
    dataset: str
    images: Annotated[int, Field(ge=FEWEST_IMAGES, le=MOST_IMAGES, strict=True)] = 300
    mode: Mode = "linear"
    seeds: AskedSeeds = [0, 1, 2, 3, 4]
    name: Name | None = None
    notes: Notes = ""


BodyT = TypeVar("BodyT", bound=Body)


def read(kind: type[BodyT], data: Mapping[str, Any]) -> BodyT:
    """`data` as the body `kind`. Raises InvalidError naming every refused field."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise refused(error.errors(), 0, kind) from error


def run_ids(text: str) -> list[int]:
    """Numbers of runs from text: "1,2,5" gives [1, 2, 5]. Raises InvalidError for anything else."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        problem = FieldProblem("runs", "must be numbers of runs with commas between, such as 1,2,5")
        raise InvalidError("The request was refused: runs.", fields=[problem])
    return [int(part) for part in parts]
