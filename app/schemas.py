"""What a caller may send: to launch, validate, change or name runs. Refusals name each field by its path.

The fields of a configuration stand in trainer.config; its problems keep their own dotted paths here.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from app.errors import InvalidError
from app.refusals import refused
from app.schema_types import (
    LOOK_ALPHAS,
    MOST_BASELINES,
    MOST_TUNED,
    TOTAL_ALPHA,
    Alpha,
    AskedMethod,
    Attempts,
    Config,
    Days,
    Labels,
    Margin,
    Minutes,
    Name,
    Notes,
    PresetName,
    Priority,
    RequiredDevice,
    Seeds,
    Tags,
    TokenName,
)
from trainer.errors import FieldProblem

Scope = Literal["read", "write"]


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


class Limited(Body):
    """How far a run may go. max_attempts: before it stays crashed; without, as the installation says.

    time_limit_minutes: of one attempt, after which it fails; without, there is none.
    """

    max_attempts: Attempts | None = None
    time_limit_minutes: Minutes | None = None


class RequirementsBody(Body):
    """What a worker must have to carry out a job: a device, and labels that people gave to workers."""

    device: RequiredDevice = None
    labels: Labels = []


class LaunchBody(OverPreset, Limited):
    """A run to queue. Without a name it gets one that says what differs from the defaults.

    requirements: of its worker; a configuration that names a device requires that one anyway.
    """

    name: Name | None = None
    tags: Tags = []
    notes: Notes = ""
    priority: Priority = 0
    requirements: RequirementsBody = RequirementsBody()
    config: Config
    preset: PresetName | None = None


class ContinueBody(Body):
    """A completed run to go on with, for so many epochs more."""

    epochs: Annotated[int, Field(ge=1, le=10_000, strict=True)]


class ValidateBody(OverPreset):
    """A configuration to look at, without launching it."""

    config: Config
    preset: PresetName | None = None


class RecipeBody(Body):
    """A configuration to keep as a preset under a name."""

    name: PresetName
    config: Config


class TokenBody(Body):
    """A named token to make: what it allows, and after how many days it ends by itself (null: never)."""

    name: TokenName
    scope: Scope = "read"
    days: Days | None = None


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


class SweepBody(Limited):
    """A sweep to launch or to look at. `base` is a configuration with defaults for what it leaves out.


    preset: lies below the base. axes: dotted path -> values, all combinations of which are run. baselines:
    each overrides the base ({dotted path: value}) and follows the axes of seeds and the tuned ones only.
    methods: put side by side over base and axes, by name, or with values of their own fields
    ({"name": "class_balanced_ce", "loss.beta": [0.9, 0.99]}); base and axes leave these fields to them.
    tuned: paths of axes whose value each method chooses for itself on validation images. priority,
    requirements: of each run that the sweep launches.
    """

    name: Name | None = None
    preset: PresetName | None = None
    base: dict[str, Any] = {}
    axes: dict[str, list[Any]] = {}
    baselines: Annotated[list[dict[str, Any]], Field(max_length=MOST_BASELINES)] = []
    methods: Annotated[list[AskedMethod], Field(max_length=MOST_BASELINES)] = []
    tags: Tags = []
    notes: Notes = ""
    priority: Priority = 0
    requirements: RequirementsBody = RequirementsBody()
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


class PatchBody(Limited):
    """What may change about a run that exists; a field left out stays as it is. Limits hold from its next
    attempt on.
    """

    name: Name = ""
    tags: Tags = []
    notes: Notes = ""
    priority: Priority = 0


class QueuePatchBody(Body):
    """What may change about a queued job; a field left out stays as it is."""

    priority: Priority = 0
    requirements: RequirementsBody = RequirementsBody()


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
