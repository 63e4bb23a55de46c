"""What the runs of a reproduction came to, small enough to keep: a file to go on from."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from app.errors import InvalidError
from app.views.base import View
from trainer.errors import FieldProblem
from trainer.metrics.fields import Figure
from trainer.run_dir import write_atomic


class MeasuredClass(View):
    """A class: images trained on, test images, and how many of these were right."""

    name: str
    train_count: int
    support: int
    correct: int


class Measured(View):
    """A finished run after its last epoch. `validation` is the balanced accuracy on images cut for it.

    Of a run on trial that diverged there are no metrics, no classes and no `validation`.
    """

    config_hash: str
    seed: int
    epochs: int
    seconds: float
    finished_at: str
    metrics: dict[str, Figure]
    """By name of the table of metrics, on test."""
    validation: Figure
    classes: tuple[MeasuredClass, ...]
    provenance: dict[str, Any]


class Results(View):
    """Runs of a plan, each once."""

    plan: str
    dataset: str
    """On which they were trained; "" for the plan's own."""
    scale: float
    mean_weights: dict[str, float] = Field(default_factory=dict)
    """E[w] of configurations that others are slowed down like, by hash."""
    runs: tuple[Measured, ...] = ()

    @property
    def by_hash(self) -> dict[str, Measured]:
        """The runs by the hash of their configuration."""
        return {run.config_hash: run for run in self.runs}

    def with_runs(self, runs: Iterable[Measured]) -> "Results":
        """These and those; what is there already stays."""
        known: Mapping[str, Measured] = {run.config_hash: run for run in (*runs, *self.runs)}
        kept = tuple(sorted(known.values(), key=lambda run: (run.finished_at, run.config_hash)))
        return self.model_copy(update={"runs": kept})


def read_results(path: Path) -> Results:
    """The file's results. Raises InvalidError naming the file and what is wrong with it."""
    return parse_results(path.read_bytes(), str(path))


def parse_results(text: bytes, where: str) -> Results:
    """The results in the text of a file. Raises InvalidError naming `where` and what is wrong with it."""
    try:
        return Results.model_validate_json(text)
    except ValidationError as error:
        problems = [FieldProblem(".".join(map(str, it["loc"])) or "file", it["msg"]) for it in error.errors()]
        raise InvalidError(f"{where} holds no results of a reproduction.", fields=problems[:5]) from error


def write_results(path: Path, results: Results) -> None:
    """Whole or not at all, a run a line."""
    head = results.model_dump(mode="json", exclude={"runs"})
    lines = ",\n".join(run.model_dump_json() for run in results.runs)
    text = json.dumps(head)[:-1] + f', "runs": [\n{lines}\n]}}\n'
    write_atomic(path, text.encode())
