"""mlp: two linear layers over the pixels."""

from typing import TYPE_CHECKING, Annotated

from trainer.config_section import Section, about
from trainer.models.entry import Model, ModelContext
from trainer.models.specs import Activation, Flatten, Linear, ModelSpec, layered_spec

if TYPE_CHECKING:
    from trainer.models.network import Network


class MlpFields(Section):
    """What only the multilayer perceptron has."""

    hidden: Annotated[
        int,
        about("Hidden units", "of the layer between pixels and classes",
              "a layer needs a unit; 16,384 make 50 million parameters of 32 x 32 pixels", "units",
              short="hidden", ge=1, le=16_384),
    ] = 512  # fmt: skip


def _specify(context: ModelContext[MlpFields]) -> ModelSpec:
    layers = (Flatten(), Linear(context.fields.hidden), Activation("relu"), Linear(context.classes))
    return layered_spec("mlp", layers, context.image_size)


def _build(context: ModelContext[MlpFields]) -> "Network":
    from trainer.models.layered import build_layered

    return build_layered(_specify(context))


MODEL = Model(
    name="mlp",
    title="multilayer perceptron",
    short="MLP",
    about="mlp: one hidden layer over the pixels",
    places=lambda _model: {"relu1": "hidden layer"},
    fields=MlpFields,
    specify=_specify,
    build=_build,
)
