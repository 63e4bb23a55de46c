"""Fills the view of each field of RunConfig for forms: label, kind, unit, help, bounds, choices."""

from typing import Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from app.views.system.view import FieldView
from trainer.config_fields import choices, leaf_fields
from trainer.config_section import meaning_of

_KINDS = {bool: "switch", int: "integer", float: "number", str: "text"}


def fields() -> tuple[FieldView, ...]:
    """Every field, in form order; defaults are the field's own, whether or not a default run uses it."""
    return tuple(_field(path, field) for path, field in leaf_fields().items())


def _field(path: str, field: FieldInfo) -> FieldView:
    bounds = {type(mark): mark for mark in field.metadata}
    least, most = bounds.get(Ge) or bounds.get(Gt), bounds.get(Le) or bounds.get(Lt)
    return FieldView(
        path=path,
        label=field.title or path,
        kind=_kind(path, field),
        unit=meaning_of(field).unit,
        about=field.description or "",
        why=meaning_of(field).why,
        default=list(field.default) if isinstance(field.default, tuple) else field.default,
        choices=choices(path),
        minimum=_number(least),
        maximum=_number(most),
        open_minimum=isinstance(least, Gt),
        open_maximum=isinstance(most, Lt),
        nullable=type(None) in get_args(field.annotation),
    )


def _kind(path: str, field: FieldInfo) -> str:
    if choices(path):
        return "choice"
    for kind in (field.annotation, *get_args(field.annotation)):
        if get_origin(kind) is tuple:
            return "list"
        if kind in _KINDS:
            return _KINDS[kind]
    raise TypeError(f"{path} has a type that no form can show: {field.annotation}")


def _number(mark: Any) -> float | None:
    """The bound that an annotated_types mark holds."""
    if mark is None:
        return None
    return float(getattr(mark, type(mark).__name__.lower()))
