"""What every view is: a frozen object that the API returns as JSON and a page renders as HTML."""

import math
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _finite_or_none(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Figure = Annotated[float | None, BeforeValidator(_finite_or_none)]
"""A number or None; never NaN or Infinity, which JSON does not have."""


class View(BaseModel):
    """Frozen; fields only."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())
