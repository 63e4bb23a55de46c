"""The fields of a run's configuration: names, defaults, bounds with their reason, and what else they mean.

A field that has no effect is stored as null, so that equal runs have equal configurations.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from trainer import plugins
from trainer.config_choice import chosen_from
from trainer.config_data import LARGEST_SEED, DataConfig
from trainer.config_optim import OptimConfig
from trainer.config_readers import beta_of_volume, list_to_tuple
from trainer.config_section import Role, Section, Since, Use, about, among, unlike
from trainer.losses import LOSSES
from trainer.mixing import MIXINGS
from trainer.models import MODELS
from trainer.policies import POLICIES
from trainer.registry import Registry
from trainer.sampling import SAMPLERS
from trainer.second_stages import SECOND_STAGES
from trainer.weighting_words import Weighting

Reduction = Literal["batch_mean", "weighted_mean", "mean_one"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["fp32", "bf16"]

PLUGGED: dict[str, Registry[Any]] = {"loss.name": LOSSES, "mixing.name": MIXINGS, "model.name": MODELS,
                                     "policy.name": POLICIES, "sampling.name": SAMPLERS,
                                     "second_stage.name": SECOND_STAGES}  # fmt: skip
"""What plugins may add to, by the path of the choice."""
plugins.load(tuple(PLUGGED.values()))  # what they add is a choice below

_RESAMPLED = Use("Used only where images are not drawn alike.", name=unlike("instance"))
_BALANCED = Use("Used only by class-balanced weights.", weighting=among("class_balanced"))
_BY_POWER = Use("Used only by the weights of a power.", weighting=among("power"))
_BY_HAND = Use("Used only by weights given by hand.", weighting=among("by_hand"))
_WEIGHTED = Use("Used only where classes are weighted.", weighting=unlike("none"))


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

    name: Annotated[str, about("Model", "", short="model", named=False)] = "convnet4"


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
              "2019); inverse_frequency: 1 / n, its limit at beta = 1; inverse_sqrt: 1 / sqrt(n); power: "
              "(n_min / n)^g; all scaled to sum to the number of classes (see Reduction); by_hand: as given",
              shown="front"),
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
    power: Annotated[
        float | None,
        about("Power of the weights", "g of (n_min / n)^g: 0 weights all classes equally, 1 by inverse "
              "frequency; published unscaled (Zhang et al. 2021), here as the others, so that the learning "
              "rate means the same",
              "below 0 large classes would weigh more; above 4 one class would weigh all", "", short="power",
              shown="front", used_when=_BY_POWER, since=Since("2026-11-30", means=None), ge=0, le=4),
    ] = 0.5  # fmt: skip
    class_weights: Annotated[
        tuple[Annotated[float, Field(gt=0, le=1e6)], ...] | None,
        BeforeValidator(list_to_tuple),
        about("Weights by hand", "one number a class, in the order of the classes; they multiply the loss as "
              "they are, unless the reduction scales them",
              "each above 0 and at most 1,000,000: to leave a class out, take it out of the data set",
              short="weights", used_when=_BY_HAND, since=Since("2026-11-30", means=None)),
    ] = ()  # fmt: skip
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


@chosen_from(SECOND_STAGES)
class SecondStageConfig(Section):
    """What is done with the trained network: a run of its own, on the last checkpoint of the first."""

    role: ClassVar[Role] = "compared"
    name: Annotated[
        str,
        about("Second stage", "", short="stage", named=False, rare=True,
              since=Since("2026-11-30", means="none")),
    ] = "none"  # fmt: skip


class RunConfig(Section):
    """One training run, complete: the same configuration, seed and threads give the same figures on a CPU."""

    data: DataConfig = DataConfig()
    sampling: SamplingConfig = SamplingConfig()
    policy: PolicyConfig = PolicyConfig()
    mixing: MixingConfig = MixingConfig()
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    optim: OptimConfig = OptimConfig()
    second_stage: SecondStageConfig = SecondStageConfig()
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


SECTIONS = ("data", "sampling", "policy", "mixing", "model", "loss", "optim", "second_stage")
