"""The two stages of a method: which run is trained first, and what a run itself trains by. Imports no torch.

A configuration describes the whole method, its first stage as it is and `second_stage` beside it; a run with
a second stage carries out that stage alone, on the last checkpoint of the run of `first_stage_of`.
"""

from collections.abc import Mapping
from typing import Any

from trainer.config import RunConfig, as_json, completed, parse_config
from trainer.config_optim import OptimConfig
from trainer.config_sections import LossConfig, MixingConfig, PolicyConfig, SamplingConfig, SecondStageConfig
from trainer.continuing import first_leg_of
from trainer.errors import ConfigError
from trainer.schedules import learning_rates
from trainer.second_stages import SECOND_STAGES, StageTraining

NONE = "none"


def first_stage_of(config: RunConfig) -> RunConfig | None:
    """The run that a second stage goes on from: the same without it; None where there is no second stage.

    Any completed run with its `config_hash` and the same images is that run.
    """
    if config.second_stage.name == NONE:
        return None
    return config.model_copy(update={"second_stage": SecondStageConfig()})


def trained_upon(config: RunConfig) -> RunConfig | None:
    """The run that has to be completed before one of `config` begins; None where there is none."""
    return first_stage_of(config) or first_leg_of(config)


def stage_config(config: RunConfig) -> RunConfig:
    """What a run of `config` itself trains by: its own epochs, rates, loss, sampling and mixing.

    Without a second stage, that is `config`. One that trains has its own epochs and sampler and a rate that
    falls by a cosine to 0; its loss is plain cross-entropy, nothing is mixed, and images are cropped and
    flipped as in the first stage. One that trains nothing looks at each image once, as it is. Data, network,
    seed, batch size, momentum and decay are those of the first stage.
    """
    first = first_stage_of(config)
    if first is None:
        return config
    training = training_of(config)
    own = {"mixing": MixingConfig(), "loss": LossConfig()}
    if training is not None:
        optim = {"epochs": training.epochs, "learning_rate": training.learning_rate}
        own |= {"sampling": SamplingConfig(name=training.sampler)}
    else:
        optim = {"epochs": 1}
        own |= {
            "sampling": SamplingConfig(),
            "policy": PolicyConfig(),
            "data": config.data.model_copy(update={"augment": False}),
        }
    flat = config.optim.model_dump() | optim
    flat |= {"schedule": "cosine", "warmup_epochs": 0, "continued_after": None}
    return first.model_copy(update={**own, "optim": OptimConfig.model_validate(flat)})


def training_of(config: RunConfig) -> StageTraining | None:
    """What the second stage of `config` trains by; None where it trains nothing, or there is none."""
    entry = SECOND_STAGES[config.second_stage.name]
    return entry.training(entry.fields_of(config.second_stage))


def epochs_of(config: RunConfig) -> int:
    """How many epochs a run of `config` has."""
    return stage_config(config).optim.epochs


def rates_of(config: RunConfig) -> tuple[float, ...]:
    """The learning rate of each epoch of a run of `config`; 0 where nothing is trained."""
    optim = stage_config(config).optim
    return learning_rates(optim) if _trains(config) else (0.0,) * optim.epochs


def height_of(config: RunConfig) -> float:
    """The learning rate of a run of `config` at its height; 0 where nothing is trained."""
    return stage_config(config).optim.learning_rate if _trains(config) else 0.0


def _trains(config: RunConfig) -> bool:
    return first_stage_of(config) is None or training_of(config) is not None


def stored_stage(stored: Mapping[str, Any]) -> dict[str, Any]:
    """`stage_config` of a configuration as JSON; itself where it chooses what is not known here."""
    try:
        return as_json(stage_config(parse_config(stored)))
    except ConfigError:
        return completed(stored)
