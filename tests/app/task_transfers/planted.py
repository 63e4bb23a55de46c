"""A matrix of transfers between tasks as if a worker had measured it, with losses whose order is known."""

import zlib
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Piece, TaskTransfer
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import PieceOf, pieces_of
from trainer.transfer.between_tasks.promising import keys_of
from trainer.transfer.between_tasks.store import ALONE, Outcome, Slot, TransferStore

VALIDATION, TEST = 60, 80
FOUR = ("edges", "distance", "normals", "shape")
Strength = Callable[[str, str], float]


def config_of(**changes: Any) -> TaskTransferConfig:
    """Four tasks, one size, two seeds, no sets."""
    asked: dict[str, Any] = {
        "sources": FOUR, "targets": FOUR, "sizes": (100,), "seeds": (0, 1), "order": 1,
    }  # fmt: skip
    return TaskTransferConfig(**asked | changes)


def table(by_target: dict[str, dict[str, float]], otherwise: float = 0.0) -> Strength:
    """Strength of a source for a target, by both names; `otherwise` where it is not said."""
    return lambda key, target: by_target.get(target, {}).get(key, otherwise)


def outcome(key: str, slot: Slot, strength: float, noise: float) -> Outcome:
    """Losses are less by `strength`, over noise of each image and seed."""
    random = np.random.default_rng([zlib.crc32(key.encode()), zlib.crc32(slot.name.encode())])
    losses = (5 - strength + noise * random.normal(size=VALIDATION + TEST)).astype(np.float32)
    samples = np.zeros((6, 2), np.float16)
    return Outcome(losses[:VALIDATION], losses[VALIDATION:], float(strength + 0.01 * slot.seed), samples, 1.0)


def plant(
    db: Database,
    settings: Settings,
    config: TaskTransferConfig,
    strength: Strength,
    *,
    noise: float = 1.0,
    state: str = "completed",
    sets: Collection[str] = (),
    left_out: Callable[[PieceOf], bool] = lambda piece: False,
) -> int:
    """A job whose pieces are done, but those left out; its number. `strength` knows ALONE as a source."""
    pieces = [piece for piece in pieces_of(config) if not left_out(piece)]
    for piece in pieces:
        measure_piece(settings, config, piece, strength, noise, sets)
    with db.write() as session:
        job = TaskTransfer(
            name="planted", state=state, config=config.model_dump(mode="json"), config_hash="x",
            setting_hash="x", dataset="scenes", source="scenes/v1", epochs=len(pieces_of(config)),
            epoch=len(pieces), created_at="2025-01-01T00:00:00Z", queued_at="2025-01-01T00:00:00Z",
        )  # fmt: skip
        session.add(job)
        session.flush()
        add_pieces(session, job.id, pieces)
        return job.id


def add_pieces(session: Any, job_id: int, pieces: Collection[PieceOf]) -> None:
    """Rows of pieces: an own network takes 60 seconds, anything else 2."""
    for number, piece in enumerate(pieces, 1):
        figures = {"chance": 0.25} if piece.stage == "own" else {}
        seconds = 60.0 if piece.stage == "own" else 2.0
        session.add(
            Piece(run_id=job_id, name=piece.name, number=number, time="", seconds=seconds, figures=figures)
        )


def measure_piece(
    settings: Settings,
    config: TaskTransferConfig,
    piece: PieceOf,
    strength: Strength,
    noise: float = 1.0,
    sets: Collection[str] = (),
) -> None:
    """Keep its outcomes, and of `sets` those that it would not measure itself."""
    store, slot = TransferStore(settings.datasets_dir), piece.slot
    keys = keys_of(piece, config, store.outcomes)
    for key in dict.fromkeys([*keys, *(sets if piece.stage == "together" else ())]):
        worth = strength(piece.stage if key == ALONE else key, slot.target)
        store.keep(slot, key, outcome(key, slot, worth, noise))
