"""What a careful colleague would say about a configuration before it runs. Sentences, no refusals."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from app.formats import count, counted, listed, significant
from app.views.preview.view import PreviewClass
from app.views.rates import mean_weight_of, scale_sentence
from trainer.config import RunConfig, as_json
from trainer.losses import numbers_by_class
from trainer.methods import PLAIN
from trainer.metrics.table import equal_classes
from trainer.schedules import learning_rates

FEW_IMAGES = 10
OFTEN, MANY_VIEWS = 4, 200
"""Views of one image, in an epoch and in the run, from which on both it is said."""
_LEFT = 5
"""Epochs after the last drop of the rate up to which it may come early."""
_listed = partial(listed, most=5)

Rule = Callable[[RunConfig, Sequence[PreviewClass]], Iterator[str]]


def warnings_about(config: RunConfig, classes: Sequence[PreviewClass]) -> tuple[str, ...]:
    """Every sentence that applies, the gravest first."""
    return tuple(sentence for rule in _RULES for sentence in rule(config, classes))


def counted_twice(config: RunConfig, counts: Sequence[int]) -> tuple[str, ...]:
    """That a second stage takes off a prior which the first does without already, where that is so."""
    if config.second_stage.name != "logit_adjustment":
        return ()
    said = prior_twice(config, counts, "the first stage")
    return (said,) if said else ()


def prior_twice(config: RunConfig, counts: Sequence[int], who: str = "training") -> str:
    """That logits of the first stage, called `who`, lack some of the prior already; "" if not."""
    fit = f"It is meant for losses without offsets, such as {PLAIN}, on images drawn and weighted alike."
    if any(numbers_by_class(config.loss, counts).get("offsets", ())):
        return (
            f"The prior counts twice: {config.loss.name} leaves it out of the logits, and logit adjustment "
            f"takes it off them once more. {fit}"
        )
    sampled, weighted = config.sampling.name != "instance", config.loss.weighting != "none"
    if not sampled and not weighted:
        return ""
    how = f"draws {config.sampling.name}" if sampled else f"weights by {config.loss.weighting}"
    return (
        f"The prior counts twice in part: {who} {how}, which has it answer small classes more often, and "
        f"logit adjustment takes off the whole share of the images. {fit}"
    )


def _one_class(_config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    if len(classes) == 1:
        yield "There is one class only: every answer is right, and nothing is learnt."


def _equal_classes(config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    """Where a method goes by the counts of the classes, and these tell no class from another."""
    counts = [row.train_count for row in classes]
    if not equal_classes(counts) or not counts[0]:
        return
    if (
        config.loss.weighting not in ("none", "by_hand")
        or config.sampling.name != "instance"
        or numbers_by_class(config.loss, counts)
    ):
        yield (
            f"Every class has {count(counts[0])} training images: there is no head or tail, and this method, "
            "which goes by these numbers, treats all classes alike. Imbalance exp with a ratio above 1 thins "
            "them to a long tail."
        )


def _untested(_config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    names = [row.name for row in classes if row.test_count == 0]
    if names:
        yield f"No test images: {_listed(names)}. Their recall is a dash and is left out of means."


def _weights_alike(config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    """The sweep over small betas that shows nothing."""
    from trainer.weighting import weighting_advice

    advice = weighting_advice([row.train_count for row in classes], config.loss)
    if advice:
        yield advice


def _few_images(_config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    few = [row for row in classes if row.train_count < FEW_IMAGES]
    if few:
        named = _listed([f"{row.name} ({row.train_count})" for row in few])
        yield f"Fewer than {FEW_IMAGES} training images: {named}. Their recall will vary much between seeds."


def _seen_too_often(config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    """A sampler shows the few images of the tail until they are known by heart."""
    most = max(classes, key=lambda row: row.views or 0)
    views, epochs = most.views or 0, config.optim.epochs
    if views >= OFTEN and views * epochs >= MANY_VIEWS:
        yield (
            f"On average an epoch shows each of the {counted(most.train_count, 'image')} of {most.name} "
            f"about {significant(views)} times, the run about {count(round(views * epochs))} times: they may "
            "be learnt by heart. Augmentation, or the sampler from a later epoch on, helps."
        )


def _chosen_on_test(config: RunConfig, _classes: Sequence[PreviewClass]) -> Iterator[str]:
    if config.data.validation_fraction == 0:
        yield (
            "There is no validation set, so the best epoch is chosen on the test set and flatters. The last "
            "epoch is the honest figure; or set a validation fraction."
        )


def _scale_of_weighted_loss(config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    """Weights average 1 over classes, not over images: with batch_mean the step shrinks with their mean."""
    stored = as_json(config)
    said = scale_sentence(stored, mean_weight_of(stored, [row.train_count for row in classes]))
    if said:
        yield said


def _batches(config: RunConfig, classes: Sequence[PreviewClass]) -> Iterator[str]:
    images, size = sum(row.train_count for row in classes), config.optim.batch_size
    if size > images:
        yield f"The batch size of {size} is larger than the training set of {images}: one step an epoch."
    if images % size == 1:
        yield (
            f"The last batch would hold one image, which batch norm cannot use: an epoch trains on "
            f"{images - 1} of {images} images."
        )


def _late_milestones(config: RunConfig, _classes: Sequence[PreviewClass]) -> Iterator[str]:
    late = [milestone for milestone in config.optim.milestones or () if milestone >= config.optim.epochs]
    if late:
        yield (
            f"Milestones {_listed(list(map(str, late)))} come after the last epoch "
            f"({config.optim.epochs}) and have no effect."
        )


def _early_drop(config: RunConfig, _classes: Sequence[PreviewClass]) -> Iterator[str]:
    """A schedule of few epochs, left as it was where there are many."""
    optim = config.optim
    last = max(optim.milestones or (0,))
    left = optim.epochs - last
    if 0 < last < optim.epochs / 2 and left > _LEFT:
        rate = learning_rates(optim)[-1]
        yield (
            f"The rate falls for the last time after epoch {last}: the other {left} of {optim.epochs} epochs "
            f"train at {significant(rate)}. Milestones further on would use them."
        )


_RULES: tuple[Rule, ...] = (
    _one_class,
    _equal_classes,
    _untested,
    _weights_alike,
    _few_images,
    _seen_too_often,
    _scale_of_weighted_loss,
    _batches,
    _late_milestones,
    _early_drop,
    _chosen_on_test,
)
