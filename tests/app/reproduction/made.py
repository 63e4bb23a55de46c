"""Runs of plans that nobody trained: figures are given, or functions of a run's hash."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.reproduction.plan import Plan, plan_named, plan_of
from app.reproduction.results import Measured, MeasuredClass, Results, write_results
from app.reproduction.wanted import Trial, Wanted, wanted
from trainer.config import RunConfig

IMAGES = 1000
"""Test images of a class."""
TINY: dict[str, Any] = {
    "name": "tiny",
    "title": "A tiny plan",
    "about": "Two settings.",
    "source": "nobody",
    "base": {"data": {"dataset": "shapes10"}, "optim": {"epochs": 2, "milestones": []}},
    "settings": [
        {"id": "ce", "label": "Cross-entropy", "seeds": 3},
        {"id": "cb", "label": "Class-balanced", "seeds": 3, "set": {"loss.weighting": "class_balanced"}},
    ],
    "claims": [
        {
            "id": "better",
            "says": "Class-balanced does better.",
            "parts": [{"of": "cb", "minus": "ce", "above": 0}],
        }
    ],
}
"""As TOML has it."""


def tiny(**more: Any) -> Plan:
    """The tiny plan with other words."""
    return plan_of({**TINY, **more}, "tiny.toml")


def measured(accuracy: float, seed: int = 0, config_hash: str = "", **more: Any) -> Measured:
    """A run of ten classes that finds the same share of each; `more` are fields put over it."""
    found = dict.fromkeys(("accuracy", "balanced_accuracy", "head", "medium", "tail"), accuracy)
    classes = tuple(
        MeasuredClass(
            name=f"class {at}", train_count=100 - 10 * at, support=IMAGES, correct=round(IMAGES * accuracy)
        )
        for at in range(10)
    )
    fields: dict[str, Any] = {
        "config_hash": config_hash,
        "seed": seed,
        "epochs": 2,
        "seconds": 10.0,
        "finished_at": f"2026-01-01T00:00:{seed % 60:02}Z",
        "metrics": found,
        "validation": accuracy,
        "classes": classes,
        "provenance": {"torch": "2.0", "cpu": "one"},
    }
    return Measured.model_validate(fields | more)


def rows(figures: Mapping[str, Sequence[float]]) -> dict[str, list[Measured]]:
    """Runs of each setting with these accuracies."""
    return {name: [measured(one, seed) for seed, one in enumerate(few)] for name, few in figures.items()}


def one_half(config: RunConfig) -> float:
    """E[w] of a configuration for which nobody asks a server."""
    return 0.5


def trial_of(plan: Plan, weight: Callable[[RunConfig], float] = one_half, **more: Any) -> Trial:
    """The plan as it would be carried out."""
    return Trial(plan, weight, **more)


def finished(trial: Trial, accuracy: Callable[[Wanted], float]) -> Results:
    """All that the plan wants, each run with the accuracy that is given for it."""
    dataset, scale = trial.dataset, trial.scale
    results = Results(plan=trial.plan.name, dataset=dataset, scale=scale)
    while new := [one for one in wanted(trial, results.by_hash) if one.hash not in results.by_hash]:
        results = results.with_runs(measured(accuracy(one), one.config.seed, one.hash) for one in new)
    return results.model_copy(update={"mean_weights": dict(trial.mean_weights)})


def put_write_up(folder: Path, share: float = 1.0) -> int:
    """A worked example in the folder: the write-up's plan, or the first share of its runs; returns how many.

    Class-balanced weights are worth 20 points at any beta, and seeds move an accuracy by up to 2.
    """

    def accuracy(one: Wanted) -> float:
        return 0.4 + 0.2 * (one.config.loss.weighting != "none") + 0.01 * (one.config.seed % 3)

    results = finished(trial_of(plan_named("write-up")), accuracy)
    kept = results.runs[: round(share * len(results.runs))]
    write_results(folder / "write-up.json", results.model_copy(update={"runs": kept}))
    return len(kept)
