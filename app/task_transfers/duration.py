"""How long a matrix of task transfers will take, before anything of it is measured."""

from collections import Counter
from collections.abc import Mapping

from trainer.transfer.between_tasks.config import PROMISING, TaskTransferConfig, combined
from trainer.transfer.between_tasks.plan import Stage, pieces_of, singles

SECONDS: Mapping[Stage, float] = {
    "own": 23.0,
    "scratch": 4.5,
    "single": 0.6,
    "finetune": 5.0,
    "together": 0.8,
}
"""Of one network on two cores; of a single readout, a fine-tuning or a set of sources, each by itself."""


def about_seconds(config: TaskTransferConfig) -> float:
    """With nothing kept from earlier jobs: networks that are there already are not trained again."""
    pieces = Counter(piece.stage for piece in pieces_of(config))
    promising = config.sources[:PROMISING]
    in_each: Mapping[Stage, int] = {
        "own": 1,
        "scratch": 1,
        "single": len(singles(config)),
        "finetune": len(config.sources),
        "together": len(combined(promising, config.order)),
    }
    return sum(SECONDS[stage] * in_each[stage] * count for stage, count in pieces.items())


def whole_minutes(seconds: float) -> float:
    """To the minute, from two minutes on: an estimate knows no seconds."""
    return 60.0 * round(seconds / 60) if seconds >= 120 else seconds
