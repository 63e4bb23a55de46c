"""How long a matrix of task transfers takes: before anything is measured, and while it is.

A piece trains as many networks as the configuration says, and takes almost no time where these are kept from
an earlier job.
"""

from collections.abc import Mapping
from statistics import median

from app.formats import gather
from trainer.transfer.between_tasks.config import PROMISING, TaskTransferConfig, combined
from trainer.transfer.between_tasks.plan import PieceOf, Stage, pieces_of, singles

SECONDS: Mapping[Stage, float] = {
    "own": 23.0,
    "scratch": 4.5,
    "single": 0.6,
    "finetune": 5.0,
    "together": 0.8,
}
"""Of one network on two cores; of a single readout, a fine-tuning or a set of sources, each by itself."""
_CORES = 2
_USUAL_EPOCHS = 12
_REUSED: Mapping[bool, float] = {True: 1 / 5, False: 1 / 50}
"""A piece that took less of the time expected has trained little or nothing. By whether it is on a processor:
other devices are far faster."""


def about_seconds(config: TaskTransferConfig) -> float:
    """With nothing kept from earlier jobs: networks that are there already are not trained again."""
    return sum(_seconds(config, piece) for piece in pieces_of(config))


def seconds_left(
    config: TaskTransferConfig, took: Mapping[str, float], at_once: int, *, is_cpu: bool
) -> float:
    """Of the pieces that are not done; `took`: by name, of those that are, `at_once` of them side by side.

    A stage takes as long as its pieces took that trained, and one of which none has by how these compare with
    what was expected of them.
    """
    plan = pieces_of(config)
    expected = {piece.name: _CORES * _seconds(config, piece) for piece in plan}
    trained = [piece for piece in plan if took.get(piece.name, 0.0) > _REUSED[is_cpu] * expected[piece.name]]
    by_stage = gather((piece.stage, took[piece.name]) for piece in trained)
    known = {stage: median(times) for stage, times in by_stage.items()}
    wanted = sum(expected[piece.name] for piece in trained)
    slower = sum(took[piece.name] for piece in trained) / wanted if trained else 1.0
    left = [piece for piece in plan if piece.name not in took]
    seconds = sum(known.get(piece.stage, slower * expected[piece.name]) for piece in left)
    return seconds / max(at_once, 1)


def whole_minutes(seconds: float) -> float:
    """To the minute, from two minutes on: an estimate knows no seconds."""
    return 60.0 * round(seconds / 60) if seconds >= 120 else seconds


def _seconds(config: TaskTransferConfig, piece: PieceOf) -> float:
    """Of a piece, with both cores at it."""
    others = [source for source in config.sources if source != piece.slot.target]
    networks: Mapping[Stage, float] = {
        "own": config.epochs / _USUAL_EPOCHS,
        "scratch": 1,
        "single": len(singles(config)),
        "finetune": len(config.sources),
        "together": len(combined(tuple(others[:PROMISING]), config.order)),
    }
    return SECONDS[piece.stage] * networks[piece.stage]
