"""Keeps what a run's network answers on test and validation, after its last and after its best epoch.

A file is whole or absent and carries its epoch. It is written after the epoch was told and before the
checkpoint that ends it: a run killed in between trains that epoch again and writes it again, and no epoch
that a run goes on from lacks its predictions. Until then a file may hold an earlier epoch than was told
last; readers compare.
"""

from trainer.assembly import Assembly
from trainer.evaluation import Evaluation, Evaluations
from trainer.models.network import Network
from trainer.prediction_file import LastLayer, encode
from trainer.progress import Progress
from trainer.run_dir import EpochName, RunDir, SplitName, write_atomic


def keep_predictions(run: Assembly, run_dir: RunDir, progress: Progress, found: Evaluations) -> None:
    """Write those of the epoch that `progress` has just reached: as the last, as the best where it is."""
    best = progress.best is not None and progress.best.epoch == progress.epoch
    moments: tuple[EpochName, ...] = ("best", "last") if best else ("last",)
    splits: dict[SplitName, Evaluation | None] = {"test": found.test, "validation": found.validation}
    layer = _last_layer(run.network)
    run_dir.predictions.mkdir(parents=True, exist_ok=True)
    for split, evaluation in splits.items():
        if evaluation is None:
            continue
        content = encode(evaluation.answers, layer, progress.epoch, run.split.fingerprint, run.info.source)
        for moment in moments:
            write_atomic(run_dir.predictions_file(split, moment), content)


def _last_layer(network: Network) -> LastLayer:
    linear = network.head
    norms = linear.weight.detach().float().norm(dim=1)
    return LastLayer(linear.bias.detach().float().cpu().numpy(), norms.cpu().numpy())
