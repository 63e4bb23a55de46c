"""The recommendation in words, with its numbers and its doubt."""

import math
from collections.abc import Sequence

from app.formats import change, cut, listed, percent
from app.transfers.judge import Gap, Lead
from app.transfers.view import Recommendation
from trainer.transfer.config import Source, TransferConfig

_MOST_NAMED, _LONGEST = 4, 40
_READ_OUT = {
    "linear": "read out by a linear layer on frozen features",
    "finetune": "trained on as a whole",
}


def recommendation(config: TransferConfig, lead: Lead, mean: float) -> Recommendation:
    """Of a comparison that is done; `mean` is the leader's balanced accuracy."""
    sources, rivals, seeds = config.sources, lead.rivals, len(config.seeds)
    named = _name(sources[lead.best])
    others = [at for at in range(len(sources)) if at != lead.best]
    reached = f"balanced accuracy {percent(mean)} %"
    if not others:
        text = f"{named} reached {reached}; with one source there is nothing to compare it with."
    elif not rivals:
        next_best = min(others, key=lambda at: lead.gaps[at].mean)
        text = (
            f"Start from {named}: {reached}, better than {_all(len(others))}; than the next, "
            f"{_name(sources[next_best])}, by {_by(lead.gaps[next_best])}."
        )
    else:
        text = _not_told(sources, lead, reached, seeds)
    return Recommendation(
        text=text,
        doubt=_doubt(config),
        is_firm=bool(others) and not rivals,
        best=tuple(sources[at].run for at in (lead.best, *rivals)),
    )


def _not_told(sources: Sequence[Source], lead: Lead, reached: str, seeds: int) -> str:
    """The leader and those that may as well be it."""
    rivals = sorted(lead.rivals, key=lambda at: lead.gaps[at].mean)
    names = listed([_name(sources[at]) for at in rivals], _MOST_NAMED)
    gap, worse = lead.gaps[rivals[0]], len(sources) - 1 - len(rivals)
    ahead = "ahead, by one figure of each" if math.isnan(gap.low) else f"ahead of the next by {_by(gap)}"
    text = (
        f"Cannot tell with {seeds} seed{'s' if seeds != 1 else ''}: {_name(sources[lead.best])} leads "
        f"({reached}), {ahead}, and {names} may be as good."
    )
    if worse:
        text += f" {'The other one is' if worse == 1 else f'The other {worse} are'} worse."
    return text


def _doubt(config: TransferConfig) -> str:
    seeds = len(config.seeds)
    return (
        f"Intervals (95 %) cover the choice of {config.images} labelled images, {seeds} times, and of the "
        f"test images. They speak of networks {_READ_OUT[config.mode]}: with more images, or used otherwise, "
        "another may lead."
    )


def _name(source: Source) -> str:
    return "a random network" if source.run is None else f"{cut(source.label, _LONGEST)} (run {source.run})"


def _all(others: int) -> str:
    return "the other source" if others == 1 else f"each of the {others} others"


def _by(gap: Gap) -> str:
    return f"{change(gap.mean)} points ({change(gap.low)} to {change(gap.high)})"
