"""Which sources are read out side by side, and which outcomes of a job are kept. Imports no torch."""

from collections.abc import Mapping, Sequence

import numpy as np

from trainer.errors import DataError
from trainer.transfer.affinity import affinities
from trainer.transfer.between_tasks.config import PROMISING, TaskTransferConfig, combined
from trainer.transfer.between_tasks.plan import PieceOf, pieces_of, singles, slot_of
from trainer.transfer.between_tasks.store import (
    ALONE,
    Outcome,
    Slot,
    TransferStore,
    UnreadableError,
    key_of,
)

BySeed = Sequence[Mapping[str, Outcome]]


def promising(store: TransferStore, config: TaskTransferConfig, target: str) -> tuple[str, ...]:
    """The other tasks' networks of most affinity to the target, on the validation images of all seeds.

    In the order of the registry. Raises DataError.
    """
    most = config.sizes[-1]
    slots = [slot_of(config, target, "frozen", most, seed) for seed in config.seeds]
    return promising_of([store.outcomes(slot, samples=False) for slot in slots], config, target)


def promising_of(outcomes: BySeed, config: TaskTransferConfig, target: str) -> tuple[str, ...]:
    """The same from what each seed has read out from the most images, single sources all among it."""
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


def is_kept(store: TransferStore, config: TaskTransferConfig) -> bool:
    """Whether every outcome of a job that is done is there still.

    One that cannot be read now counts as there: that will pass, and to measure it again would not help.
    """
    plan = pieces_of(config)
    try:
        read = {slot: store.outcomes(slot, samples=False) for slot in {piece.slot for piece in plan}}
        return all(_is_whole(piece, read, config) for piece in plan)
    except UnreadableError:
        return True
    except DataError:
        return False


def _is_whole(piece: PieceOf, read: Mapping[Slot, Mapping[str, Outcome]], config: TaskTransferConfig) -> bool:
    needed: Sequence[str]
    match piece.stage:
        case "own" | "scratch":
            needed = (ALONE,)
        case "single":
            needed = singles(config)
        case "finetune":
            needed = config.sources
        case "together":  # comes after all single ones
            by_seed = [read[piece.slot._replace(seed=seed)] for seed in config.seeds]
            needed = sets_of(by_seed, config, piece.slot.target)
    return read[piece.slot].keys() >= set(needed)
