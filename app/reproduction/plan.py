"""A plan: the settings of a reproduction, over how many seeds, and the claims that they are to answer.

Plans are data, read from TOML, whole or refused: worked examples in plans/, papers in plans/papers/. Of a
setting, `set` holds fields over the plan's base by dotted path; it may build on another one (`like`), take
its values from validation (`choose`), or be slowed down as much as the class weights of another one slow that
(`slowed_like`).
"""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.errors import InvalidError
from trainer.config import PRESETS, RunConfig, merge, parse_config
from trainer.config_fields import leaf_fields, nest
from trainer.config_meaning import NO_SETTING
from trainer.errors import ConfigError, FieldProblem

ClaimMetric = Literal["accuracy", "balanced_accuracy", "head", "medium", "tail"]
_PACKAGE = "app.reproduction"


class _Declared(BaseModel):
    """Frozen; a word that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Setting(_Declared):
    """A row of the report: one configuration over `seeds` seeds from 0 on."""

    id: str
    label: str
    seeds: int = Field(ge=1, le=100)
    set: dict[str, Any] = {}
    like: str = ""
    published: str = ""
    """Id of the published row that it repeats; "" for a control of our own."""
    choose: dict[str, list[Any]] = {}
    """Fields whose value validation chooses, of these."""
    upon: str = ""
    """A setting whose chosen values it takes, before it chooses its own: of a second stage, the first one."""
    slowed_like: str = ""
    note: str = ""


class Part(_Declared):
    """What must hold of `of`, or of `of` minus `minus`: a metric in points between `above` and `below`."""

    of: str
    minus: str = ""
    metric: ClaimMetric = "accuracy"
    above: float = -math.inf
    below: float = math.inf

    @model_validator(mode="after")
    def _says_something(self) -> "Part":
        if not self.above < self.below or math.inf in (self.above, -self.below):
            raise ValueError("needs `above`, `below` or both, `above` the smaller")
        if self.above == -math.inf and self.below == math.inf:
            raise ValueError("needs `above` or `below`, in points")
        return self


class Claim(_Declared):
    """A sentence of the source and what it takes to hold: every part of it."""

    id: str
    says: str
    source: str = ""
    parts: tuple[Part, ...] = Field(min_length=1)


class Tuning(_Declared):
    """How values are chosen: one run of each by balanced accuracy on images cut from training."""

    seed: int = 1000
    validation_fraction: float = Field(default=0.1, gt=0, le=0.5)


class Plan(_Declared):
    """A reproduction as declared. `preset` and `base` are under every setting."""

    name: str
    title: str
    about: str
    source: str
    preset: str = ""
    base: dict[str, Any] = {}
    tuning: Tuning = Tuning()
    settings: tuple[Setting, ...] = Field(min_length=1)
    claims: tuple[Claim, ...] = ()
    unknown: tuple[str, ...] = ()
    """What the source leaves open, and how it was settled here."""
    cost: str = ""
    """What a run takes on which machine, for whoever has no measurement of their own yet."""

    @property
    def dataset(self) -> str:
        """On which it trains, by the first of its settings."""
        return self.config(self.settings[0]).data.dataset

    def setting(self, name: str) -> Setting:
        """By its id, which exists."""
        return next(one for one in self.settings if one.id == name)

    def asked(self, setting: Setting) -> dict[str, Any]:
        """The fields that a setting asks for, nested: base, then those that it builds on, then its own."""
        below = self.asked(self.setting(setting.like)) if setting.like else self._start()
        return merge(below, nest(setting.set))

    def config(self, setting: Setting) -> RunConfig:
        """Its configuration at seed 0, before anything is chosen or slowed down."""
        return parse_config(self.asked(setting))

    def chosen(self, setting: Setting) -> dict[str, list[Any]]:
        """Fields and values to choose from, its own or those of the setting that it is like."""
        inherits = setting.like and not setting.upon
        return setting.choose or (self.chosen(self.setting(setting.like)) if inherits else {})

    def upon(self, setting: Setting) -> tuple[Setting, ...]:
        """The settings whose chosen values it takes, nearest first; else those of the one that it is like."""
        if not setting.upon:
            return self.upon(self.setting(setting.like)) if setting.like else ()
        below = self.setting(setting.upon)
        return (below, *self.upon(below))

    def _start(self) -> dict[str, Any]:
        return merge(PRESETS[self.preset] if self.preset else {}, self.base)

    @model_validator(mode="after")
    def _fits(self) -> "Plan":
        if self.preset and self.preset not in PRESETS:
            raise ValueError(f"preset {self.preset!r} is unknown; known are {', '.join(PRESETS)}")
        known: list[str] = []
        for setting in self.settings:
            self._check(setting, known)
            known.append(setting.id)
        for claim in self.claims:
            for part in claim.parts:
                if odd := [one for one in (part.of, part.minus) if one and one not in known]:
                    raise ValueError(f"claim {claim.id!r} is of {odd[0]!r}, which is no setting")
        return self

    def _check(self, setting: Setting, before: Sequence[str]) -> None:
        """Raises ValueError where the setting does not fit to those before it."""
        name = f"setting {setting.id!r}"
        for reference in filter(None, (setting.like, setting.upon, setting.slowed_like)):
            if reference not in before:
                raise ValueError(f"{name} builds on {reference!r}, which is not before it")
        if setting.id in before:
            raise ValueError(f"{name} is there twice")
        if setting.seeds > self.tuning.seed:
            raise ValueError(f"{name} is reported by seed {self.tuning.seed}, which is kept for choices")
        try:
            self.config(setting)
        except ConfigError as error:
            wrong = "; ".join(f"{field.path} {field.message}" for field in error.fields)
            raise ValueError(f"{name} is no configuration: {wrong}") from error
        chosen = self.chosen(setting)
        if odd := [path for path in chosen if path not in leaf_fields() or path in NO_SETTING]:
            raise ValueError(f"{name} cannot choose {odd[0]!r} on validation")
        if chosen and setting.slowed_like:
            raise ValueError(f"{name} chooses values and is slowed down like another; let it do one of them")


@cache
def plans() -> dict[str, Plan]:
    """The worked examples by name."""
    return dict(_read_all("plans"))


@cache
def papers() -> dict[str, Plan]:
    """Recipes of papers, as published, by name."""
    return dict(_read_all("plans/papers"))


def plan_named(name: str) -> Plan:
    """A worked example or a paper. Raises InvalidError with the names that there are."""
    known = plans() | papers()
    if name not in known:
        problem = FieldProblem("name", f"{name[:60]!r} is no plan; there are {', '.join(known)}")
        raise InvalidError("There is nothing of this name to reproduce.", fields=[problem])
    return known[name]


def _read_all(folder: str) -> Iterator[tuple[str, Plan]]:
    """In the order of the files' names."""
    for file in sorted(files(_PACKAGE).joinpath(folder).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            plan = plan_of(tomllib.loads(file.read_text("utf-8")), file.name)
            yield plan.name, plan


def plan_of(declared: Mapping[str, Any], where: str) -> Plan:
    """The plan that is declared. Raises InvalidError naming each refused word."""
    try:
        return Plan.model_validate(declared)
    except ValidationError as error:
        problems = [FieldProblem(".".join(map(str, it["loc"])) or "plan", it["msg"]) for it in error.errors()]
        raise InvalidError(f"{where} is no plan.", fields=problems) from error
