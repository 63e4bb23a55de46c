"""Where an adjustment does not hold, and what is to be said beside it: refusals and sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import InvalidError
from app.formats import counted
from app.views.adjusted.choose import Best
from app.views.adjusted.point import Name, Point
from app.views.preview.warnings import prior_twice
from trainer.config import RunConfig, parse_config
from trainer.errors import ConfigError, FieldProblem
from trainer.losses import head_of

FEW_IMAGES = 50
"""Validation images of a class below which a choice on them is said to be a rough one."""


def read_config(stored: Mapping[str, Any]) -> RunConfig | None:
    """A run's configuration; None where it names what is not loaded here, as a plugin's loss."""
    try:
        return parse_config(stored)
    except ConfigError:
        return None


def check_norm(config: RunConfig | None, asked: Point) -> None:
    """Raises InvalidError where lengths of weights are asked for and say nothing."""
    if asked.norm is not None and (why := why_no_norm(config)):
        raise _refused(why)


def why_no_norm(config: RunConfig | None) -> str:
    """Why logits of this network are not divided by lengths of weights; "" where they can be."""
    if config is None:
        return "needs a linear last layer, and what this run's is, is not known without its plugin"
    if config.second_stage.name == "ncm":
        return "needs logits that are W h + b; those of nearest class means hold a square as well"
    if head_of(config.loss).kind == "cosine":
        return "does nothing here: the weights of a cosine classifier all have length 1"
    return ""


def notes(
    config: RunConfig | None,
    counts: tuple[int, ...],
    found: Mapping[Name, Best],
    asked: Point,
    least: int | None,
) -> Iterator[str]:
    """What a careful colleague would say of this point, the gravest first.

    least: validation images of the smallest class, where something was chosen on them.
    """
    yield from _chosen(found, least)
    if config is not None:
        yield from _trained(config, counts, found)
    if asked.norm is not None:
        yield (
            "Tau-normalisation is worked out of the kept logits, (z − b) / |w|^τ: as published the bias is "
            "dropped, and it is as exact as float16."
        )


def _chosen(found: Mapping[Name, Best], least: int | None) -> Iterator[str]:
    on_test = [name for name, best in found.items() if best.on == "test"]
    if on_test:
        verb = "was" if len(on_test) == 1 else "were"
        yield (
            f"{' and '.join(on_test).capitalize()} {verb} chosen by looking at the test images that are "
            "measured: these figures are flattered, and bear no claim."
        )
    if least is not None and least < FEW_IMAGES:
        yield (
            f"Chosen on {counted(least, 'validation image')} of the smallest class: another "
            "draw of them may choose otherwise."
        )
    edges = [name for name, best in found.items() if best.at_edge]
    if edges:
        named = " and ".join(edges)
        yield f"The best {named} lies at the edge of what was tried: a better one may lie beyond."


def _trained(config: RunConfig, counts: tuple[int, ...], found: Mapping[Name, Best]) -> Iterator[str]:
    stage = config.second_stage.name
    if found["tau"].value and (twice := _twice(config, counts)):
        yield twice
    if found["norm"].value is not None and stage == "tau_norm":
        yield "The second stage of this run has shortened the weights already; here they are once more."
    if getattr(config.loss, "probability", None) == "sigmoid":
        yield (
            "This network was trained with a sigmoid for each class. Probabilities here are a softmax of "
            "its logits, for which neither the prior nor calibration was meant."
        )


def _twice(config: RunConfig, counts: tuple[int, ...]) -> str:
    """That the logits lack the prior already, by the last stage that made them; "" where they do not."""
    stage = config.second_stage
    if stage.name == "logit_adjustment":
        return (
            "The prior counts twice: the second stage of this run has taken it off the logits already, and "
            "tau takes it off once more."
        )
    if stage.name == "ncm":
        return "The prior counts twice: nearest class means answer without it, and tau takes it off."
    sampler = str(getattr(stage, "sampler", None) or "instance")
    if sampler != "instance":
        return (
            f"The prior counts twice in part: the second stage, {stage.name}, draws {sampler}, which has it "
            "answer small classes more often, and tau takes off the whole share of the images."
        )
    return "" if stage.name == "crt" else prior_twice(config, counts)


def _refused(message: str) -> InvalidError:
    return InvalidError("The adjustment was refused.", fields=[FieldProblem("norm", message)])
