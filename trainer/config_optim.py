"""The section of a run's configuration that says how it is optimised."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trainer.config_readers import list_to_tuple
from trainer.config_section import Section, Since, Use, about, among, positive

Schedule = Literal["step", "cosine"]
_MOMENTUM = Use("Used only with momentum.", momentum=positive)
_COSINE = Use("Used only by the cosine schedule.", schedule=among("cosine"))
_STEPPED = Use("Used only by the step schedule.", schedule=among("step"))


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
    continued_after: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...] | None,
        BeforeValidator(list_to_tuple),
        about("Continued after", "epochs at which a run had come to its end before it was continued: the "
              "cosine up to there is that of so many epochs; empty for a run in one go",
              "each comes after the one before, from epoch 1 on", "epochs", rare=True,
              used_when=_COSINE, since=Since("2026-11-30", means=[])),
    ] = ()  # fmt: skip
