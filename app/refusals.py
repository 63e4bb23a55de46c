"""What pydantic found wrong with a body, in the words and under the paths that callers know."""

from collections.abc import Sequence
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from app.errors import InvalidError
from app.known import problem_of
from trainer.errors import FieldProblem

_SHOWN = 60


def refused(details: Sequence[ErrorDetails], skip: int, kind: object = None) -> InvalidError:
    """The error that names each field at fault; `skip` places ("body") are left off each path.

    kind: the body that was wanted, by which an unknown field is told the nearest known one.
    """
    fields = [problem for detail in details for problem in _problems(detail, skip, kind)]
    names = ", ".join(dict.fromkeys(field.path for field in fields))
    return InvalidError(f"The request was refused: {names}.", fields=fields)


def shown(given: object) -> str:
    """A refused value, short enough for a sentence."""
    text = given if isinstance(given, str) else repr(given)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _problems(detail: ErrorDetails, skip: int, kind: object) -> Sequence[FieldProblem]:
    if detail["type"] == "config":
        fields: Sequence[FieldProblem] = detail["ctx"]["fields"]
        return fields
    place = detail["loc"][skip:]
    path = ".".join(map(str, place)) or "body"
    if detail["type"] == "extra_forbidden":
        return [FieldProblem(path, problem_of(str(place[-1]), _fields_at(kind, place[:-1])).message)]
    return [FieldProblem(path, _sentence(detail))]


def _fields_at(kind: object, place: Sequence[int | str]) -> list[str]:
    """Names of the fields of the model that stands there in a body of this kind; [] where none does."""
    for part in place:
        if isinstance(part, str) and (model := _model_in(kind)) is not None:
            field = model.model_fields.get(part)
            kind = field.annotation if field else None
    model = _model_in(kind)
    return list(model.model_fields) if model else []


def _model_in(kind: object) -> type[BaseModel] | None:
    """The model that an annotation names, be it optional or in a list."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((model for inner in get_args(kind) if (model := _model_in(inner))), None)


def _sentence(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "is missing"
    plain = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{plain[0].lower()}{plain[1:]}, got {shown(detail['input'])}"
