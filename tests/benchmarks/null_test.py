"""How often a comparison claims something false of settings that are equal, and finds what is really there.

    python -m tests.benchmarks.null_test [--boards 2000] [--rows 3 7 19] [--seeds 1 2 3 5] [--processes 2]

Prints a line a cell: boards with any false claim, out of how many; the bound is 123 of 2,000 (5 % and what
chance adds, one-sided at 1 %). Then boards on which one setting is better (power), and boards on which all
differ from the baseline by the margin ("same" must be said of at most 5 %).
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from app.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from tests.null_boards import _LEVEL, CLASS_SD, COMMON_SD, IMAGE_SD, RECALL, Board, false_claims

Cell = tuple[int, int, int, int]
"""Rows, seeds, boards, seed of the draw."""


def null_cell(cell: Cell) -> tuple[Cell, int, Counter[str]]:
    """Boards of equal settings with a false claim, and which kinds of claim those were."""
    rows, n, boards, seed = cell
    random = np.random.default_rng([seed, rows, n])
    bad, kinds = 0, Counter[str]()
    with TemporaryDirectory() as folder:
        board = made(Path(folder), rows, n)
        for at in range(boards):
            board.draw(random, validated=at % 2 == 1)
            claims = false_claims(board.compared())
            bad += bool(claims)
            kinds.update({claim.split(":")[0].split(",")[0] if claim.startswith(("verdict", "observation"))
                          else claim.rpartition(":")[2].strip() for claim in claims})  # fmt: skip
        board.database.close()
    return cell, bad, kinds


def true_cell(cell: Cell, points: float) -> tuple[Cell, Counter[str]]:
    """Boards on which the second row is better by `points` of accuracy: verdicts on it and on the baseline."""
    rows, n, boards, seed = cell
    random, found = np.random.default_rng([seed, rows, n, 1]), Counter[str]()
    shift = [0.0, latent(points), *[0.0] * (rows - 2)]
    with TemporaryDirectory() as folder:
        board = made(Path(folder), rows, n)
        for at in range(boards):
            board.draw(random, at % 2 == 1, shift)
            view = board.compared(margin=points / 100)
            delta = view.rows[1].delta
            found[delta.verdict if delta else "none"] += 1
            found["page says yes"] += view.verdicts[1].answer == "yes"
        board.database.close()
    return cell, found


def latent(points: float) -> float:
    """What must be added to every class's level to add so many points of accuracy."""
    scale = np.sqrt(1 + IMAGE_SD**2 + COMMON_SD**2 + CLASS_SD**2)

    def gain(added: float) -> float:
        return float(norm.cdf((_LEVEL + added) / scale).mean() - RECALL.mean()) - points / 100

    return float(brentq(gain, -3, 5))


def made(folder: Path, rows: int, n: int) -> Board:
    """An empty board in a database of its own."""
    settings = Settings(data_dir=folder)
    prepare(settings)
    board = Board(Database(settings.url), rows, n)
    board.fill()
    return board


def main() -> int:
    """Every cell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--boards", type=int, default=2000)
    parser.add_argument("--rows", type=int, nargs="+", default=[3, 7, 19])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 5])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--chunks", type=int, default=4)
    asked = parser.parse_args()
    most = int(binom.ppf(0.99, asked.boards, 0.05))
    cells = [(rows, n, asked.boards // asked.chunks, chunk)
             for rows in asked.rows for n in asked.seeds for chunk in range(asked.chunks)]  # fmt: skip
    bad, kinds = Counter[tuple[int, int]](), Counter[str]()
    with ProcessPoolExecutor(asked.processes) as pool:
        for (rows, n, *_), number, found in pool.map(null_cell, cells):
            bad[rows, n] += number
            kinds += found
        for (rows, n), number in bad.items():
            print(f"equal settings: {rows:2} rows, n {n}: {number} of {asked.boards} boards with a false claim "
                  f"(at most {most}){'' if number <= most else ' MISSED'}", flush=True)  # fmt: skip
        print("kinds:", dict(kinds))
        for points in (2.0, 6.0, 12.0):
            few = [(3, n, asked.boards // 10, 9) for n in asked.seeds]
            for (rows, n, boards, _), found in pool.map(true_cell, few, [points] * len(few)):
                print(f"{points:g} points better, margin as large: {rows} rows, n {n}: of {boards} boards {dict(found)}",
                      flush=True)  # fmt: skip
    return int(any(number > most for number in bad.values()))


if __name__ == "__main__":
    sys.exit(main())
