"""The networks that a run may name, one module each. Imports no torch.

To add one: declare its fields, specify its layers and build a `Network`, and `MODELS.add` a `Model`; beside
convnet4, or in a plugin.
"""

from typing import TYPE_CHECKING, Any

from trainer.models import convnet4
from trainer.models.entry import Model, ModelContext
from trainer.models.specs import ModelSpec
from trainer.registry import Registry

if TYPE_CHECKING:
    from trainer.config_sections import ModelConfig

__all__ = ["MODELS", "Model", "ModelContext", "model_spec"]

MODELS: Registry[Model[Any]] = Registry("model", convnet4.MODEL)


def model_spec(model: "ModelConfig", classes: int, image_size: int) -> ModelSpec:
    """The chosen network for RGB images of image_size x image_size and C classes.

    Raises ValueError for images or classes that it cannot take.
    """
    entry = MODELS[model.name]
    return entry.specify(ModelContext(fields=entry.fields_of(model), classes=classes, image_size=image_size))
