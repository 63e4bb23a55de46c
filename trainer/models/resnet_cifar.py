"""resnet_cifar: the residual networks of He et al. for 32 x 32 images, of 20, 32, 44, 56 layers and so on."""

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from trainer.config_section import Section, about
from trainer.models.entry import Model, ModelContext
from trainer.models.residual import Residual
from trainer.models.specs import ModelSpec

if TYPE_CHECKING:
    from trainer.models.network import Network

WIDTHS = (16, 32, 64)


def _whole_blocks(depth: int | None) -> int | None:
    """n blocks of two convolutions in each of three stages, and one layer before and one behind."""
    if depth is not None and depth % 6 != 2:
        raise PydanticCustomError("depth", "must be 6n + 2, such as 20, 32, 44 or 56")
    return depth


class ResNetCifarFields(Section):
    """What only resnet_cifar has."""

    depth: Annotated[
        int,
        about("Depth", "layers with weights: 20, 32, 44, 56 or 110 in the paper",
              "n blocks in each of three stages make 6n + 2 layers, n from 1 to 18", "layers",
              ge=8, le=110),
        AfterValidator(_whole_blocks),
    ] = 32  # fmt: skip


def _residual(fields: ResNetCifarFields) -> Residual:
    return Residual(WIDTHS, blocks_per_stage=(fields.depth - 2) // 6, projections=False)


def _specify(context: ModelContext[ResNetCifarFields]) -> ModelSpec:
    return _residual(context.fields).specify("resnet_cifar", context.classes, context.image_size)


def _build(context: ModelContext[ResNetCifarFields]) -> "Network":
    """Weights as in the code of LDAM: He-normal, of the last layer, too."""
    from torch import nn

    from trainer.models.resnet import build_resnet

    network = build_resnet(_residual(context.fields), context.classes, mode="fan_in")
    nn.init.kaiming_normal_(network.head.weight)
    return network


MODEL = Model(
    name="resnet_cifar",
    title="ResNet for CIFAR",
    short="ResNet",
    about="resnet_cifar: residual network with shortcuts without parameters, 16, 32 and 64 channels",
    source="He et al. 2016, section 4.2, option A",
    places=lambda _model: Residual(WIDTHS, 1, projections=False).places(),
    fields=ResNetCifarFields,
    specify=_specify,
    build=_build,
)
