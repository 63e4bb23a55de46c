"""Random kills over many short runs, whose figures are then those of calm runs, to the last bit.

    python -m tests.benchmarks.chaos --board sqlite|postgresql|ray [--runs 200] [--kills 100] [--seed 0]

A real board trains each setting once in peace. Then it trains each of them several times while its children,
its worker, its web process, its database server, a node of its cluster are killed, spread over the runs. All
must complete by themselves, with every epoch once. Prints what was done and what came of it, and exits with 1
where a run differs or a process is left; the board's folder is kept then.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.store.runs import get_run
from tests.chaos.boards import BOARDS, Board
from tests.chaos.outcome import check
from tests.chaos.passes import harm, kinds_of, launched, wait
from tests.chaos.recipes import drawn

REPEATED = 4
"""Runs of each setting, beside the calm one."""


@dataclass
class Report:
    """What was done and what came of it."""

    runs: int
    settings: int
    harms: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    epochs: int = 0
    calm_seconds: float = 0.0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def print(self) -> None:
        """A table, then what is wrong."""
        rows = {
            "runs": self.runs, "settings": self.settings, "epochs": self.epochs,
            **{f"kills: {kind}": times for kind, times in sorted(self.harms.items())},
            "kills": self.harms.total(), "attempts": self.attempts, "calm, s": round(self.calm_seconds),
            "chaos, s": round(self.seconds), "wrong": len(self.wrong),
        }  # fmt: skip
        for what, number in rows.items():
            print(f"{what:16}{number:8}")
        for line in self.wrong:
            print(f"WRONG {line}")


def chaos(board: Board, runs: int, kills: int, chance: random.Random) -> Report:
    """The calm pass, the other one, and what must hold then."""
    configs = drawn(-(-runs // REPEATED), chance)
    repeated = [configs[at % len(configs)] for at in range(runs)]
    report, begun = Report(runs, len(configs)), time.monotonic()
    calm = launched(board, configs)
    wait(board, calm, lambda ended: False)
    report.calm_seconds = time.monotonic() - begun
    begun, ids = time.monotonic(), launched(board, repeated)
    kinds = kinds_of(board, kills, chance)
    try:
        report.harms = harm(board, ids, kinds, chance)
        wait(board, ids, lambda ended: False)
    except TimeoutError as error:
        report.wrong.append(str(error))
    report.seconds = time.monotonic() - begun
    _judge(board, calm, calm, report)
    _judge(board, ids, [calm[at % len(configs)] for at in range(runs)], report)
    if report.harms.total() < kills:
        report.wrong.append(f"All had ended before the last of {kills} kills.")
    if left := board.family.end():
        report.wrong.append(f"Processes are left: {left}")
    return report


def _judge(board: Board, ids: Sequence[int], calm: Sequence[int], report: Report) -> None:
    for run_id, calm_id in zip(ids, calm, strict=True):
        try:
            check(board, run_id, calm_id)
        except AssertionError as error:
            report.wrong.append(f"run {run_id}, against {calm_id}: {error}")
        if run_id != calm_id:
            with board.db.read() as s:
                run = get_run(s, run_id)
                report.attempts, report.epochs = report.attempts + run.attempt, report.epochs + run.epoch


def main() -> int:
    """Carry it out, print, and say by the exit code whether nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", choices=BOARDS, required=True)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="betaboard-chaos-"))
    with BOARDS[asked.board](folder) as board:
        report = chaos(board, asked.runs, asked.kills, random.Random(asked.seed))
    print(f"{asked.board}, seed {asked.seed}")
    report.print()
    if report.wrong:
        print(f"The board is kept in {folder}.")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
