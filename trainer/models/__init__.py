"""The networks that a run may name, one module each. Imports no torch.

To add one: declare its fields, specify its layers and build a `Network`, and let a module beside these hold
the `Model` as MODEL; a plugin does `MODELS.add`.
"""

from typing import TYPE_CHECKING, Any

from trainer.models.entry import Model, ModelContext
from trainer.models.heads import LINEAR, Head, headed
from trainer.models.specs import ModelSpec
from trainer.registry import Registry, entries_in

if TYPE_CHECKING:
    from trainer.config_sections import ModelConfig

__all__ = ["MODELS", "Head", "Model", "ModelContext", "headed", "model_spec"]

MODELS: Registry[Model[Any]] = Registry(
    "model", *entries_in(__name__, "MODEL", {"cosine", "layered", "network", "resnet"})
)


def model_spec(model: "ModelConfig", classes: int, image_size: int, head: Head = LINEAR) -> ModelSpec:
    """The chosen network for RGB images of image_size x image_size and C classes, with this head.

    Raises ValueError for images or classes that it cannot take.
    """
    if classes < 1:
        raise ValueError(f"a classifier needs at least one class, got {classes}")
    entry = MODELS[model.name]
    context = ModelContext(fields=entry.fields_of(model), classes=classes, image_size=image_size)
    return headed(entry.specify(context), head)
