"""The fields of a run's configuration: names, defaults, bounds and the reason for each bound (`why`).

A field that has no effect is stored as null, so that two equal runs have equal configurations. Reading,
hashing and presets are in config.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from trainer.config_readers import beta_of_volume, list_to_tuple
from trainer.config_section import Section as _Section
from trainer.config_section import about as _about

Imbalance = Literal["none", "exp", "step"]
ValidationRule = Literal["balanced", "stratified"]
ModelName = Literal["convnet4"]
Activation = Literal["relu", "leaky_relu"]
LossName = Literal["cross_entropy", "focal"]
Weighting = Literal["none", "class_balanced", "inverse_frequency"]
Probability = Literal["softmax", "sigmoid"]
Reduction = Literal["batch_mean", "weighted_mean", "mean_one"]
Schedule = Literal["step", "cosine"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["fp32", "bf16"]

LARGEST_SEED = 2**32 - 1


class DataConfig(_Section):
    """Which images, how imbalanced, and how they are split."""

    dataset: Annotated[
        str,
        _about("Data set", "shapes10 (made here), cifar10, or folder:NAME for your own images",
               "a short name or folder:NAME is expected", min_length=1, max_length=100),
    ] = "shapes10"  # fmt: skip
    imbalance: Annotated[
        Imbalance,
        _about("Imbalance", "how the training set is thinned: exp falls by a constant factor from class to "
               "class, step keeps the first half of the classes; the test set is never thinned"),
    ] = "exp"  # fmt: skip
    imbalance_ratio: Annotated[
        float | None,
        _about("Imbalance ratio", "images of the largest class / images of the smallest",
               "below 1 the largest class would be the smallest", "largest / smallest", ge=1, le=1e6),
    ] = 100.0  # fmt: skip
    validation_fraction: Annotated[
        float,
        _about("Validation fraction", "cut from the training images before thinning (see Validation rule); "
               "with it the best epoch is chosen without looking at the test set",
               "more than half would leave too little to train on", "share of a class", ge=0, le=0.5),
    ] = 0.0  # fmt: skip
    validation_rule: Annotated[
        ValidationRule | None,
        _about("Validation rule", "balanced: as many images of every class, the fraction of the smallest; "
               "stratified: the fraction of each class, which may be none of a small one"),
    ] = "balanced"  # fmt: skip
    subset_seed: Annotated[
        int | None,
        _about("Subset seed", "draws the subset and the validation split; independent of the training seed",
               "numpy takes seeds of 32 bits", ge=0, le=LARGEST_SEED),
    ] = 0  # fmt: skip
    augment: Annotated[
        bool, _about("Augment", "random crop from an edge padded by 4 pixels, and random horizontal flip")
    ] = True
    max_train_per_class: Annotated[
        int | None,
        _about("Most images per class", "caps each class before thinning; empty for no cap",
               "a class needs at least one image", "images", ge=1, le=10_000_000),
    ] = None  # fmt: skip

    @model_validator(mode="after")
    def _normalise(self) -> "DataConfig":
        thinned = self.imbalance != "none"
        drawn = thinned or self.validation_fraction > 0 or self.max_train_per_class is not None
        self._settle({"imbalance_ratio": thinned, "subset_seed": drawn})
        self._settle({"validation_rule": self.validation_fraction > 0})
        return self


class ModelConfig(_Section):
    """The network."""

    name: Annotated[ModelName, _about("Model", "convnet4: four convolution blocks, two linear layers")] = (
        "convnet4"
    )
    width: Annotated[
        int,
        _about("Width", "channels of the first block; the next have 2, 4 and 8 times as many, the first "
               "linear layer 8 times",
               "a block needs a channel; 256 make 42 million parameters", "channels", ge=1, le=256),
    ] = 32  # fmt: skip
    activation: Annotated[
        Activation, _about("Activation", "leaky_relu lets 1 % of a negative value through")
    ] = "relu"
    batch_norm: Annotated[
        bool, _about("Batch norm", "after each convolution; without it the convolution has its own bias")
    ] = True
    initial_bias: Annotated[
        float | None,
        _about("Initial bias", "where each bias right before an activation starts (batch norm's shift, if "
               "it has one); empty for the usual start: 0 with batch norm, else small and random",
               "beyond 100 all units start dead or all linear", ge=-100, le=100),
    ] = None  # fmt: skip
    dropout_conv: Annotated[
        float,
        _about("Dropout after convolutions", "share of features zeroed before the first linear layer",
               "at 1 nothing would pass", "share", ge=0, lt=1),
    ] = 0.05  # fmt: skip
    dropout_fc: Annotated[
        float,
        _about("Dropout after linear layer", "share of features zeroed before the last linear layer",
               "at 1 nothing would pass", "share", ge=0, lt=1),
    ] = 0.10  # fmt: skip


class LossConfig(_Section):
    """What is minimised.

    batch_mean, the published scale, is the usual reduction: at the usual rate it does best of those tried
    (tests/benchmarks/recipe.py), as the others need a quarter of that rate and do no better there.
    """

    name: Annotated[LossName, _about("Loss", "focal loss with gamma = 0 is cross-entropy")] = "cross_entropy"
    weighting: Annotated[
        Weighting,
        _about("Class weights", "class_balanced: (1 - beta) / (1 - beta^n) for n images (Cui et al. "
                          "2019); inverse_frequency: 1 / n, its limit at beta = 1; published scaled to sum "
                          "to the number of classes (see Reduction)")
    ] = "none"  # fmt: skip
    beta: Annotated[
        float | None,
        _about("Beta", "0 weights all classes equally, towards 1 by inverse frequency; what matters is "
               "N = 1/(1 - beta) against the class counts",
               "for beta = 1 use inverse-frequency weighting; write 1-1e-4 as 0.9999 or N=10000",
               "", ge=0, lt=1),
        BeforeValidator(beta_of_volume),
    ] = 0.997  # fmt: skip
    gamma: Annotated[
        float | None,
        _about("Gamma", "focusing parameter of the focal loss; 0 gives cross-entropy",
               "negative favours easy images; above 20 nothing is left to learn", "", ge=0, le=20),
    ] = 1.5  # fmt: skip
    probability: Annotated[
        Probability | None,
        _about("Form", "softmax over classes, or one sigmoid per class summed (Cui et al. 2019)"),
    ] = "softmax"
    reduction: Annotated[
        Reduction | None,
        _about("Reduction", "batch_mean, as published: sum of weighted losses / batch size; mean_one: so "
               "too, weights averaging 1 over the training images, which keeps the learning rate's meaning; "
               "weighted_mean: / sum of the batch's weights (what torch's cross_entropy does)"),
    ] = "batch_mean"  # fmt: skip

    @model_validator(mode="after")
    def _normalise(self) -> "LossConfig":
        weighted, focal = self.weighting != "none", self.name == "focal"
        self._settle({"beta": self.weighting == "class_balanced", "reduction": weighted})
        self._settle({"gamma": focal, "probability": focal})
        return self


class OptimConfig(_Section):
    """Stochastic gradient descent with momentum, and its schedule."""

    epochs: Annotated[
        int, _about("Epochs", "passes over the training set", "a run needs at least one", "", ge=1, le=10_000)
    ] = 10
    batch_size: Annotated[
        int,
        _about("Batch size", "images per step",
               "batch norm needs two images; more than 65,536 fit no memory here", "images", ge=2, le=65_536),
    ] = 64  # fmt: skip
    learning_rate: Annotated[
        float,
        _about("Learning rate", "at its height, after warm-up; from 0.05 on, most units of the first linear "
               "layer die on shapes10",
               "it must be positive; above 1000 nothing trains", "", gt=0, le=1000),
    ] = 0.02  # fmt: skip
    momentum: Annotated[
        float,
        _about("Momentum", "of the SGD step, without Nesterov", "at 1 the step never decays", "", ge=0, lt=1),
    ] = 0.9
    weight_decay: Annotated[
        float,
        _about("Weight decay", "L2 term on all but the sigmoid form's last bias; the write-up's reg",
               "above 1 the weights vanish", "", ge=0, le=1),
    ] = 5e-4  # fmt: skip
    schedule: Annotated[
        Schedule,
        _about("Schedule", "step: multiply by decay after each milestone; cosine: to 0 over the epochs"),
    ] = "step"
    milestones: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...] | None,
        BeforeValidator(list_to_tuple),
        _about("Milestones", "epochs after which the rate decays: 6 means epochs 1 to 6 at the full rate",
               "each comes after the one before, from epoch 1 on", "epochs"),
    ] = (6, 8)  # fmt: skip
    decay: Annotated[
        float | None, _about("Decay", "factor at each milestone", "0 would stop training", "", gt=0, le=1)
    ] = 0.1
    warmup_epochs: Annotated[
        int, _about("Warm-up", "the rate rises linearly over these first epochs",
                    "it cannot be negative", "epochs", ge=0, le=1000)
    ] = 0  # fmt: skip

    @model_validator(mode="after")
    def _normalise(self) -> "OptimConfig":
        stepped = self.schedule == "step"
        self._settle({"milestones": stepped, "decay": stepped})
        return self


class RunConfig(_Section):
    """One training run, complete: the same configuration, seed and threads give the same figures on a CPU."""

    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    optim: OptimConfig = OptimConfig()
    seed: Annotated[
        int, _about("Seed", "initial weights, order of images, augmentation and dropout",
                    "seeds have 32 bits here", "", ge=0, le=LARGEST_SEED)
    ] = 0  # fmt: skip
    device: Annotated[Device, _about("Device", "auto takes cuda, then mps, then cpu")] = "auto"
    precision: Annotated[
        Precision, _about("Precision", "bf16 runs convolutions in bfloat16; it gains on GPUs only")
    ] = "fp32"
    threads: Annotated[
        int | None,
        _about("Threads", "CPU threads; empty for the worker's share", "a run needs one", "", ge=1, le=1024),
    ] = None  # fmt: skip


SECTIONS = ("data", "model", "loss", "optim")
