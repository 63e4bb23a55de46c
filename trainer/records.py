"""The events of a run's start and of its epochs, made from what was measured."""

from collections.abc import Sequence

from trainer.assembly import Assembly
from trainer.dead_relu import unit_scalars
from trainer.evaluation import Evaluation, Evaluations
from trainer.events import Epoch, Started
from trainer.metrics.outcome import Outcome
from trainer.metrics.table import measured, names_on
from trainer.provenance import provenance
from trainer.tally import TrainingFigures
from trainer.weighting import weighting_advice


def started(run: Assembly, attempt: int, after_epoch: int, after_steps: int) -> Started:
    """The run as it was resolved, from where it goes on."""
    plan = run.split.plan
    advice = weighting_advice(plan.train_counts, run.stage.loss)
    return Started(
        config=run.config,
        attempt=attempt,
        class_names=run.info.class_names,
        train_counts=plan.train_counts,
        validation_counts=plan.validation_counts,
        test_counts=run.info.test_counts,
        weights=run.weights,
        fingerprint=run.split.fingerprint,
        source=run.info.source,
        achieved_ratio=plan.achieved_ratio,
        images_per_epoch=run.training.images_per_epoch,
        steps_per_epoch=run.training.steps,
        parameters=run.spec.parameters,
        resumed_after_epoch=after_epoch,
        resumed_after_steps=after_steps,
        data_warnings=run.info.warnings,
        warnings=(*plan.warnings, *([advice] if advice else [])),
        provenance=provenance(run.device),
    )


def epoch_record(
    run: Assembly, epoch: int, training: TrainingFigures, evaluations: Evaluations, seconds: float
) -> Epoch:
    """All figures of a finished epoch.

    `seconds` is the whole epoch; images per second are counted over its training alone.
    """
    validation, test = evaluations.validation, evaluations.test
    counts = run.split.plan.train_counts
    seen = _outcome(test, counts)
    metrics = _of_training(training) | measured("test", seen)
    if validation:
        metrics |= measured("validation", _outcome(validation, counts))
    return Epoch(
        epoch=epoch,
        **metrics,
        learning_rate=run.rates[epoch - 1],
        seconds=seconds,
        images_per_second=training.images / training.seconds,
        images=training.images,
        diverged=test.diverged or (validation is not None and validation.diverged),
        support=tuple(seen.support.tolist()),
        correct=tuple(seen.correct.tolist()),
        predicted=tuple(seen.predicted.tolist()),
        confusion=tuple(map(tuple, test.confusion.tolist())),
        scalars={
            "seconds/train": training.seconds,
            **{f"seconds/{part}": spent for part, spent in training.parts.items()},
            "seconds/evaluate": seconds - training.seconds,
            **unit_scalars(evaluations.layers, test.diverged),
        },
    )


def _outcome(found: Evaluation, counts: Sequence[int]) -> Outcome:
    answers = found.answers
    return Outcome(found.confusion, counts, found.loss, answers.logits, answers.labels)


def _of_training(training: TrainingFigures) -> dict[str, float | None]:
    counted = {"loss": training.loss, "accuracy": training.accuracy}
    return {f"train_{name}": counted.get(name) for name in names_on("train")}
