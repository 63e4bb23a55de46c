"""Which sources are read out side by side, and which outcomes of a job are kept. Imports no torch."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from trainer.errors import DataError
from trainer.transfer.affinity import affinities
from trainer.transfer.between_tasks.config import PROMISING, TaskTransferConfig, combined
from trainer.transfer.between_tasks.plan import PieceOf, pieces_of, singles
from trainer.transfer.between_tasks.store import (
    ALONE,
    Outcome,
    Slot,
    TransferStore,
    UnreadableError,
    key_of,
)

BySeed = Sequence[Mapping[str, Outcome]]


def promising_of(outcomes: BySeed, config: TaskTransferConfig, target: str) -> tuple[str, ...]:
    """The other tasks' networks of most affinity to the target, on the validation images of all seeds.

    outcomes: what each seed has read out from the most images, single sources all among it. In the order of
    the registry.
    """
    others = [source for source in config.sources if source != target]
    if not others:
        return ()
    losses = np.array([np.concatenate([one[source].validation for one in outcomes]) for source in others])
    counted = losses[:, ~np.isnan(losses).any(axis=0)]
    order = np.argsort(-affinities(counted), kind="stable")[:PROMISING]
    return tuple(others[at] for at in sorted(order.tolist()))


def sets_of(outcomes: BySeed, config: TaskTransferConfig, target: str) -> tuple[str, ...]:
    """Keys of the sets that the job reads out for the target, from the same outcomes."""
    return tuple(key_of(one) for one in combined(promising_of(outcomes, config, target), config.order))


def keys_of(
    piece: PieceOf, config: TaskTransferConfig, read: Callable[[Slot], Mapping[str, Outcome]]
) -> Sequence[str]:
    """The sources that a piece measures; those side by side are known once all single ones are kept.

    read: the outcomes of a slot.
    """
    match piece.stage:
        case "own" | "scratch":
            return (ALONE,)
        case "single":
            return singles(config)
        case "finetune":
            return config.sources
        case "together":
            by_seed = [read(piece.slot._replace(seed=seed)) for seed in config.seeds]
            return sets_of(by_seed, config, piece.slot.target)


def is_kept(store: TransferStore, config: TaskTransferConfig) -> bool:
    """Whether every outcome of a job that is done is there still.

    One that cannot be read now counts as there: that will pass, and to measure it again would not help.
    """
    plan = pieces_of(config)
    try:
        read = {slot: store.outcomes(slot, samples=False) for slot in {piece.slot for piece in plan}}
        return all(read[one.slot].keys() >= set(keys_of(one, config, read.__getitem__)) for one in plan)
    except UnreadableError:
        return True
    except DataError:
        return False
