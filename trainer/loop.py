"""The training loop: one run as a generator of events. What it uses is made in `assembly`."""

import time
from collections.abc import Callable, Iterator

from trainer.assembly import Assembly, assemble
from trainer.checkpoint import Checkpoints
from trainer.checkpoint_policy import CheckpointPolicy
from trainer.config import RunConfig
from trainer.data.sources import DatasetArrays
from trainer.evaluation import Evaluation, Evaluations, evaluate_splits
from trainer.events import Checkpoint, Event, Finished, Log, Stopped
from trainer.first_stage import first_stage
from trainer.models.network import Network
from trainer.origin import origin_of
from trainer.prediction_file import LastLayer, encode
from trainer.progress import Progress
from trainer.records import epoch_record, started
from trainer.run_dir import EpochName, RunDir, SplitName, write_atomic
from trainer.second_stages.heads import last_layer
from trainer.tally import Tally

_USUAL = CheckpointPolicy()


def train(
    config: RunConfig,
    arrays: DatasetArrays,
    run_dir: RunDir,
    stop: Callable[[], bool],
    attempt: int = 1,
    known_epochs: int | None = None,
    policy: CheckpointPolicy = _USUAL,
) -> Iterator[Event]:
    """Train `config` on `arrays`, from the last checkpoint in `run_dir` on, to the end or to a stop.

    `stop` is asked after every step. known_epochs: no later checkpoint is used. An epoch is told before its
    checkpoint is written, and never lost. Raises DivergedError, DataError, ConfigError and CheckpointError.
    """
    checkpoints = Checkpoints(run_dir, policy)
    saved = checkpoints.saved(known_epochs)
    run = assemble(config, arrays, None if saved else first_stage(config, run_dir))
    origin = None if saved else origin_of(config, run_dir)
    progress = checkpoints.restore(run, saved)
    yield started(run, attempt, progress.epoch, checkpoints.steps)
    yield from _goes_back(checkpoints.passed_by, known_epochs, progress.epoch)
    if origin:
        progress = yield from origin.take_over(run, run_dir, checkpoints)
    for epoch in range(progress.epoch + 1, run.stage.optim.epochs + 1):
        criterion, batches = run.criterion.for_epoch(epoch), run.epoch(epoch)
        tally = Tally(epoch, run.training.steps, run.device)
        checkpoints.go_on(batches, tally)
        for images, labels, mixed in tally.waits(batches):
            with run.precision():
                logits = run.network(images)
            loss = criterion(logits, labels) if mixed is None else criterion(logits, labels, mixed)
            tally.lap("forward")
            run.step(loss)
            tally.lap("backward")
            tally.add(loss, logits, labels if mixed is None else mixed.heavier(labels))
            if tally.due():
                yield tally.progress()
            if (stopping := stop()) or checkpoints.due:
                yield from checkpoints.save_within(run, progress, batches, tally)
            if stopping:
                yield Stopped(epoch=epoch - 1, steps=checkpoints.steps)
                return
        training = tally.figures()
        network, classes = run.network.folded(), len(run.info.class_names)
        evaluations = evaluate_splits(network, run.validation, run.test, classes)
        record = epoch_record(run, epoch, training, evaluations, tally.seconds)
        yield record
        progress = progress.after(record)
        yield from keep(run, run_dir, checkpoints, progress, evaluations)
    yield Finished(epochs=progress.epoch, seconds=progress.seconds, best=progress.best)


def _goes_back(last: int | None, known: int | None, after: int) -> Iterator[Log]:
    """Says that the last checkpoint is of no use, where it is, and where training goes on."""
    if last is None:
        return
    where = (
        f"goes on after epoch {after}, of which there is a checkpoint"
        if after
        else "begins with epoch 1 again"
    )
    message = f"The last checkpoint is of epoch {last}, and epochs up to {known} are known: training {where}."
    yield Log(level="warning", message=message)


def keep(
    run: Assembly, run_dir: RunDir, checkpoints: Checkpoints, progress: Progress, found: Evaluations
) -> Iterator[Checkpoint]:
    """Write the predictions, then the checkpoints, each of which is told with the seconds that it took."""
    begun = time.perf_counter()
    keep_predictions(run, run_dir, progress, found)
    for written in checkpoints.save(run, progress):
        yield written.model_copy(update={"seconds": time.perf_counter() - begun})
        begun = time.perf_counter()


def keep_predictions(run: Assembly, run_dir: RunDir, progress: Progress, found: Evaluations) -> None:
    """Write those of the epoch that `progress` has just reached: as the last, as the best where it is.

    A file is whole or absent and carries its epoch. It is written after the epoch was told and before the
    checkpoint that ends it: a run killed in between trains that epoch again and writes it again, and no epoch
    that a run goes on from lacks its predictions. Until then a file may hold an earlier epoch than was told
    last; readers compare.
    """
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
    weights, bias = last_layer(network.head)
    return LastLayer(bias.cpu().numpy(), weights.norm(dim=1).cpu().numpy())
