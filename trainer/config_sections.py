"""The fields of a run's configuration: names, defaults, bounds with their reason, and what else they mean.

A field that has no effect is stored as null, so that equal runs have equal configurations.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from trainer import plugins
from trainer.config_choice import chosen_from
from trainer.config_data import LARGEST_SEED, DataConfig
from trainer.config_readers import beta_of_volume, list_to_tuple
from trainer.config_section import Role, Section, Since, Use, about, among, positive, unlike
from trainer.losses import LOSSES
from trainer.mixing import MIXINGS
from trainer.models import MODELS
from trainer.policies import POLICIES
from trainer.registry import Registry
from trainer.sampling import SAMPLERS

Weighting = Literal["none", "class_balanced", "inverse_frequency"]
WEIGHTINGS: dict[Weighting, tuple[str, str]] = {
    "none": ("none", ""),
    "class_balanced": ("cb", "CB-"),
    "inverse_frequency": ("inverse frequency", "InvFreq-"),
}
"""Its word beside others, and what stands before the loss in the label of a setting."""
Reduction = Literal["batch_mean", "weighted_mean", "mean_one"]
Schedule = Literal["step", "cosine"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["fp32", "bf16"]

PLUGGED: dict[str, Registry[Any]] = {"loss.name": LOSSES, "mixing.name": MIXINGS, "model.name": MODELS,
                                     "policy.name": POLICIES,
                                     "sampling.name": SAMPLERS}  # fmt: skip
"""What plugins may add to, by the path of the choice."""
plugins.load(tuple(PLUGGED.values()))  # what they add is a choice below

_RESAMPLED = Use("Used only where images are not drawn alike.", name=unlike("instance"))
_BALANCED = Use("Used only by class-balanced weights.", weighting=among("class_balanced"))
_WEIGHTED = Use("Used only where classes are weighted.", weighting=unlike("none"))
_MOMENTUM = Use("Used only with momentum.", momentum=positive)
_STEPPED = Use("Used only by the step schedule.", schedule=among("step"))


@chosen_from(SAMPLERS)
class SamplingConfig(Section):
    """Which training images an epoch draws, and how often."""

    role: ClassVar[Role] = "compared"
    name: Annotated[
        str,
        about("Sampler", "", short="sampler", rare=True, since=Since("2026-11-29", means="instance")),
    ] = "instance"
    from_epoch: Annotated[
        int | None,
        about("Sampled so from epoch", "the first epoch that draws so; those before draw every image once "
              "(deferred re-sampling); 1 for all of them",
              "epochs are counted from 1", "", short="from epoch", rare=True, used_when=_RESAMPLED,
              since=Since("2026-11-30", means=1), ge=1, le=10_000),
    ] = 1  # fmt: skip


@chosen_from(POLICIES)
class PolicyConfig(Section):
    """What images are given beside crop and flip."""

    role: ClassVar[Role] = "compared"
    name: Annotated[
        str, about("Policy", "", short="policy", rare=True, since=Since("2026-11-30", means="none"))
    ] = "none"


@chosen_from(MIXINGS)
class MixingConfig(Section):
    """Which images of a batch are mixed with each other, and their labels with them."""

    role: ClassVar[Role] = "compared"
    name: Annotated[
        str, about("Mixing", "", short="mixing", rare=True, since=Since("2026-11-30", means="none"))
    ] = "none"


@chosen_from(MODELS)
class ModelConfig(Section):
    """The network."""

    name: Annotated[str, about("Model", "", named=False)] = "convnet4"


@chosen_from(LOSSES, behind="beta")
class LossConfig(Section):
    """What is minimised.

    batch_mean, the published scale, is the usual reduction: at the usual rate it does best of those tried
    (tests/benchmarks/recipe.py), as the others need a quarter of that rate and do no better there.
    """

    role: ClassVar[Role] = "compared"
    name: Annotated[str, about("Loss", "", short="loss", shown="front")] = "cross_entropy"
    weighting: Annotated[
        Weighting,
        about("Class weights", "class_balanced: (1 - beta) / (1 - beta^n) for n images (Cui et al. "
              "2019); inverse_frequency: 1 / n, its limit at beta = 1; published scaled to sum "
              "to the number of classes (see Reduction)", shown="front"),
    ] = "none"  # fmt: skip
    beta: Annotated[
        float | None,
        about("Beta", "0 weights all classes equally, towards 1 by inverse frequency; what matters is "
              "N = 1/(1 - beta) against the class counts",
              "for beta = 1 use inverse-frequency weighting; write 1-1e-4 as 0.9999 or N=10000",
              "", shown="front", used_when=_BALANCED,
              ge=0, lt=1),
        BeforeValidator(beta_of_volume),
    ] = 0.997  # fmt: skip
    reduction: Annotated[
        Reduction | None,
        about("Reduction", "batch_mean, as published: sum of weighted losses / batch size; mean_one: so "
              "too, weights averaging 1 over the training images, which keeps the learning rate's meaning; "
              "weighted_mean: / sum of the batch's weights (what torch's cross_entropy does)", named=False,
              used_when=_WEIGHTED),
    ] = "batch_mean"  # fmt: skip
    weights_from: Annotated[
        int | None,
        about("Weights from epoch", "the first epoch whose loss is weighted; those before are not (deferred "
              "re-weighting, Cao et al. 2019: 161 of 200); 1 for all of them",
              "epochs are counted from 1", "", short="from epoch", rare=True, used_when=_WEIGHTED,
              since=Since("2026-11-30", means=1), ge=1, le=10_000),
    ] = 1  # fmt: skip


class OptimConfig(Section):
    """Stochastic gradient descent with momentum, and its schedule."""

    epochs: Annotated[
        int, about("Epochs", "passes over the training set", "a run needs at least one", "", ge=1, le=10_000)
    ] = 10
    batch_size: Annotated[
        int,
        about("Batch size", "images per step",
              "batch norm needs two images; more than 65,536 fit no memory here", "images",
              short="batch", ge=2, le=65_536),
    ] = 64  # fmt: skip
    learning_rate: Annotated[
        float,
        about("Learning rate", "at its height, after warm-up; from 0.05 on, most units of the first linear "
              "layer die on shapes10",
              "it must be positive; above 1000 nothing trains", "", short="rate", gt=0, le=1000),
    ] = 0.02  # fmt: skip
    momentum: Annotated[
        float,
        about("Momentum", "of the SGD step", "at 1 the step never decays", "", rare=True,
              ge=0, lt=1),
    ] = 0.9  # fmt: skip
    nesterov: Annotated[
        bool | None,
        about("Nesterov", "look ahead by the momentum before the gradient is taken (torch's form)", rare=True,
              used_when=_MOMENTUM, since=Since("2026-11-30", means=False)),
    ] = False  # fmt: skip
    weight_decay: Annotated[
        float,
        about("Weight decay", "L2 term on all but the sigmoid form's last bias; the write-up's reg",
              "above 1 the weights vanish", "", ge=0, le=1),
    ] = 5e-4  # fmt: skip
    schedule: Annotated[
        Schedule,
        about("Schedule", "step: multiply by decay after each milestone; cosine: to 0 over the epochs",
              named=False),
    ] = "step"  # fmt: skip
    milestones: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...] | None,
        BeforeValidator(list_to_tuple),
        about("Milestones", "epochs after which the rate decays: 6 means epochs 1 to 6 at the full rate",
              "each comes after the one before, from epoch 1 on", "epochs",
              used_when=_STEPPED),
    ] = (6, 8)  # fmt: skip
    decay: Annotated[
        float | None,
        about("Decay", "factor at each milestone", "0 would stop training", "", used_when=_STEPPED,
              gt=0, le=1),
    ] = 0.1  # fmt: skip
    warmup_epochs: Annotated[
        int, about("Warm-up", "the rate rises linearly over these first epochs",
                   "it cannot be negative", "epochs", short="warm-up", rare=True, ge=0, le=1000)
    ] = 0  # fmt: skip


class RunConfig(Section):
    """One training run, complete: the same configuration, seed and threads give the same figures on a CPU."""

    data: DataConfig = DataConfig()
    sampling: SamplingConfig = SamplingConfig()
    policy: PolicyConfig = PolicyConfig()
    mixing: MixingConfig = MixingConfig()
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    optim: OptimConfig = OptimConfig()
    seed: Annotated[
        int, about("Seed", "initial weights, order of images, augmentation and dropout",
                   "seeds have 32 bits here", "", role="seed", shown="always", ge=0, le=LARGEST_SEED)
    ] = 0  # fmt: skip
    device: Annotated[
        Device, about("Device", "auto takes cuda, then mps, then cpu", role="machine", rare=True)
    ] = "auto"
    precision: Annotated[
        Precision,
        about("Precision", "bf16 runs convolutions in bfloat16; it gains on GPUs only", named=False,
              rare=True),
    ] = "fp32"  # fmt: skip
    threads: Annotated[
        int | None,
        about("Threads", "CPU threads; empty for the worker's share", "a run needs one", "",
              role="machine", rare=True, ge=1, le=1024),
    ] = None  # fmt: skip


SECTIONS = ("data", "sampling", "policy", "mixing", "model", "loss", "optim")
