"""The text of a plugin: a loss that rises with the epoch, a model that is no list of layers, a sampler, and a
policy and a mixing that leave one picture and one label."""

TOY = """
from dataclasses import dataclass
from typing import Annotated

from trainer.config_section import Section, about
from trainer.losses import LOSSES, Loss
from trainer.mixing import MIXINGS, MixedLabels, Mixing
from trainer.models import MODELS, Model
from trainer.models.specs import Activation, Flatten, Linear, layered_spec
from trainer.policies import POLICIES, Policy
from trainer.sampling import SAMPLERS, Sampler, Sampling


class LossFields(Section):
    slope: Annotated[float, about("Slope", "how fast the loss rises", "it must be positive", gt=0)] = 2.0


class ModelFields(Section):
    units: Annotated[int, about("Units", "of the hidden layer", "a layer needs one", ge=1, le=99)] = 7


class SamplerFields(Section):
    draws: Annotated[int, about("Draws", "images of an epoch", "an epoch needs two", ge=2, le=99)] = 20


class PolicyFields(Section):
    level: Annotated[int, about("Level", "of every pixel", "a byte has 256", ge=0, le=255)] = 7


class MixingFields(Section):
    label: Annotated[int, about("Label", "of every image", "classes count from 0", ge=0, le=2)] = 0


def rising(context):
    from trainer.losses.criterion import Criterion

    class Rising(Criterion):
        def for_epoch(self, epoch):
            slope = context.fields.slope
            return context.criterion(lambda logits, labels: 0 * logits.sum(dim=1) + slope * epoch)

    return Rising(None, None, by_weight=False)


def two_layers(context):
    from torch import nn

    from trainer.models.network import Network

    class TwoLayers(Network):
        def __init__(self):
            super().__init__()
            self.outer = nn.Linear(context.fields.units, context.classes)
            self.inner = nn.Linear(3 * context.image_size ** 2, context.fields.units)
            self.hidden = nn.ReLU()

        @property
        def head(self):
            return self.outer

        def activations(self):
            return {"hidden": self.hidden}

        def forward(self, images):
            return self.outer(self.hidden(self.inner(images.flatten(1))))

    return TwoLayers()


def specify(context):
    layers = (Flatten(), Linear(context.fields.units), Activation("relu"), Linear(context.classes))
    return layered_spec("toy_model", layers, context.image_size)


@dataclass(frozen=True)
class Few(Sampling):
    images: int

    def order(self, labels, epoch, generator):
        import torch

        return torch.randint(len(labels), (self.images,), generator=generator)


def one_label(context):
    def mix(images, labels, generator):
        second = labels.new_full((len(labels),), context.fields.label)
        return images, MixedLabels(second, images.new_zeros(len(labels)))

    return mix


LOSSES.add(Loss(name="toy_loss", title="toy loss", short="Toy", about="toy_loss: rises",
                fields=LossFields, build=rising))
MODELS.add(Model(name="toy_model", title="toy model", short="toy", fields=ModelFields,
                 specify=specify, build=two_layers))
SAMPLERS.add(Sampler(name="toy_sampler", title="toy sampler", short="toy", fields=SamplerFields,
                     build=lambda context: Few(context.fields.draws)))
POLICIES.add(Policy(name="toy_policy", title="toy policy", short="toy", fields=PolicyFields,
                    build=lambda context: lambda pixels, generator: pixels.fill_(context.fields.level)))
MIXINGS.add(Mixing(name="toy_mixing", title="toy mixing", short="toy", fields=MixingFields, build=one_label))
"""

BROKEN = """
from trainer.config_section import Section
from trainer.losses import LOSSES, Loss

LOSSES.add(Loss(name="half", title="half", short="half", fields=Section, build=None))
raise RuntimeError("nothing works here")
"""

CHOSEN = {
    "data": {"dataset": "folder:tiny", "imbalance": "none"},
    "sampling": {"name": "toy_sampler"},
    "policy": {"name": "toy_policy"},
    "mixing": {"name": "toy_mixing", "label": 2},
    "model": {"name": "toy_model", "units": 5},
    "loss": {"name": "toy_loss", "slope": 3.0},
    "optim": {"epochs": 2, "batch_size": 16, "milestones": []},
    "device": "cpu",
}
"""A run of all five; draws and level are left to their defaults, 20 and 7."""
