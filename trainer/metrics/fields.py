"""Metrics as fields of a model: what an epoch holds, in the order of the table."""

from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import AfterValidator, BaseModel, Field, create_model

from trainer.metrics.table import EPOCH_METRICS

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_NotFinite = Annotated[float, AfterValidator(lambda _: None)]

Figure = Annotated[_Finite | _NotFinite | None, Field(union_mode="left_to_right")]
"""A number or None; never NaN or Infinity, which JSON does not have.

Only what is no finite number reaches Python code: a comparison holds tens of thousands of them.
"""


Model = TypeVar("Model", bound=BaseModel)


def with_metrics(model: type[Model]) -> type[Model]:
    """`model` with a field for each metric of an epoch, in the table's order, null where it is not given.

    The fields stand where the first of those stands that `model` declares: it declares, for the type checker,
    those that code asks for by name.
    """
    hints = get_type_hints(model, include_extras=True)
    fields: dict[str, Any] = {}
    for name in model.__annotations__:
        if name in EPOCH_METRICS:
            fields |= dict.fromkeys(EPOCH_METRICS, (Figure, None))
        else:
            fields[name] = (hints[name], model.model_fields[name])
    return create_model(
        model.__name__, __base__=model.__bases__, __module__=model.__module__, __doc__=model.__doc__, **fields
    )
