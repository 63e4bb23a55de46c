"""What every view is: a frozen object that the API returns as JSON and a page renders as HTML."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Frozen; fields only."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())
