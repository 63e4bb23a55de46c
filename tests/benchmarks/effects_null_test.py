"""How often the page of fields claims an effect of settings that are equal, and finds one that is there.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.effects_null_test [--boards 1000]

Prints a line a cell: boards with any false claim, out of how many, and the bound (5 % and what chance adds,
one-sided at 1 %). Designs: a factorial of 2 x 2 x 2 and of 4 x 3; one with a third of its cells missing;
betas and gammas nested in the weighted loss. Then boards on which one of three fields is worth some points
(power), and how often another field of theirs is claimed to matter, or a pair to interact.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binom

from app.comparing.parts import How
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from tests.null_boards import Board, false_effects, latent
from trainer.config_fields import nest

LOSSES, RATES, AUGMENT = ("cross_entropy", "focal"), (0.1, 0.02), (True, False)
USUAL = How()


def _grid(**axes: Sequence[Any]) -> list[dict[str, Any]]:
    paths = [name.replace("__", ".") for name in axes]
    return [nest(dict(zip(paths, levels, strict=True))) for levels in product(*axes.values())]


CUBE = _grid(loss__name=LOSSES, optim__learning_rate=RATES, data__augment=AUGMENT)
WIDE = _grid(optim__learning_rate=(0.1, 0.05, 0.02, 0.01), optim__weight_decay=(0.0, 1e-4, 5e-4))
NESTED = [
    {"loss": {"name": "focal", "gamma": 1.0}},
    {"loss": {"name": "focal", "gamma": 2.0}},
    *_grid(
        loss__name=["focal"],
        loss__weighting=["class_balanced"],
        loss__reduction=["mean_one"],
        loss__beta=(0.9, 0.99, 0.999),
        loss__gamma=(1.0, 2.0),
    ),
]
DESIGNS = {
    "2 x 2 x 2": CUBE,
    "4 x 3": WIDE,
    "4 x 3, a third missing": WIDE[::3] + WIDE[1::3],
    "nested": NESTED,
}


class Cell(NamedTuple):
    """A design, its seeds, how many boards of it are drawn, and the seed of the draw."""

    design: str
    n: int
    boards: int
    seed: int = 0


def null_cell(cell: Cell, how: How = USUAL) -> tuple[int, Counter[str]]:
    """(boards of equal settings with a false claim, on how many boards which kind of claim was made)."""

    def count(board: Board) -> Counter[str]:
        claims = false_effects(board.effects(how))
        return Counter({"any": bool(claims)} | dict.fromkeys({one.partition(":")[0] for one in claims}, 1))

    found = _counted(cell, count)
    return found.pop("any"), found


def effect_cell(cell: Cell, points: float) -> Counter[str]:
    """Of the cube with focal better by `points`: boards that find it, that claim another field, or a pair."""

    def count(board: Board) -> Counter[str]:
        view = board.effects(USUAL)
        matter = {one.key for one in view.fields if one.answer == "matters"}
        crossed = any(one.answer == "interact" for one in view.interactions)
        return Counter(
            {"found": "loss.name" in matter, "other": bool(matter - {"loss.name"}), "pair": crossed}
        )

    shift = [latent(points) * (config["loss"]["name"] == "focal") for config in CUBE]
    return _counted(cell, count, shift)


def _counted(cell: Cell, count: Callable[[Board], Counter[str]], shift: Iterable[float] = ()) -> Counter[str]:
    configs = DESIGNS[cell.design]
    random, found = np.random.default_rng([len(configs), *cell[1:]]), Counter[str]()
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        prepare(settings)
        board = Board(Database(settings.url), len(configs), cell.n, configs=configs)
        board.fill()
        for _ in range(cell.boards):
            board.draw(random, False, tuple(shift))
            found.update(count(board))
        board.database.close()
    return found


def main() -> int:
    """Every cell, one after another."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--boards", type=int, default=1000)
    boards, missed = parser.parse_args().boards, 0
    most = int(binom.ppf(0.99, boards, 0.05))
    for design, n in product(DESIGNS, (2, 3, 5)):
        number, kinds = null_cell(Cell(design, n, boards))
        missed += number > most
        print(f"equal settings, {design}, n {n}: {number} of {boards} boards with a false claim "
              f"(at most {most}) {dict(kinds)}", flush=True)  # fmt: skip
    for points, n in product((2.0, 5.0, 10.0), (2, 3, 5)):
        found = effect_cell(Cell("2 x 2 x 2", n, boards // 5, 1), points)
        print(
            f"{points:g} points of one field of three, n {n}: of {boards // 5} boards {dict(found)}",
            flush=True,
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
