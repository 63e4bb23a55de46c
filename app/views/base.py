"""What every view is: a frozen object that the API returns as JSON and a page renders as HTML."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_NotFinite = Annotated[float, AfterValidator(lambda _: None)]

Figure = Annotated[_Finite | _NotFinite | None, Field(union_mode="left_to_right")]
"""A number or None; never NaN or Infinity, which JSON does not have.

Only what is no finite number reaches Python code: a comparison holds tens of thousands of figures.
"""


class View(BaseModel):
    """Frozen; fields only."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())
