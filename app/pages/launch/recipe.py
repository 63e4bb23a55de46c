"""What stands in the form of a new run as a recipe to keep: one value of each field, under a name."""

from collections.abc import Mapping

from app.errors import InvalidError
from app.pages.launch.body import read_asked
from app.schemas import RecipeBody, read
from trainer.config_fields import leaf_fields, nest
from trainer.config_meaning import SEEDS
from trainer.errors import FieldProblem
from trainer.methods import SCHEDULE


def read_recipe(typed: Mapping[str, str]) -> RecipeBody:
    """The fields and the first method as a recipe; of several seeds the first.

    Raises InvalidError for several values of another field, and for a name that is refused, at `recipe`.
    """
    asked = read_asked(typed)
    made, first = asked.comparison, asked.ticked[0]
    beside = [one for one, name in zip(made.baselines, made.names, strict=True) if name == first]
    varied = {*made.axes, *(path for one in beside for path in one if path in SCHEDULE)}
    several = [path for path in leaf_fields() if path in varied and path not in SEEDS]
    problems = [
        FieldProblem(path, "has several values; a recipe holds one of each field") for path in several
    ]
    if problems:
        raise InvalidError(f"The recipe was refused: {', '.join(several)}.", fields=problems)
    try:
        return read(RecipeBody, {"name": typed.get("recipe", "").strip(), "config": nest(made.base)})
    except InvalidError as error:
        raise at_recipe(error) from error


def at_recipe(error: InvalidError) -> InvalidError:
    """The error with what is wrong with the name at the field of the form that holds it."""
    at = {"name": "recipe"}
    fields = [FieldProblem(at.get(one.path, one.path), one.message) for one in error.fields]
    return InvalidError(error.message, error.hint, fields)
