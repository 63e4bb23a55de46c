"""Two finished sweeps with kept predictions: four settings of five seeds with validation, and a 2 x 2.

Images are hard or easy for every run alike, seeds move whole classes, and a loss with a larger beta lifts the
tail, so that intervals, ties and claims of every kind stand on the page.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.runs.sweep_actions import launch_sweep
from app.schemas import SweepBody
from app.store.sweeps import cells_of
from tests.app.predictions import write_predictions
from tests.conftest import Seed
from tests.e2e.seeded_sweep import put
from trainer.config import parse_config
from trainer.control import control_of
from trainer.metrics.outcome import confusion_matrix
from trainer.prediction_file import Answers
from trainer.run_dir import SplitName
from trainer.weighting import mean_weight

CLASSES = ("disc", "square", "cross", "triangle", "star", "bars", "crescent", "tee", "frame", "ring")
SEEDS = (0, 1, 2, 3, 4)
_COUNTS = tuple(int(1000 * 100 ** (-rank / 9)) for rank in range(10))
_EPOCHS, _TEST, _HELD_OUT = 3, 200, 40
_CB: dict[str, Any] = {"name": "focal", "weighting": "class_balanced", "beta": 0.997}


def seed_finished(seed: Seed) -> dict[str, int]:
    """Ids of the sweeps: "beta" (cross-entropy and three betas) and "square" (the control of one beta)."""
    betas = SweepBody(
        name="Which beta?",
        base={"loss": _CB, "data": {"validation_fraction": 0.1}, "optim": {"epochs": _EPOCHS}},
        axes={"loss.beta": [0.9, 0.99, 0.999], "seed": list(SEEDS)},
        baselines=[{"loss.name": "cross_entropy", "loss.weighting": "none"}],
        margin=1.0,
    )
    return {"beta": _sweep(seed, betas), "square": _sweep(seed, _square())}


def _square() -> SweepBody:
    """(Unweighted, weighted) x (full, E[w]); cross-entropy on both sides."""
    base = {"loss": _CB | {"name": "cross_entropy", "reduction": "batch_mean"}, "optim": {"epochs": _EPOCHS}}
    weighted = parse_config(base)
    scale = mean_weight(_COUNTS, weighted.loss)
    small = control_of(weighted, scale)["unweighted", "scaled"].optim
    plain = {"loss.weighting": "none"}
    smaller = plain | {
        "optim.learning_rate": small.learning_rate,
        "optim.weight_decay": small.weight_decay,
    }
    return SweepBody(
        name="The loss, or the rate?",
        base=base,
        axes={"seed": list(SEEDS)},
        baselines=[plain, smaller, {"loss.reduction": "mean_one"}],
    )


def _sweep(seed: Seed, body: SweepBody) -> int:
    sweep_id, _ = launch_sweep(seed.db, seed.settings, body)
    with seed.db.read() as session:
        cells = [(cell.cell, cell.config) for cell, _ in cells_of(session, sweep_id)]
    put(seed, sweep_id, {at: _run(seed, config) for at, config in cells})
    return sweep_id


def _run(seed: Seed, config: dict[str, Any]) -> int:
    """A finished run with predictions of its last epoch."""
    chance = np.random.default_rng([config["seed"], round(1e6 * _lift(config)), 7])
    shift = chance.normal(0, 0.14, len(CLASSES))
    answers = {split: _answers(_recall(config), shift, size, chance)
               for split, size in (("test", _TEST), ("validation", _HELD_OUT))}  # fmt: skip
    if not config["data"]["validation_fraction"]:
        del answers["validation"]
    last = _matrix(answers["test"])
    names: dict[str, Any] = {"class_names": CLASSES, "train_counts": _COUNTS}
    run_id = seed(
        config=config, epochs=_EPOCHS, confusions=[_early(last, 3), _early(last, 2), last],
        name=f"seed {config['seed']}", figures={_EPOCHS: _held_out(answers.get("validation"))}, **names,
    )  # fmt: skip
    for split, found in answers.items():
        write_predictions(seed.settings.runs_dir, run_id, found, _SPLITS[split], epoch=_EPOCHS)
    return run_id


_SPLITS: dict[str, SplitName] = {"test": "test", "validation": "validation"}


def _lift(config: dict[str, Any]) -> float:
    """How far the loss favours the tail: by beta, and by a smaller rate."""
    loss = config["loss"]
    by_weights = {0.9: 0.08, 0.99: 0.35, 0.997: 0.55, 0.999: 0.6}.get(loss["beta"] or 0.0, 0.0)
    small = loss["reduction"] == "batch_mean" or config["optim"]["learning_rate"] < 0.02
    return by_weights + (0.25 if small and not config["data"]["validation_fraction"] else 0.0)


def _recall(config: dict[str, Any]) -> NDArray[np.float64]:
    rank, lift = np.linspace(0, 1, len(CLASSES)), _lift(config)
    found: NDArray[np.float64] = 0.95 - rank * (0.9 - 0.6 * lift) - 0.08 * lift * (1 - rank)
    return found


def _answers(
    recall: NDArray[np.float64], shift: NDArray[np.float64], size: int, chance: np.random.Generator
) -> Answers:
    """`size` images a class; those that are hard for one run are hard for every run."""
    labels = np.repeat(np.arange(len(CLASSES)), size)
    hard = np.random.default_rng(size).normal(0, 1, len(labels)) + chance.normal(0, 0.7, len(labels))
    level = np.log(recall / (1 - recall)) * 0.75 + shift
    wrong = (labels + 1 + chance.integers(0, len(CLASSES) - 1, len(labels))) % len(CLASSES)
    predicted = np.where(level[labels] > hard, labels, wrong)
    logits = chance.normal(0, 0.5, (len(labels), len(CLASSES))).astype(np.float32)
    logits[np.arange(len(labels)), predicted] += 4
    return Answers(logits, predicted, labels)


def _matrix(found: Answers) -> list[list[int]]:
    matrix: list[list[int]] = confusion_matrix(found.labels, found.predicted, len(CLASSES)).tolist()
    return matrix


def _early(last: Sequence[Sequence[int]], behind: int) -> list[list[int]]:
    """The matrix of an earlier epoch: a share of the hits were misses still."""
    rows = [list(row) for row in last]
    for at, row in enumerate(rows):
        late = row[at] * behind // 5
        row[at] -= late
        row[(at + 1) % len(row)] += late
    return rows


def _held_out(found: Answers | None) -> dict[str, float]:
    if found is None:
        return {}
    right = float((found.labels == found.predicted).mean())
    return {"validation_loss": 1 - right, "validation_accuracy": right, "validation_balanced_accuracy": right}
