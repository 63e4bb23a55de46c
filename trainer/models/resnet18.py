"""resnet18: torchvision's ResNet-18 for small images: its first convolution is 3 x 3 and no pool follows."""

from typing import TYPE_CHECKING

from trainer.config_section import Section
from trainer.models.entry import Model, ModelContext
from trainer.models.residual import Residual
from trainer.models.specs import ModelSpec

if TYPE_CHECKING:
    from trainer.models.network import Network

RESIDUAL = Residual((64, 128, 256, 512), blocks_per_stage=2, projections=True)


def _specify(context: ModelContext[Section]) -> ModelSpec:
    return RESIDUAL.specify("resnet18", context.classes, context.image_size)


def _build(context: ModelContext[Section]) -> "Network":
    from trainer.models.resnet import build_resnet

    return build_resnet(RESIDUAL, context.classes, mode="fan_out")


MODEL = Model(
    name="resnet18",
    title="ResNet-18 for small images",
    short="ResNet-18",
    about="resnet18: torchvision's blocks behind a 3 x 3 convolution without a pool, 8 times the work of "
    "ResNet-32",
    source="He et al. 2016; torchvision's resnet18, its first convolution as in kuangliu/pytorch-cifar",
    places=lambda _model: RESIDUAL.places(),
    fields=Section,
    specify=_specify,
    build=_build,
)
