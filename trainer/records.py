"""The events of a run's start and of its epochs, made from what was measured."""

from trainer.assembly import Assembly
from trainer.dead_relu import unit_scalars
from trainer.evaluation import Evaluations
from trainer.events import Epoch, Started
from trainer.metrics import Metrics, summarise
from trainer.provenance import provenance
from trainer.tally import TrainingFigures
from trainer.weighting import weighting_advice


def started(run: Assembly, attempt: int, resumed_after_epoch: int) -> Started:
    """The run as it was resolved."""
    plan = run.split.plan
    advice = weighting_advice(plan.train_counts, run.config.loss)
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
        resumed_after_epoch=resumed_after_epoch,
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
    metrics = summarise(test.confusion, counts)
    held_out = summarise(validation.confusion, counts) if validation else None
    return Epoch(
        epoch=epoch,
        train_loss=training.loss,
        train_accuracy=training.accuracy,
        validation_loss=validation.loss if validation else None,
        validation_accuracy=held_out.accuracy if held_out else None,
        validation_balanced_accuracy=held_out.balanced_accuracy if held_out else None,
        test_loss=test.loss,
        **_test_figures(metrics),
        learning_rate=run.rates[epoch - 1],
        seconds=seconds,
        images_per_second=training.images / training.seconds,
        images=training.images,
        diverged=test.diverged or (validation is not None and validation.diverged),
        support=metrics.support,
        correct=metrics.correct,
        predicted=metrics.predicted,
        confusion=tuple(map(tuple, test.confusion.tolist())),
        scalars={
            "seconds/train": training.seconds,
            "seconds/evaluate": seconds - training.seconds,
            **unit_scalars(evaluations.layers, test.diverged),
        },
    )


def _test_figures(metrics: Metrics) -> dict[str, float | None]:
    groups = metrics.groups
    return {
        "test_accuracy": metrics.accuracy,
        "test_balanced_accuracy": metrics.balanced_accuracy,
        "test_geometric_mean": metrics.geometric_mean,
        "test_worst_class": metrics.worst_class,
        "test_macro_f1": metrics.macro_f1,
        "test_head": groups.head,
        "test_medium": groups.medium,
        "test_tail": groups.tail,
        "test_many_shot": groups.many_shot,
        "test_medium_shot": groups.medium_shot,
        "test_few_shot": groups.few_shot,
    }
