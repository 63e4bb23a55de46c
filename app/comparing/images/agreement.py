"""How far networks agree: over the seeds of a setting, and on images that all of them get wrong."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.comparing.images.sides import Member, Side, same_images, side_of
from app.comparing.images.view import Agreement
from app.comparing.samples import Sample
from app.errors import NotFoundError
from app.settings import Settings
from trainer.run_dir import EpochName

Answers = Sequence[NDArray[Any]]


def sides_like(chosen: Iterable[Sample], settings: Settings, at: EpochName, first: Member) -> Iterator[Side]:
    """Every setting of these that was tested on the images of `first`, with all its networks."""
    for sample in chosen:
        try:
            side, _ = side_of(sample, settings, at)
        except NotFoundError:
            continue
        if same_images(first, side.members[0]):
            yield side


def agreement(side: Side) -> Agreement:
    """Of a setting's networks."""
    said = [one.answers.predicted for one in side.members]
    return Agreement(
        label=side.label,
        run_ids=side.run_ids,
        accuracy=float(np.mean(side.accuracies)),
        ensemble_accuracy=float(side.answers.right.mean()),
        churn=churn(said),
        unanimous=unanimous(said),
    )


def churn(said: Answers) -> float | None:
    """Share of images that two networks answer differently, mean over all pairs; None for one network."""
    pairs = [float((one != other).mean()) for one, other in combinations(said, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def unanimous(said: Answers) -> float | None:
    """Share of images that all answer alike; None for one network."""
    return float(np.all([one == said[0] for one in said[1:]], axis=0).mean()) if len(said) > 1 else None


def all_wrong(labels: NDArray[Any], said: Answers, classes: int) -> list[tuple[int, int, int]]:
    """Images that every network gets wrong: (image, class that most say, by how many).

    Those of the classes where this is rarest come first, and among them those on which most agree: in a class
    that hardly any network knows it says nothing of the image.
    """
    places = np.flatnonzero(np.all([one != labels for one in said], axis=0))
    votes = np.zeros((len(places), classes), np.int64)
    for one in said:
        votes[np.arange(len(places)), one[places]] += 1
    most = votes.argmax(axis=1)
    by = votes[np.arange(len(places)), most]
    rates = np.bincount(labels[places], minlength=classes) / np.maximum(
        1, np.bincount(labels, minlength=classes)
    )
    order = np.lexsort((places, -by, labels[places], rates[labels[places]]))
    return [(int(places[at]), int(most[at]), int(by[at])) for at in order]
