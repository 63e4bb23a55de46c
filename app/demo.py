"""The demo: eight runs on shapes10 that show what losses and beta do to the tail. Over the client alone.

Runs with an equal configuration that the board already holds are used again. Drawing is up to the callers
(app.cli.demo); the numbers are those of the comparison view.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.client import Client
from app.lifecycle import State
from app.views.runs import RunSummary
from trainer.config import merge

TAG = "demo"
OPTIM = {"epochs": 6, "milestones": [4, 5]}
"""Six epochs of eight runs are about two minutes on two cores."""

_USABLE = frozenset({State.COMPLETED, State.RUNNING, State.QUEUED})


@dataclass(frozen=True)
class DemoRun:
    """A run of the demo: its name, and its loss; all else is equal."""

    name: str
    loss: Mapping[str, Any]

    @property
    def config(self) -> dict[str, Any]:
        """What is launched."""
        return merge({"data": {"dataset": "shapes10"}, "optim": OPTIM}, {"loss": dict(self.loss)})


def _balanced(loss: str, beta: float) -> dict[str, Any]:
    return {"name": loss, "weighting": "class_balanced", "beta": beta}


RUNS = (
    DemoRun("Cross-entropy", {"name": "cross_entropy"}),
    DemoRun("Focal", {"name": "focal"}),
    DemoRun("CB cross-entropy 0.997", _balanced("cross_entropy", 0.997)),
    *(DemoRun(f"CB focal {beta}", _balanced("focal", beta)) for beta in (0.9, 0.99, 0.997, 0.999, 0.9999)),
)


def queue_runs(board: Client, runs: Sequence[DemoRun]) -> list[int]:
    """The number of each run: an equal one that is done or under way, else a new one."""
    return [_equal(board, run) or board.launch(run.config, run.name, [TAG]).id for run in runs]


def progress(board: Client, run_ids: Sequence[int]) -> list[RunSummary]:
    """Where each run stands, in the given order."""
    runs = {run.id: run for run in board.runs(sort="-id", limit=500)}
    return [runs.get(run_id) or board.run(run_id) for run_id in run_ids]


def _equal(board: Client, run: DemoRun) -> int | None:
    for run_id in reversed(board.validate(run.config).equal_runs):
        if board.run(run_id).state in _USABLE:
            return run_id
    return None
