"""The training loop: one run as a generator of events. What it uses is made in `assembly`."""

import time
from collections.abc import Callable, Iterator

from trainer.assembly import assemble
from trainer.checkpoint import Checkpoints
from trainer.config import RunConfig
from trainer.data.sources import DatasetArrays
from trainer.evaluation import evaluate_splits
from trainer.events import Event, Finished, Stopped
from trainer.predictions import keep_predictions
from trainer.records import epoch_record, started
from trainer.run_dir import RunDir
from trainer.tally import Tally


def train(
    config: RunConfig,
    arrays: DatasetArrays,
    run_dir: RunDir,
    stop: Callable[[], bool],
    attempt: int = 1,
    known_epochs: int | None = None,
) -> Iterator[Event]:
    """Train `config` on `arrays`, from the last checkpoint in `run_dir` on, to the end or to a stop.

    `stop` is asked after every step. known_epochs: no later checkpoint is used. An epoch is told
    before its predictions and its checkpoint are written: a crash in between costs that epoch a second time,
    never its record. Raises DivergedError, DataError, ConfigError (device) and CheckpointError.
    """
    run = assemble(config, arrays)
    checkpoints = Checkpoints(run_dir)
    progress = checkpoints.restore(run, known_epochs)
    yield started(run, attempt, resumed_after_epoch=progress.epoch)
    for epoch in range(progress.epoch + 1, config.optim.epochs + 1):
        begun = time.perf_counter()
        criterion = run.criterion.for_epoch(epoch)
        tally = Tally(epoch, run.training.steps, run.device)
        for images, labels in run.epoch(epoch):
            with run.precision():
                logits = run.network(images)
            loss = criterion(logits, labels)
            run.optimizer.zero_grad()
            loss.backward()
            run.optimizer.step()
            tally.add(loss, logits, labels)
            if tally.due():
                yield tally.progress()
            if stop():
                yield Stopped(epoch=epoch - 1)
                return
        training = tally.figures()
        evaluations = evaluate_splits(
            run.network.folded(), run.validation, run.test, len(run.info.class_names)
        )
        record = epoch_record(run, epoch, training, evaluations, time.perf_counter() - begun)
        yield record
        progress = progress.after(record)
        keep_predictions(run, run_dir, progress, evaluations)
        yield from checkpoints.save(run, progress)
    yield Finished(epochs=progress.epoch, seconds=progress.seconds, best=progress.best)
