"""How often a comparison claims something false of settings that are equal, and finds what is really there.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.null_test [--boards 2000] [--rows 3 7 19] [--seeds 1 2 3 5]

Prints a line a cell: boards with any false claim, out of how many; the bound is 123 of 2,000 (5 % and what
chance adds, one-sided at 1 %). From seven rows on the 2 x 2 of weights and rate is among the settings, every
other board has a validation set; cells of 3 x 3 are settings tuned over three rates. Then boards on which one
setting is better (power), and boards on which all differ from the baseline by the margin, of which at most
5 % may call one the same.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binom

from app.comparing.parts import How
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from tests.null_boards import Board, false_claims, latent

USUAL = How(margin=0.02)
RATES = (0.02, 0.05, 0.1)


class Cell(NamedTuple):
    """A kind of board, how many of it are drawn, and the seed of the draw."""

    rows: int
    n: int
    boards: int
    seed: int = 0
    tuned: bool = False

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.rows}{' x 3 rates' if self.tuned else ''} rows, n {self.n}"


def null_cell(cell: Cell, how: How = USUAL) -> tuple[int, Counter[str]]:
    """(boards of equal settings with a false claim, on how many boards which kind of claim was made)."""

    def count(board: Board) -> Counter[str]:
        claims = false_claims(board.compared(how))
        return Counter({"any": bool(claims)} | dict.fromkeys({one.partition(":")[0] for one in claims}, 1))

    found = _counted(cell, count)
    return found.pop("any"), found


def better_cell(cell: Cell, points: float, margin: float = 0.02) -> Counter[str]:
    """Boards on which the second row is better by `points` of accuracy: the verdict on it, and the page's."""

    def count(board: Board) -> Counter[str]:
        view = board.compared(How(margin=margin))
        delta = view.rows[1].delta
        page = next(one.answer for one in view.verdicts if one.question == "baseline")
        return Counter([delta.verdict if delta else "none", f"page {page}"])

    return _counted(cell, count, (0.0, latent(points)))


def same_cell(cell: Cell, margin: float) -> int:
    """Boards on which all rows differ from the baseline by the margin, and one is called the same."""

    def count(board: Board) -> Counter[str]:
        rows = board.compared(How(margin=margin)).rows
        return Counter({"same": any(row.delta is not None and row.delta.verdict == "same" for row in rows)})

    return _counted(cell, count, (0.0, *[latent(100 * margin)] * (cell.rows - 1)))["same"]


def _counted(cell: Cell, count: Callable[[Board], Counter[str]], shift: Iterable[float] = ()) -> Counter[str]:
    """Sums over the boards of a cell; settings are tuned on validation, so tuned boards always have it."""
    random, found = np.random.default_rng([*cell]), Counter[str]()
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        prepare(settings)
        board = Board(Database(settings.url), cell.rows, cell.n, RATES if cell.tuned else ())
        board.fill()
        for at in range(cell.boards):
            board.draw(random, cell.tuned or at % 2 == 1, tuple(shift))
            found.update(count(board))
        board.database.close()
    return found


def main() -> int:
    """Every cell, in parts: what is known so far stands there after each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--boards", type=int, default=2000)
    parser.add_argument("--rows", type=int, nargs="+", default=[3, 7, 19])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 5])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--parts", type=int, default=8)
    asked = parser.parse_args()
    kinds = [(rows, n, False) for n in sorted(asked.seeds, reverse=True) for rows in sorted(asked.rows)[::-1]]
    kinds[6:6] = [(3, n, True) for n in asked.seeds if n > 1]
    each = asked.boards // asked.parts
    with ProcessPoolExecutor(asked.processes) as pool:
        missed = _equal(pool.map, [[Cell(rows, n, each, part, tuned) for rows, n, tuned in kinds]
                                   for part in range(asked.parts)])  # fmt: skip
        missed += _differing(pool.map, asked.boards // 10)
    return int(missed > 0)


def _equal(run: Callable[..., Iterable[tuple[int, Counter[str]]]], parts: Sequence[Sequence[Cell]]) -> int:
    """Lines of the boards of equal settings; how many cells miss the bound."""
    bad, kinds, missed = Counter[str](), Counter[str](), 0
    for part, cells in enumerate(parts):
        missed, boards = 0, (part + 1) * cells[0].boards
        most = int(binom.ppf(0.99, boards, 0.05))
        for cell, (number, found) in zip(cells, run(null_cell, cells), strict=True):
            bad[cell.name] += number
            kinds += found
            missed += bad[cell.name] > most
            told = f"{' MISSED' if bad[cell.name] > most else ''} {dict(found)}"
            print(f"equal settings, {cell.name}: {bad[cell.name]} of {boards} boards with a false claim "
                  f"(at most {most}){told}", flush=True)  # fmt: skip
        print(f"kinds of claims so far: {dict(kinds)}", flush=True)
    return missed


def _differing(run: Callable[..., Iterable[Any]], boards: int) -> int:
    """Lines of the boards with true differences; how many cells call too many different settings the same."""
    layouts = ((3, False), (7, False), (3, True))
    cells = [Cell(rows, n, boards, 1, tuned) for n in (2, 3, 5) for rows, tuned in layouts]
    for points in (5.0, 10.0, 20.0):
        for cell, found in zip(cells, run(partial(better_cell, points=points), cells), strict=True):
            print(f"{points:g} points better, {cell.name}: of {boards} boards {dict(found)}", flush=True)
    missed, most = 0, int(binom.ppf(0.99, boards, 0.05))
    for margin in (0.02, 0.05):
        for cell, number in zip(cells, run(partial(same_cell, margin=margin), cells), strict=True):
            missed += number > most
            print(f"different by the margin of {100 * margin:g} points, {cell.name}: {number} of {boards} "
                  f"boards call one the same (at most {most})", flush=True)  # fmt: skip
    return missed


if __name__ == "__main__":
    sys.exit(main())
