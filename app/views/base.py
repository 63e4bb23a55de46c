"""What every view is: a frozen object that the API returns as JSON and a page renders as HTML."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Frozen; fields only."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())


def same_named(kind: type[View], source: object) -> dict[str, Any]:
    """The values of those fields of a view that `source`, a row or a record, calls by the same name."""
    return {name: getattr(source, name) for name in kind.model_fields if hasattr(source, name)}
