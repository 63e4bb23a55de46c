"""A run that goes on from another, which is completed: what it is then, and which runs can. Imports no torch.

A run of n epochs that is continued has n + N. Its first n epochs are those of the other run, its others
those that a run of n + N would have. That is, to the last bit, a run that was trained in one go, unless that
one would have laid its first epochs out otherwise. A cosine would; then the configuration says
`continued_after`, which makes it another setting. With what else is laid out over all epochs, no run can be
continued.
"""

from trainer.config_sections import RunConfig
from trainer.losses import LOSSES
from trainer.sampling import SAMPLERS

_ONE_GO = "Launch one of more epochs instead."


def obstacle(config: RunConfig) -> str:
    """Why a run of `config` cannot be continued; "" where it can."""
    sampler, loss = SAMPLERS[config.sampling.name], LOSSES[config.loss.name]
    if config.second_stage.name != "none":
        return "its second stage is laid out over its own epochs. Clone it with more of them instead."
    if sampler.knows_epochs:
        return f"the sampler {sampler.name} may draw by how many epochs there are. {_ONE_GO}"
    if loss.knows_epochs:
        return f"the loss {loss.name} may depend on how many epochs there are. {_ONE_GO}"
    deferred = (config.sampling.from_epoch or 1) > (config.loss.weights_from or 1)
    if config.loss.reduction == "mean_one" and deferred:
        return f"mean_one scales its weights by what all epochs draw, and the sampling changes. {_ONE_GO}"
    return ""


def longer(config: RunConfig, epochs: int) -> dict[str, object]:
    """The fields that change where a run of `config` goes on to `epochs`, for `merge`."""
    ends = (*(config.optim.continued_after or ()), config.optim.epochs)
    return {"optim": {"epochs": epochs, "continued_after": list(ends)}}


def first_leg_of(config: RunConfig) -> RunConfig | None:
    """The run that one which says `continued_after` goes on from; None of any other."""
    ends = config.optim.continued_after
    if not ends:
        return None
    return shortened(config, ends[-1])


def shortened(config: RunConfig, epochs: int) -> RunConfig:
    """The run of the first `epochs` of `config`, as far as it says one."""
    ends = config.optim.continued_after
    kept = None if ends is None else tuple(end for end in ends if end < epochs)
    shorter = {"epochs": epochs, "continued_after": kept}
    return config.model_copy(update={"optim": config.optim.model_copy(update=shorter)})
