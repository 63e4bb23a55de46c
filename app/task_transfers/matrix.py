"""The whole matrix of a job as far as every seed has measured it, with what follows from it."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from app.comparing.parts import Spread
from app.task_transfers.answers import answers_of
from app.task_transfers.cells import Cell, Cells
from app.task_transfers.judge import order_of
from app.task_transfers.options import Option
from app.task_transfers.view import Answers, Scratch, Transfer
from app.views.recent import Recent
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import CONTROLS

_KEPT: Recent["Matrix"] = Recent(most=4)
_WAYS: tuple[Literal["frozen", "finetune"], ...] = ("frozen", "finetune")
KeyT = TypeVar("KeyT")


@dataclass(frozen=True)
class Matrix:
    """own: measure of each task's network. options: by target, where all single sources are measured."""

    own: Mapping[str, Spread]
    transfers: tuple[Transfer, ...]
    scratch: tuple[Scratch, ...]
    order_of_sources: tuple[str, ...]
    order_of_targets: tuple[str, ...]
    answers: Answers | None
    options: Mapping[str, Sequence[Option]]
    warnings: tuple[str, ...]


def matrix_of(datasets_dir: Path, config: TaskTransferConfig, done: Collection[str]) -> Matrix:
    """done: names of the pieces that are. What was made of the same files is used again."""
    cells = Cells(datasets_dir, config, done)
    key = (str(datasets_dir), config.model_dump_json(), frozenset(done), cells.stamps())
    kept = _KEPT.get(key)
    if kept is None:
        kept = _matrix(config, cells)
        if cells.is_read:
            _KEPT.put(key, kept)
    return kept


def _matrix(config: TaskTransferConfig, cells: Cells) -> Matrix:
    found = {
        (target, way, images): cell
        for target in config.targets
        for way in _WAYS
        for images in config.sizes
        if (cell := cells.cell(target, way, images)) is not None
    }
    whole = {target: cell for (target, _, _), cell in found.items() if cell.served is not None}
    served = [cell.served for cell in whole.values() if cell.served is not None]
    is_whole = len(served) == len(config.targets)
    rows, columns = _orders(config, whole)
    return Matrix(
        own={name: cells.alone(name, "full", 0) for name in config.tasks},
        transfers=tuple(one for cell in found.values() for one in cell.transfers),
        scratch=tuple(_scratch(config, cells)),
        order_of_sources=(*rows, *CONTROLS),
        order_of_targets=columns,
        answers=answers_of(served, config.sources, len(config.seeds)) if is_whole else None,
        options={target: cell.options for target, cell in whole.items() if cell.options},
        warnings=tuple(cells.warnings),
    )


def _scratch(config: TaskTransferConfig, cells: Cells) -> Sequence[Scratch]:
    every = [(target, images) for target in config.targets for images in config.sizes]
    found = [Scratch(target=one, images=few, measure=cells.alone(one, "scratch", few)) for one, few in every]
    return [one for one in found if one.measure.mean is not None]


def _orders(config: TaskTransferConfig, whole: Mapping[str, Cell]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of sources and targets, by their shares of wins from the most images."""
    wins = np.full((len(config.sources), len(config.targets)), math.nan)
    rows, columns = _places(config.sources), _places(config.targets)
    for target, cell in whole.items():
        for one in cell.transfers:
            if len(one.sources) == 1 and one.sources[0] in rows and one.wins.mean is not None:
                wins[rows[one.sources[0]], columns[target]] = one.wins.mean
    return order_of(wins, config.sources), order_of(wins.T, config.targets)


def _places(names: Sequence[KeyT]) -> dict[KeyT, int]:
    return {name: at for at, name in enumerate(names)}
