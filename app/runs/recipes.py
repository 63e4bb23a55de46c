"""Presets by name: those of the program, and beside them the recipes that users saved on this board."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.runs.sweep_methods import of_methods
from app.schemas import LaunchBody, RecipeBody, SweepBody, ValidateBody, read
from app.store import recipes as store
from app.store.tables import Recipe
from trainer.config import PRESETS, RunConfig, as_json, merge
from trainer.config_fields import flatten, nest
from trainer.config_meaning import MACHINE, null_is_a_value
from trainer.errors import FieldProblem
from trainer.sweep import SWEEP_PRESETS


def preset_names(session: Session) -> tuple[str, ...]:
    """Of the program, then the saved ones."""
    return (*PRESETS, *(recipe.name for recipe in store.all_recipes(session)))


def preset_config(session: Session, name: str) -> Mapping[str, Any]:
    """The nested overrides that it stands for. Raises InvalidError, naming `preset`, for an unknown name."""
    if name in PRESETS:
        return PRESETS[name]
    found = store.find_recipe(session, name)
    if found is None:
        known = ", ".join(preset_names(session))
        problem = FieldProblem("preset", f"{name!r} is unknown; known are {known}")
        raise InvalidError("The request was refused: preset.", fields=[problem])
    return found.config


def save(session: Session, body: RecipeBody) -> Recipe:
    """Store a configuration under a name. Raises InvalidError for the name of a preset, ConflictError."""
    if body.name in (*PRESETS, *SWEEP_PRESETS):
        problem = FieldProblem("name", f"{body.name!r} is a preset of the program: take another name")
        raise InvalidError("The recipe was refused: name.", fields=[problem])
    return store.add_recipe(session, body.name, overrides_of(body.config))


def overrides_of(config: RunConfig) -> dict[str, Any]:
    """What says the configuration whatever the defaults become: all that has an effect but the machine."""
    flat = {path: value for path, value in flatten(as_json(config)).items() if path not in MACHINE}
    return nest({path: value for path, value in flat.items() if value is not None or null_is_a_value(path)})


def over_preset(session: Session, body: LaunchBody) -> LaunchBody:
    """The launch with its preset below what it sends. Raises InvalidError for an unknown one."""
    if body.preset is None:
        return body
    config = merge(preset_config(session, body.preset), body.sent)
    said = body.model_dump(exclude={"preset", "config"})
    return read(LaunchBody, said | {"config": config})


def config_over_preset(session: Session, body: ValidateBody) -> RunConfig:
    """What is to be looked at, its preset below it. Raises InvalidError for an unknown one."""
    if body.preset is None:
        return body.config
    return read(ValidateBody, {"config": merge(preset_config(session, body.preset), body.sent)}).config


def whole_sweep(session: Session, body: SweepBody) -> SweepBody:
    """The sweep with its preset below its base, and its methods as base, axes and baselines.

    Raises InvalidError for an unknown preset, and as `of_methods` does.
    """
    start = preset_config(session, body.preset) if body.preset is not None else {}
    if body.methods:
        return of_methods(body, start)
    if body.preset is None:
        return body
    return body.model_copy(update={"base": merge(start, body.base), "preset": None})
