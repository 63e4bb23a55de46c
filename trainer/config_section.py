"""What a section of a run's configuration is: strict, frozen, each field with its words and bounds."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def about(label: str, text: str, why: str = "", unit: str = "", **bounds: Any) -> Any:
    """A field's label, help, unit, bounds and the reason for the bounds, in one place."""
    return Field(title=label, description=text, json_schema_extra={"why": why, "unit": unit}, **bounds)


class Section(BaseModel):
    """Strict and frozen: an unknown field, a bool or text for a number, NaN and Infinity are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=()
    )

    def _settle(self, used: Mapping[str, bool]) -> None:
        """Null each field that has no effect; give one that has an effect, but is null, its default."""
        for name, has_effect in used.items():
            if not has_effect:
                object.__setattr__(self, name, None)
            elif getattr(self, name) is None:
                object.__setattr__(self, name, type(self).model_fields[name].default)
